import { MASK, maskedSettings } from "../../admin/endpoints/masked-settings.ts";
import { pauserOf } from "../../admin/endpoints/paused.ts";
import { asWritten } from "../../config/endpoint-schema.ts";
import { publicKeyOf } from "../../dispatch/signing/signing-keys.ts";
import { toIsoOrNull } from "../../shared/iso-time.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";

/** An endpoint as a person or a script reads it: settings in the words of the configuration file, times ISO, UTC. */
export interface EndpointView {
  readonly id: string;
  readonly source: "file" | "api";
  /** The subscriber that it belongs to; null: the operator. */
  readonly owner: string | null;
  readonly state: "active" | "paused";
  readonly paused_at: string | null;
  /** `operator` or `subscriber`, and who it was, where that is known; null: it is not paused. */
  readonly paused_by: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signing_keys: readonly {
    readonly kind: "v1" | "v1a";
    readonly secret: string;
    /** What the subscriber verifies with; null for v1, where it is the secret itself. */
    readonly public_key: string | null;
    readonly created_at: string;
    readonly expires_at: string | null;
  }[];
  readonly revision: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Without `secrets`, what could sign or open a receiver's door is masked. */
export function toEndpointView(endpoint: Endpoint, { secrets }: { readonly secrets: boolean }): EndpointView {
  const { id, source, owner, pausedAt, pausedBy, settings, signingKeys, revision, createdAt, updatedAt } =
    endpoint;
  return {
    id,
    source,
    owner: owner ?? null,
    state: pausedAt === undefined ? "active" : "paused",
    paused_at: toIsoOrNull(pausedAt),
    paused_by: toPauser(endpoint, pausedBy?.name),
    settings: asWritten(secrets ? settings : maskedSettings(settings)),
    signing_keys: signingKeys.map((key) => ({
      kind: key.kind,
      secret: secrets ? key.secret : MASK,
      public_key: publicKeyOf(key) ?? null,
      created_at: new Date(key.createdAt).toISOString(),
      expires_at: toIsoOrNull(key.expiresAt),
    })),
    revision,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
  };
}

function toPauser(endpoint: Endpoint, name: string | undefined): string | null {
  const by = pauserOf(endpoint);
  if (by === undefined) return null;
  return name === undefined ? by : `${by} (${name})`;
}

/** The view as lines of `name  value`, for `formatTable`. */
export function toRows(view: EndpointView): string[][] {
  const { settings, signing_keys: signingKeys } = view;
  const keys = signingKeys.flatMap(({ kind, secret, public_key: publicKey, expires_at: until }) => {
    const life = until === null ? "" : ` until ${until}`;
    return [
      [`signs ${kind}`, `${secret}${life}`],
      ...(publicKey === null ? [] : [["public key", publicKey]]),
    ];
  });
  return [
    ["endpoint", view.id],
    [
      "state",
      view.paused_at === null
        ? view.state
        : `${view.state} since ${view.paused_at} by ${view.paused_by ?? ""}`,
    ],
    ["from", view.source === "file" ? "the configuration file" : "the command line or API"],
    ...(view.owner === null ? [] : [["owner", view.owner]]),
    ...Object.entries(settings).flatMap(([name, value]) => rowOf(name, value)),
    ...keys,
    ["made", view.created_at],
    ["changed", `${view.updated_at} (revision ${view.revision})`],
  ];
}

/** What is at its quiet default says nothing. */
function rowOf(name: string, value: unknown): string[][] {
  const text = textOf(value);
  return text === "" ? [] : [[name.replaceAll("_", " "), text]];
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(listed).join(", ");
  const text = JSON.stringify(value);
  return text === "{}" ? "" : text;
}

function listed(item: unknown): string {
  return typeof item === "string" ? item : JSON.stringify(item);
}

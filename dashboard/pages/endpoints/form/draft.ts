import type { Endpoint, NewEndpointBody } from "../../../api/answers.ts";

/** A value of a condition: any · empty: not set (null) · yes, no: true, false · the others as typed. */
export const VALUE_KINDS = ["any", "empty", "yes", "no", "text", "number"] as const;

export interface DraftValue {
  readonly kind: (typeof VALUE_KINDS)[number];
  readonly text: string;
}

export interface DraftCondition {
  readonly field: string;
  readonly from: DraftValue;
  readonly to: DraftValue;
}

export interface DraftHeader {
  readonly name: string;
  readonly value: string;
}

export interface DraftTls {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** What stands in the form of an endpoint: texts as they are typed. */
export interface Draft {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  /** Null: all. */
  readonly accounts: readonly string[] | null;
  readonly when: readonly DraftCondition[];
  readonly payload: Endpoint["payload"];
  readonly include: readonly string[];
  readonly expand: readonly string[];
  readonly localTime: boolean;
  readonly format: Endpoint["format"];
  readonly signature: "v1" | "v1a";
  readonly ordering: Endpoint["ordering"];
  readonly concurrency: string;
  readonly rateLimit: string;
  readonly attempts: string;
  readonly bodySignature: string;
  /** Null: as they are. Their values are never shown, so they are replaced as a whole. */
  readonly headers: readonly DraftHeader[] | null;
  /** Null: as it is. */
  readonly tls: DraftTls | null;
}

export const ANY: DraftValue = { kind: "any", text: "" };
export const NO_TLS: DraftTls = { ca: "", certificate: "", key: "" };

export const EMPTY_DRAFT: Draft = {
  id: "",
  url: "",
  description: "",
  events: [],
  accounts: null,
  when: [],
  payload: "full",
  include: [],
  expand: [],
  localTime: false,
  format: "standard",
  signature: "v1",
  ordering: "none",
  concurrency: "",
  rateLimit: "",
  attempts: "",
  bodySignature: "",
  headers: [],
  tls: NO_TLS,
};

export function draftOf(endpoint: Endpoint): Draft {
  const { accounts, concurrency, description, events, expand, format, id, include } = endpoint;
  const { ordering, payload, url, when } = endpoint;
  return {
    id,
    url,
    description,
    events,
    accounts,
    when: when.map(({ field, from, to }) => ({ field, from: toDraftValue(from), to: toDraftValue(to) })),
    payload,
    include,
    expand,
    localTime: endpoint.local_time,
    format,
    signature: endpoint.signing_keys[0]?.signature ?? "v1",
    ordering,
    concurrency: String(concurrency),
    rateLimit: endpoint.rate_limit === null ? "" : String(endpoint.rate_limit),
    attempts: endpoint.attempts === null ? "" : String(endpoint.attempts),
    bodySignature: endpoint.body_signature ?? "",
    headers: Object.keys(endpoint.headers).length === 0 ? [] : null,
    tls: endpoint.tls === null ? NO_TLS : null,
  };
}

type Settings = Omit<NewEndpointBody, "id" | "signature">;
export type Filter = Pick<
  Settings,
  "accounts" | "events" | "expand" | "include" | "local_time" | "payload" | "when"
>;

/** Which events would be sent, and what of them. */
export function toFilter(draft: Draft): Filter {
  const { accounts, events, expand, include, localTime, payload, when } = draft;
  return {
    events: [...events],
    accounts: accounts && [...accounts],
    when: when.filter(({ field }) => field.trim() !== "").map(toCondition),
    payload,
    include: [...include],
    expand: [...expand],
    local_time: localTime,
  };
}

export function toNewBody(draft: Draft): NewEndpointBody {
  const id = draft.id.trim();
  return { ...toSettings(draft), signature: draft.signature, ...(id === "" ? {} : { id }) };
}

/** Only what differs: what somebody else changes meanwhile stays. */
export function toChange(former: Draft, draft: Draft): Partial<Settings> {
  const before = new Map<string, unknown>(Object.entries(toSettings(former)));
  const changed = Object.entries(toSettings(draft)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before.get(name)),
  );
  return Object.fromEntries(changed);
}

function toSettings(draft: Draft): Settings {
  const { attempts, bodySignature, concurrency, description, format } = draft;
  const { headers, ordering, rateLimit, tls, url } = draft;
  return {
    url: url.trim(),
    description: description.trim(),
    ...toFilter(draft),
    format,
    ordering,
    concurrency: toNumber(concurrency),
    rate_limit: toNumber(rateLimit),
    attempts: toNumber(attempts),
    body_signature: bodySignature.trim() === "" ? null : bodySignature.trim(),
    ...(headers === null ? {} : { headers: toHeaders(headers) }),
    ...(tls === null ? {} : { tls: toTls(tls) }),
  };
}

/** Null: the default. */
function toNumber(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}

function toHeaders(headers: readonly DraftHeader[]): Record<string, string> {
  const named = headers.filter(({ name, value }) => name.trim() !== "" || value.trim() !== "");
  return Object.fromEntries(named.map(({ name, value }) => [name.trim(), value]));
}

function toTls(tls: DraftTls): Settings["tls"] {
  const given = Object.entries(tls).filter(([, text]) => text.trim() !== "");
  return given.length === 0 ? null : Object.fromEntries(given);
}

function toCondition({ field, from, to }: DraftCondition): NonNullable<Filter["when"]>[number] {
  return {
    field: field.trim(),
    ...(from.kind === "any" ? {} : { from: toValue(from) }),
    ...(to.kind === "any" ? {} : { to: toValue(to) }),
  };
}

function toValue({ kind, text }: DraftValue): string | number | boolean | null {
  switch (kind) {
    case "any":
    case "empty":
      return null;
    case "yes":
      return true;
    case "no":
      return false;
    case "text":
      return text;
    case "number":
      // What is no number stays as it was typed: the service says so, rather than to compare with something else.
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  }
}

function toDraftValue(value: string | number | boolean | null | undefined): DraftValue {
  if (value === undefined) return ANY;
  if (value === null) return { kind: "empty", text: "" };
  if (typeof value === "boolean") return { kind: value ? "yes" : "no", text: "" };
  return { kind: typeof value === "number" ? "number" : "text", text: String(value) };
}

import { randomBytes } from "node:crypto";

import type { Base } from "../base.ts";
import { entryName } from "../../config/known-names.ts";
import { createSigningKey } from "../../dispatch/signing/signing-keys.ts";
import type { Endpoint, SigningKey } from "../../store/outbox/endpoint-store.ts";
import { changedSettings, noteChange } from "../access/audit.ts";
import { type Caller, ownerOf } from "../access/caller.ts";
import { parseSettings, signatureFault } from "./endpoint-rules.ts";
import { operatorsPauseOfHost, pausedByOf } from "./paused.ts";
import { roomFault } from "./endpoint-room.ts";
import { type NameOf, type Refusal, conflict, invalid } from "../access/refusal.ts";

/** exists: the name is taken. */
export type Creation =
  | { readonly kind: "created"; readonly endpoint: Endpoint; readonly key: SigningKey }
  | { readonly kind: "exists" }
  | Refusal;

/** Of one subscriber. */
const MOST_ENDPOINTS = 100;

/** The job that tidies up after one that was deleted, until a process with the role dispatch runs it: measured. */
const JOB_BYTES = 850;

export interface NewEndpoint {
  /** Undefined: one is made up. */
  readonly id: string | undefined;
  /** In the words of the configuration file. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly signature: SigningKey["kind"];
  /** It begins held back: what happens from now on waits for it. */
  readonly paused?: boolean;
}

/** Makes an endpoint. It gets what happens from now on. `key` is what its subscriber verifies with. */
export async function createEndpoint(
  base: Pick<Base, "audit" | "config" | "endpoints" | "keptBytes" | "now">,
  caller: Caller,
  given: NewEndpoint,
  nameOf: NameOf,
): Promise<Creation> {
  const fault = given.id === undefined ? undefined : nameFault(base, caller, given.id, nameOf(["id"]));
  if (fault) return fault;
  const parsed = parseSettings(caller, base.config, given.settings, nameOf);
  if (parsed.kind !== "settings") return parsed;
  const unsigned = signatureFault(parsed.settings, given.signature, nameOf);
  if (unsigned) return unsigned;

  const owner = ownerOf(caller);
  const known = await base.endpoints.list();
  const refused =
    operatorsPauseOfHost(caller, known, { url: parsed.settings.url, path: nameOf(["url"]) }) ??
    fullFault(known, caller, nameOf([])) ??
    roomFault(known, owner, { id: undefined, settings: parsed.settings }, nameOf([]));
  if (refused) return refused;
  const key = createSigningKey(given.signature, base.now());
  const endpoint = await base.endpoints.create({
    id: given.id ?? newId(),
    source: "api",
    owner,
    settings: parsed.settings,
    signingKeys: [key],
    ...(given.paused ? { pausedAt: base.now(), pausedBy: pausedByOf(caller) } : {}),
  });
  if (endpoint === "exists") return { kind: "exists" };
  if (caller.role === "subscriber") await base.keptBytes.note(caller.id, JOB_BYTES);
  const { fields, host } = changedSettings(undefined, endpoint.settings);
  await noteChange(base, caller, { action: "endpoint.create", target: endpoint.id, fields, host });
  return { kind: "created", endpoint, key };
}

function nameFault(
  { config }: Pick<Base, "config">,
  caller: Caller,
  id: string,
  path: string,
): Refusal | undefined {
  if (caller.role === "subscriber") {
    // One namespace for all: whether a name is free would tell of the endpoints of others.
    return invalid(path, "is not for a subscriber to choose", "leave it out: the answer tells the id");
  }
  if (!entryName("endpoint").safeParse(id).success) {
    return invalid(
      path,
      `"${id}" is not a usable endpoint name`,
      'use lower-case letters, digits, "-" and "_", at most 63',
    );
  }
  if (!config.endpoints.some(({ name }) => name === id)) return undefined;
  return conflict(path, `"${id}" stands in the configuration file`, "take another name, or change it there");
}

/** Each endpoint costs work for every event: a subscriber that makes one for every run of its own is stopped. */
function fullFault(known: readonly Endpoint[], caller: Caller, path: string): Refusal | undefined {
  if (caller.role !== "subscriber") return undefined;
  const own = known.filter(({ owner }) => owner === caller.subscriber);
  if (own.length < MOST_ENDPOINTS) return undefined;
  const remedy = "delete those that are not used any more";
  return conflict(path, `there are ${own.length} endpoints of this subscriber already`, remedy);
}

function newId(): string {
  return `ep_${randomBytes(10).toString("hex")}`;
}

import { isDeepStrictEqual } from "node:util";

import type { Base } from "../base.ts";
import { asWritten } from "../../config/endpoint-schema.ts";
import { createSigningKey, rotateSigningKeys } from "../../dispatch/signing/signing-keys.ts";
import type { Endpoint, EndpointChange, SigningKey } from "../../store/outbox/endpoint-store.ts";
import { changedSettings, noteChange } from "../access/audit.ts";
import { type Caller, seesEndpoint } from "../access/caller.ts";
import { parseSettings, signatureFault } from "./endpoint-rules.ts";
import { roomFault } from "./endpoint-room.ts";
import { openEndpoint } from "./open-endpoint.ts";
import { operatorsPause, operatorsPauseOfHost, pausedByOf, pauserOf } from "./paused.ts";
import { type NameOf, type Refusal, conflict, invalid } from "../access/refusal.ts";

/** The endpoint as it is now. */
export interface Changed {
  readonly kind: "changed";
  readonly endpoint: Endpoint;
}

export interface SettingsChange {
  /** In the words of the configuration file. What is left out stays; undefined takes a setting back to its default. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Change this version only. */
  readonly revision?: number | undefined;
}

/** Changes the settings that are given and leaves the others. */
export async function updateEndpoint(
  base: Pick<Base, "audit" | "config" | "endpoints">,
  caller: Caller,
  id: string,
  given: SettingsChange,
  nameOf: NameOf,
): Promise<Changed | Refusal> {
  let former: Endpoint | undefined;
  const others = await base.endpoints.list();
  const outcome = await change(base, caller, id, given.revision, (endpoint) => {
    const foreign = ofFile(base, endpoint, nameOf([]), "change it there");
    if (foreign) return foreign;
    const written = { ...asWritten(endpoint.settings), ...given.settings };
    const parsed = parseSettings(caller, base.config, written, nameOf, endpoint.owner);
    if (parsed.kind !== "settings") return parsed;
    const unsigned = signatureFault(parsed.settings, endpoint.signingKeys[0]?.kind, nameOf);
    if (unsigned) return unsigned;
    if (endpoint.owner !== undefined && parsed.settings.accounts === undefined) {
      const remedy = "name the accounts that its subscriber may have";
      return invalid(nameOf(["accounts"]), "would be all, of an endpoint that is a subscriber's", remedy);
    }
    if (parsed.settings.url !== endpoint.settings.url) {
      const path = nameOf(["url"]);
      const held =
        operatorsPause(caller, endpoint, path) ??
        operatorsPauseOfHost(caller, others, { url: parsed.settings.url, but: id, path });
      if (held) return held;
    }
    const full = roomFault(others, endpoint.owner, { id, settings: parsed.settings }, nameOf([]));
    if (full) return full;
    former = endpoint;
    if (isSame(parsed.settings, endpoint.settings)) return { kind: "nothing" };
    return { kind: "change", change: { settings: parsed.settings } };
  });
  if (outcome.kind !== "changed") return outcome;
  const { fields, host } = changedSettings(former?.settings, outcome.endpoint.settings);
  if (fields.length > 0) {
    await noteChange(base, caller, { action: "endpoint.update", target: id, fields, host });
  }
  return outcome;
}

/** Holds everything back that is for it. Safe to repeat. A subscriber's pause becomes the operator's, who pauses it as well. */
export async function pauseEndpoint(
  base: Pick<Base, "audit" | "endpoints" | "now">,
  caller: Caller,
  id: string,
  revision?: number,
): Promise<Changed | Refusal> {
  let fresh = false;
  const pausedBy = pausedByOf(caller);
  const outcome = await change(base, caller, id, revision, (endpoint) => {
    const pauser = pauserOf(endpoint);
    fresh = pauser === undefined || (pauser === "subscriber" && pausedBy.role === "operator");
    const pausedAt = endpoint.pausedAt ?? base.now();
    return fresh ? { kind: "change", change: { pausedAt, pausedBy } } : { kind: "nothing" };
  });
  if (outcome.kind === "changed" && fresh) {
    await noteChange(base, caller, { action: "endpoint.pause", target: id, fields: ["paused_at"] });
  }
  return outcome;
}

/**
 * Lets it have callbacks again, whatever stopped them; what the operator has paused is the operator's to enable. `parked` of them
 * wait for a `recover`. Safe to repeat.
 */
export async function enableEndpoint(
  base: Base,
  caller: Caller,
  id: string,
  nameOf: NameOf,
  revision?: number,
): Promise<(Changed & { readonly parked: number }) | Refusal> {
  let wasPaused = false;
  const outcome = await change(base, caller, id, revision, (endpoint) => {
    const held = operatorsPause(caller, endpoint, nameOf([]));
    if (held) return held;
    wasPaused = endpoint.pausedAt !== undefined;
    return !wasPaused
      ? { kind: "nothing" }
      : { kind: "change", change: { pausedAt: undefined, pausedBy: undefined } };
  });
  if (outcome.kind !== "changed") return outcome;
  const wasShut = await openEndpoint(base, outcome.endpoint, "enabled");
  if (wasPaused && !wasShut) await base.queues.wakeDelivery({ endpoint: id });
  if (wasPaused || wasShut) {
    await noteChange(base, caller, { action: "endpoint.enable", target: id, fields: ["paused_at"] });
  }
  return { ...outcome, parked: (await base.deliveries.counts(id)).byState.parked };
}

export interface KeyRotation {
  /** 0 to 7 days. */
  readonly overlapMs: number;
  /** Undefined: as before. */
  readonly signature: SigningKey["kind"] | undefined;
  /** Change this version only. */
  readonly revision?: number | undefined;
}

/** A new key signs beside the former ones, which end after the overlap. It is the first of `signingKeys`. */
export async function rotateEndpoint(
  base: Pick<Base, "audit" | "config" | "endpoints" | "now">,
  caller: Caller,
  id: string,
  { overlapMs, signature, revision }: KeyRotation,
  nameOf: NameOf,
): Promise<Changed | Refusal> {
  const outcome = await change(base, caller, id, revision, (endpoint) => {
    const remedy = "put the new one under secret and the former one under former_secrets";
    const foreign = ofFile(base, endpoint, nameOf([]), remedy);
    if (foreign) return foreign;
    const now = base.now();
    const kind = signature ?? endpoint.signingKeys[0]?.kind ?? "v1";
    const unsigned = signatureFault(endpoint.settings, kind, nameOf);
    if (unsigned) return unsigned;
    const fresh = createSigningKey(kind, now);
    const signingKeys = rotateSigningKeys(endpoint.signingKeys, fresh, { now, overlapMs });
    return { kind: "change", change: { signingKeys } };
  });
  if (outcome.kind === "changed") {
    await noteChange(base, caller, { action: "endpoint.rotate", target: id, fields: ["signing_keys"] });
  }
  return outcome;
}

type Step =
  | { readonly kind: "change"; readonly change: EndpointChange }
  | { readonly kind: "nothing" }
  | Refusal;

/** Every change of an endpoint by hand goes through here: whose it is, is looked at in the very version that is changed. */
async function change(
  { endpoints }: Pick<Base, "endpoints">,
  caller: Caller,
  id: string,
  revision: number | undefined,
  step: (endpoint: Endpoint) => Step,
): Promise<Changed | Refusal> {
  let refusal: Refusal | undefined;
  const updated = await endpoints.update(id, (endpoint) => {
    const next = seesEndpoint(caller, endpoint) ? check(endpoint, revision, step) : UNKNOWN;
    refusal = next.kind === "change" || next.kind === "nothing" ? undefined : next;
    return next.kind === "change" ? next.change : undefined;
  });
  if (refusal) return refusal;
  if (updated === "unknown" || updated === "stale") return { kind: updated };
  return { kind: "changed", endpoint: updated };
}

const UNKNOWN: Refusal = { kind: "unknown" };

function check(endpoint: Endpoint, revision: number | undefined, step: (endpoint: Endpoint) => Step): Step {
  return revision === undefined || revision === endpoint.revision ? step(endpoint) : { kind: "stale" };
}

/** What the configuration file decides is not changed behind its back. */
function ofFile(
  { config }: Pick<Base, "config">,
  { id, source }: Endpoint,
  path: string,
  remedy: string,
): Refusal | undefined {
  if (source === "api") return undefined;
  const inFile = config.endpoints.some(({ name }) => name === id);
  return conflict(
    path,
    inFile
      ? `"${id}" stands in the configuration file, which decides what it is`
      : `"${id}" came from the configuration file and is no longer in it`,
    inFile ? remedy : "put it back there, or delete it",
  );
}

/** What is undefined is not there. */
function isSame(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(left)), JSON.parse(JSON.stringify(right)));
}

import type { Base } from "../base.ts";
import { createLogIndex } from "../../store/events/log-index.ts";
import { createLogReader } from "../../store/events/log-reader.ts";
import { type EventBody, toBody, withBodies } from "./list-events.ts";
import { type MergedEntry, walkMerged } from "./merge-logs.ts";
import type { Patience } from "../../store/events/patience.ts";
import { type Visibility, isVisible, logsOf } from "../records/visibility.ts";

export interface FoundEvent {
  readonly account: string;
  readonly eventId: string;
  /** Undefined: it stands beside the log (a backfill), or further back than was looked. */
  readonly position: string | undefined;
  readonly committedAt: number | undefined;
  readonly subject: { readonly type: string; readonly id: string };
  readonly transitions: readonly string[];
  readonly body: EventBody;
}

/** Entries looked at for one event where the index is not whole, the newest first. */
const MOST_LOOKED_AT = 100_000;

/** search_too_long: a log of an earlier release is not indexed yet, and could not be looked through in time. */
export type EventSearch =
  | { readonly kind: "found"; readonly event: FoundEvent }
  | { readonly kind: "unknown" }
  | { readonly kind: "search_too_long" };

/** One event by its id. unknown: none in sight has it, or it is older than the retention. It costs one look at each log. */
export async function findEvent(
  base: Pick<Base, "redis" | "keys" | "log">,
  visibility: Visibility,
  eventId: string,
  patience: Patience,
): Promise<EventSearch> {
  const index = createLogIndex(base.redis, base.keys);
  const looks = await Promise.all(
    logsOf(visibility).map(async (account) => {
      const [entry, bodies] = await Promise.all([
        index.find(account, eventId),
        base.log.readEvents(account, [eventId]),
      ]);
      return { account, entry, body: bodies.get(eventId) };
    }),
  );
  const holder = looks.find(({ body }) => body !== undefined);
  for (const { account, entry } of looks) {
    if (entry !== undefined && entry !== "not_indexed")
      return await toFound(base, visibility, { account, entry });
  }
  const unsure = looks.filter(({ entry }) => entry === "not_indexed").map(({ account }) => account);
  const places = holder ? unsure.filter((account) => account === holder.account) : unsure;
  const walked = await walkFor(base, places, eventId, patience);
  if (walked === "search_too_long" && !holder) return { kind: walked };
  if (walked !== undefined && walked !== "search_too_long") return await toFound(base, visibility, walked);
  const body = toBody(holder?.body);
  if (!holder || body.state !== "kept") return { kind: "unknown" };
  const { subject, data } = body.event;
  if (!isVisible(visibility, holder.account, { record: subject.id })) return { kind: "unknown" };
  const { account } = holder;
  const beside = { position: undefined, committedAt: undefined };
  return {
    kind: "found",
    event: { account, eventId, subject, transitions: data.transitions, body, ...beside },
  };
}

async function toFound(
  base: Pick<Base, "log">,
  visibility: Visibility,
  merged: MergedEntry,
): Promise<EventSearch> {
  if (!isVisible(visibility, merged.account, merged.entry)) return { kind: "unknown" };
  const [event] = await withBodies(base, [merged]);
  return event ? { kind: "found", event } : { kind: "unknown" };
}

/** An id says nothing of its place, and an erased event has no body to be found by. */
async function walkFor(
  base: Pick<Base, "redis" | "keys">,
  accounts: readonly string[],
  eventId: string,
  patience: Patience,
): Promise<MergedEntry | "search_too_long" | undefined> {
  if (accounts.length === 0) return undefined;
  const places = new Map(accounts.map((account) => [account, undefined]));
  const reader = createLogReader(base.redis, base.keys);
  let ended = false;
  const range = { order: "newest_first" as const };
  for await (const batch of walkMerged(reader, range, places, MOST_LOOKED_AT, patience)) {
    const found = batch.entries.find(({ entry }) => entry.eventId === eventId);
    if (found) return found;
    ({ ended } = batch);
  }
  return ended ? undefined : "search_too_long";
}

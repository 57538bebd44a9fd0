import type { Base } from "../base.ts";
import { createLogReader } from "../store/log-reader.ts";
import { type EventBody, toBody, withBodies } from "./list-events.ts";
import { type MergedEntry, walkMerged } from "./merge-logs.ts";
import { type Sight, isInSight, logsOf } from "./sight.ts";

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

/** Entries looked at for one event, the newest first. */
const MOST_LOOKED_AT = 100_000;

/** One event by its id; undefined: none in sight has it, or it is older than the retention. */
export async function findEvent(
  base: Pick<Base, "redis" | "keys" | "log">,
  sight: Sight,
  eventId: string,
): Promise<FoundEvent | undefined> {
  const logs = logsOf(sight);
  const bodies = await Promise.all(
    logs.map(async (account) => ({
      account,
      found: (await base.log.readEvents(account, [eventId])).get(eventId),
    })),
  );
  const holder = bodies.find(({ found }) => found !== undefined);
  const merged = await findEntry(base, holder ? [holder.account] : logs, eventId);
  if (merged) {
    const [listed] = isInSight(sight, merged.account, merged.entry) ? await withBodies(base, [merged]) : [];
    return listed;
  }
  const body = toBody(holder?.found);
  if (!holder || body.state !== "kept") return undefined;
  const { subject, data } = body.event;
  if (!isInSight(sight, holder.account, { record: subject.id })) return undefined;
  const { account } = holder;
  return {
    account,
    eventId,
    subject,
    transitions: data.transitions,
    body,
    position: undefined,
    committedAt: undefined,
  };
}

/** An id says nothing of its place, and an erased event has no body to be found by. */
async function findEntry(
  base: Pick<Base, "redis" | "keys">,
  accounts: readonly string[],
  eventId: string,
): Promise<MergedEntry | undefined> {
  const places = new Map(accounts.map((account) => [account, undefined]));
  const reader = createLogReader(base.redis, base.keys);
  for await (const { entries } of walkMerged(reader, { order: "newest_first" }, places, MOST_LOOKED_AT)) {
    const found = entries.find(({ entry }) => entry.eventId === eventId);
    if (found) return found;
  }
  return undefined;
}

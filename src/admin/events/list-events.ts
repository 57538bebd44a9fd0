import type { Base } from "../base.ts";
import { matchesPattern } from "../../diff/event-types.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { resourceOf } from "../../resources/registry.ts";
import { UnreadableRecordError } from "../../shared/errors.ts";
import type { LogEntry } from "../../store/events/event-log.ts";
import { createLogIndex } from "../../store/events/log-index.ts";
import { type LogOrder, type LogReader, createLogReader } from "../../store/events/log-reader.ts";
import { committedAt } from "../../store/events/position.ts";
import { type MergedEntry, type Places, walkMerged } from "./merge-logs.ts";
import type { Patience } from "../../store/events/patience.ts";
import { createRecordReader } from "../records/record-reader.ts";
import { type Visibility, isVisible, logsOf } from "../records/visibility.ts";

/** Which events. Times are unix ms, of the commit. */
export interface EventQuery {
  /** Undefined: all in sight. */
  readonly accounts?: readonly string[] | undefined;
  /** `*`, `<subject>.*` or event types, as an endpoint's; empty: all, to a subscriber but for what is confidential. */
  readonly types: readonly string[];
  /** About this record, or about any of this kind. */
  readonly subject?: { readonly type: string; readonly id?: string | undefined } | undefined;
  readonly since?: number | undefined;
  /** Not included. */
  readonly until?: number | undefined;
  readonly order: LogOrder;
}

/** An entry of the log with its body. */
export interface ListedEvent {
  readonly account: string;
  readonly eventId: string;
  /** Place in the account's log. */
  readonly position: string;
  /** Unix ms. */
  readonly committedAt: number;
  readonly subject: { readonly type: string; readonly id: string };
  readonly transitions: readonly string[];
  readonly body: EventBody;
}

/** erased: somebody had the record forgotten · unreadable: no configured key opens it. */
export type EventBody =
  | { readonly state: "kept"; readonly event: WebhookEvent }
  | { readonly state: "erased" }
  | { readonly state: "unreadable" };

export interface EventPage {
  readonly events: readonly ListedEvent[];
  /**
   * Where the next page begins; undefined: that was all. A page can be short, even empty, and not the last: so many entries
   * are looked at and no more.
   */
  readonly next: Places | undefined;
}

/** Entries looked at for one page: there is no index by type. A month of a busy clinic is read in some ten pages. */
const MOST_LOOKED_AT = 10_000;
/** What an answer holds at most besides its last few events, in characters: a record with all its texts may be large. */
export const MOST_CHARACTERS = 4 * 1_024 * 1_024;

/** A page of the events in sight, over all accounts by the time of their commit. */
export async function listEvents(
  base: Pick<Base, "redis" | "keys" | "log">,
  visibility: Visibility,
  query: EventQuery,
  { from, count }: { readonly from: Places | undefined; readonly count: number },
  patience: Patience,
): Promise<EventPage> {
  const places = placesFor(visibility, query, from);
  const reader = readerFor(base, query);
  const found: MergedEntry[] = [];
  let ended = true;
  for await (const batch of walkMerged(reader, query, places, MOST_LOOKED_AT, patience)) {
    ({ ended } = batch);
    for (const merged of batch.entries) {
      if (found.length === count) {
        ended = false;
        break;
      }
      places.set(merged.account, merged.entry.position);
      if (isVisible(visibility, merged.account, merged.entry) && isMeant(visibility, query, merged.entry))
        found.push(merged);
    }
    if (found.length === count) break;
  }
  const events = await withBodies(base, found, MOST_CHARACTERS);
  const left = found.slice(events.length);
  // The next page begins behind what this one shows.
  for (const { account } of left) places.set(account, from?.get(account));
  for (const { account, position } of left.length > 0 ? events : []) {
    if (left.some((one) => one.account === account)) places.set(account, position);
  }
  return { events, next: ended && left.length === 0 ? undefined : places };
}

function readerFor(
  { redis, keys }: Pick<Base, "redis" | "keys">,
  { subject }: EventQuery,
): Pick<LogReader, "slice"> {
  const log = createLogReader(redis, keys);
  if (subject?.id === undefined) return log;
  return createRecordReader(createLogIndex(redis, keys), log, { type: subject.type, id: subject.id });
}

function placesFor(
  visibility: Visibility,
  { accounts }: EventQuery,
  from: Places | undefined,
): Map<string, string | undefined> {
  const logs = logsOf(visibility).filter((account) => accounts === undefined || accounts.includes(account));
  return new Map(logs.map((account) => [account, from?.get(account)]));
}

function isMeant({ endpoints }: Visibility, { types, subject }: EventQuery, entry: LogEntry): boolean {
  if (subject && subject.type !== entry.subject) return false;
  if (subject?.id !== undefined && subject.id !== entry.record) return false;
  if (types.length === 0) {
    // Whoever sees every endpoint is an operator. Others ask for what was said in confidence by name, as their endpoints do.
    const isNamed = subject !== undefined || endpoints === undefined;
    return isNamed || resourceOf(entry.subject)?.confidential !== true;
  }
  return types.some((pattern) => matchesPattern(pattern, entry.subject, entry.transitions));
}

/** Bodies that are opened without a pause, and before they are counted: some 2 ms. */
export const OPENED_AT_ONCE = 20;

/**
 * Adds the bodies. Nothing else gets its turn while they are opened, so it is done in parts.
 * @param mostCharacters what follows when they hold so many is left out
 */
export async function withBodies(
  base: Pick<Base, "log">,
  found: readonly MergedEntry[],
  mostCharacters = Infinity,
): Promise<ListedEvent[]> {
  const listed: ListedEvent[] = [];
  let characters = 0;
  for (let from = 0; from < found.length && characters < mostCharacters; from += OPENED_AT_ONCE) {
    const opened = await openBodies(base, found.slice(from, from + OPENED_AT_ONCE));
    listed.push(...opened);
    if (mostCharacters < Infinity)
      characters += opened.reduce((sum, { body }) => sum + JSON.stringify(body).length, 0);
  }
  return listed;
}

async function openBodies(
  { log }: Pick<Base, "log">,
  found: readonly MergedEntry[],
): Promise<readonly ListedEvent[]> {
  const accounts = [...new Set(found.map(({ account }) => account))];
  const bodies = new Map(
    await Promise.all(
      accounts.map(async (account) => {
        const ids = found.filter((one) => one.account === account).map(({ entry }) => entry.eventId);
        return [account, await log.readEvents(account, ids)] as const;
      }),
    ),
  );
  return found.map(({ account, entry }) => ({
    account,
    eventId: entry.eventId,
    position: entry.position,
    committedAt: committedAt(entry.position),
    subject: { type: entry.subject, id: entry.record },
    transitions: entry.transitions,
    body: toBody(bodies.get(account)?.get(entry.eventId)),
  }));
}

export function toBody(found: WebhookEvent | UnreadableRecordError | undefined): EventBody {
  if (found === undefined) return { state: "erased" };
  return found instanceof UnreadableRecordError ? { state: "unreadable" } : { state: "kept", event: found };
}

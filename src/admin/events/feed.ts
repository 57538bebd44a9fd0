import type { Base } from "../base.ts";
import type { EndpointSettings } from "../../config/endpoint-settings.ts";
import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import { callbackBody, relatedFor } from "../../diff/callback-body.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { NOTHING_RELATED, type Related, subjectsTold } from "../../diff/related.ts";
import { holds, isSubscribed } from "../../dispatch/routing/subscriptions.ts";
import { UnreadableRecordError } from "../../shared/errors.ts";
import { createPlaceFinder } from "../../store/events/log-loss.ts";
import { type LogBounds, type LogReader, createLogReader } from "../../store/events/log-reader.ts";
import type { LogWatch } from "../../store/events/log-watch.ts";
import { readRedisTime } from "../../store/redis/redis-facts.ts";
import type { Patience } from "../../store/events/patience.ts";
import { LOG_START, committedAt, comparePositions } from "../../store/events/position.ts";
import type { FeedCursor } from "./feed-cursor.ts";
import { MOST_CHARACTERS, OPENED_AT_ONCE } from "./list-events.ts";
import { type MergedEntry, readMerged } from "./merge-logs.ts";
import { type Visibility, isVisible, logsOf } from "../records/visibility.ts";
import { limitSignal } from "../../shared/limit-signal.ts";

/** Where a reader begins who has no cursor yet. A time is unix ms, of the commit. */
export type FeedStart = "oldest" | "now" | { readonly at: number };

/** What is to be in the feed: the words and meaning of an endpoint's settings. */
export type FeedFilter = Pick<
  EndpointSettings,
  "events" | "accounts" | "when" | "payload" | "include" | "expand" | "localTime" | "format"
>;

export interface FeedRequest {
  readonly from: FeedCursor | FeedStart;
  readonly filter: FeedFilter;
  /** Events in one answer, at most. */
  readonly count: number;
  /** How long to wait for an event when there is none; 0: not at all. */
  readonly waitMs: number;
}

export interface FeedPage {
  readonly kind: "page";
  /** Each exactly the body that a callback of it would have. */
  readonly bodies: readonly string[];
  /** Of whom they tell, whatever the format of the bodies. */
  readonly told: readonly Told[];
  readonly next: FeedCursor;
  /** There is more to read at once. */
  readonly more: boolean;
}

/** A record that a body tells of, or that came along in it. */
export interface Told {
  readonly account: string;
  readonly subject: { readonly type: string; readonly id: string };
}

/**
 * The cursor leads nowhere any more. removed: events behind it were removed for their age before they were read, and what they
 * were is not known · went_back: Redis lost the end of the log, and what is told again stands elsewhere. `oldest` is where what is
 * kept begins, unix ms.
 */
export interface FeedGap {
  readonly kind: "gap";
  readonly why: "removed" | "went_back";
  readonly account: string;
  readonly oldest: number | undefined;
}

export interface FeedDeps extends Pick<Base, "redis" | "keys" | "log"> {
  readonly watch: Pick<LogWatch, "wait">;
}

/** Entries looked at before an answer is given, however few of them were wanted. */
const MOST_LOOKED_AT = 10_000;
/** The last place that a moment can have. */
const LAST_SERIAL = "18446744073709551615";

/**
 * The logs for those who fetch: in the order of commits, without gaps, at least once. What is not acknowledged by coming
 * back with the new cursor is given again. A wait ends early when `patience.signal` fires, a long look when it is over: what was
 * found by then is answered, with `more`.
 * @throws UnreadableRecordError for an event that cannot be opened: passing over it would lose it silently
 */
export async function readFeed(
  deps: FeedDeps,
  visibility: Visibility,
  { from, filter, count, waitMs }: FeedRequest,
  patience: Patience,
): Promise<FeedPage | FeedGap> {
  const log = createLogReader(deps.redis, deps.keys);
  const accounts = logsOf(visibility).filter((account) => isAskedFor(filter, account));
  let bounds = await readBounds(log, accounts);
  const cursor = await toCursor(deps, from, bounds);
  const gap = await findGap(log, cursor, bounds);
  if (gap) return gap;
  const reading: Reading = { places: placesOf(cursor, bounds), bodies: [], told: [] };
  using limited = limitSignal([patience.signal], waitMs);
  const over = limited.signal;
  for (;;) {
    const more = await readOn({ deps, log, visibility, filter, count, patience }, reading);
    if (more || reading.bodies.length > 0 || waitMs === 0 || over.aborted) {
      const places = new Map([...cursor.places, ...reading.places]);
      const { bodies, told } = reading;
      return { kind: "page", bodies, told, next: { start: cursor.start, places }, more };
    }
    // Behind all that the logs had before they were read: whatever was there has been looked at.
    await deps.watch.wait(laterOf(reading.places, bounds), over);
    bounds = await readBounds(log, accounts);
  }
}

interface Reading {
  readonly places: Map<string, string>;
  readonly bodies: string[];
  readonly told: Told[];
}

type Bounds = ReadonlyMap<string, LogBounds>;

function isAskedFor({ accounts }: FeedFilter, account: string): boolean {
  return account === SERVICE_ACCOUNT || accounts === undefined || accounts.includes(account);
}

async function readBounds(log: LogReader, accounts: readonly string[]): Promise<Bounds> {
  return new Map(
    await Promise.all(accounts.map(async (account) => [account, await log.bounds(account)] as const)),
  );
}

async function toCursor(
  { keys, redis }: Pick<FeedDeps, "keys" | "redis">,
  from: FeedRequest["from"],
  bounds: Bounds,
): Promise<FeedCursor> {
  if (from === "oldest") return { start: LOG_START, places: new Map() };
  if (from === "now") {
    // For logs that begin later, by the clock that numbers them.
    const time = await readRedisTime(redis, keys);
    const places = new Map([...bounds].map(([account, { last }]) => [account, last]));
    return { start: `${Math.floor(time / 1_000) * 1_000}-0`, places };
  }
  if (!("at" in from)) return from;
  return { start: from.at > 0 ? `${from.at - 1}-${LAST_SERIAL}` : LOG_START, places: new Map() };
}

async function findGap(
  log: LogReader,
  { places, start }: FeedCursor,
  bounds: Bounds,
): Promise<FeedGap | undefined> {
  for (const [account, found] of bounds) {
    const place = places.get(account);
    if (place === undefined) continue;
    const oldest = found.oldest === undefined ? undefined : committedAt(found.oldest);
    const gap = { kind: "gap", account, oldest } as const;
    if (found.lastRemoved !== undefined && comparePositions(found.lastRemoved, place) > 0)
      return { ...gap, why: "removed" };
    // Where the reader began: a moment, at which no entry stood, and of this log nothing was read since.
    if (place === start) continue;
    if ((await createPlaceFinder(log, account, found)(place)) === "lost") return { ...gap, why: "went_back" };
  }
  return undefined;
}

/** A log that is new to the reader begins at its start, or behind what was removed before they knew of it. */
function placesOf({ start, places }: FeedCursor, bounds: Bounds): Map<string, string> {
  return new Map(
    [...bounds].map(([account, { lastRemoved }]) => [
      account,
      places.get(account) ?? laterPlace(start, lastRemoved),
    ]),
  );
}

function laterOf(places: ReadonlyMap<string, string>, bounds: Bounds): Map<string, string> {
  return new Map(
    [...places].map(([account, place]) => [account, laterPlace(place, bounds.get(account)?.last)]),
  );
}

function laterPlace(place: string, other: string | undefined): string {
  return other !== undefined && comparePositions(other, place) > 0 ? other : place;
}

interface Step {
  readonly deps: Pick<FeedDeps, "log">;
  readonly log: LogReader;
  readonly visibility: Visibility;
  readonly filter: FeedFilter;
  readonly count: number;
  readonly patience: Patience;
}

/** Reads until the answer is full, or there is no more. True: there is more. */
async function readOn(step: Step, reading: Reading): Promise<boolean> {
  for (let seen = 0; seen < MOST_LOOKED_AT;) {
    const { entries, ended } = await readMerged(step.log, { order: "oldest_first" }, reading.places);
    for (let at = 0; at < entries.length;) {
      const room = step.count - reading.bodies.length;
      if (room === 0 || isFull(reading)) return true;
      const taken = takeUpTo(step, entries.slice(at), Math.min(room, OPENED_AT_ONCE));
      if (!(await render(step, taken, reading))) return true;
      at += taken.length;
    }
    seen += entries.length;
    if (ended) return false;
    if (step.patience.isOver() || step.patience.signal.aborted) return true;
  }
  return true;
}

function isFull({ bodies }: Reading): boolean {
  return bodies.reduce((sum, { length }) => sum + length, 0) >= MOST_CHARACTERS;
}

/** As many entries as hold `room` candidates: bodies that are not wanted now are not read. */
function takeUpTo(step: Step, entries: readonly MergedEntry[], room: number): readonly MergedEntry[] {
  let candidates = 0;
  const end = entries.findIndex((merged) => isCandidate(step, merged) && ++candidates === room);
  return end < 0 ? entries : entries.slice(0, end + 1);
}

function isCandidate({ visibility, filter }: Step, { account, entry }: MergedEntry): boolean {
  return isVisible(visibility, account, entry) && isSubscribed(filter, account, entry);
}

/** False: an event cannot be opened, and those before it are to be answered first. @throws UnreadableRecordError */
async function render(step: Step, entries: readonly MergedEntry[], reading: Reading): Promise<boolean> {
  const { when } = step.filter;
  const candidates = entries.filter((merged) => isCandidate(step, merged));
  const [events, related] = await Promise.all([
    readEvents(step.deps, candidates),
    relatedFor(
      step.deps.log,
      step.filter,
      candidates.map(({ account, entry }) => ({ account, eventId: entry.eventId })),
    ),
  ]);
  for (const { account, entry } of entries) {
    const event = events.get(entry.eventId);
    if (event instanceof UnreadableRecordError) {
      if (reading.bodies.length > 0) return false;
      throw event;
    }
    // One that was erased is passed over, as it is when callbacks are sent.
    if (event && holds(when, event)) {
      const known = related.get(entry.eventId);
      reading.bodies.push(callbackBody(event, known, step.filter));
      reading.told.push(...toldBy(event, known ?? NOTHING_RELATED, step.filter));
    }
    reading.places.set(account, entry.position);
  }
  return true;
}

function toldBy(event: WebhookEvent, known: Related, filter: FeedFilter): readonly Told[] {
  const { account, subject } = event;
  const along = subjectsTold(event, known, filter).map((name) => {
    const at = name.indexOf("/");
    return { account, subject: { type: name.slice(0, at), id: name.slice(at + 1) } };
  });
  return [{ account, subject }, ...along];
}

async function readEvents(
  { log }: Pick<FeedDeps, "log">,
  found: readonly MergedEntry[],
): Promise<ReadonlyMap<string, WebhookEvent | UnreadableRecordError>> {
  const accounts = [...new Set(found.map(({ account }) => account))];
  const read = await Promise.all(
    accounts.map(async (account) => {
      const ids = found.filter((one) => one.account === account).map(({ entry }) => entry.eventId);
      return await log.readEvents(account, ids);
    }),
  );
  return new Map(read.flatMap((events) => [...events]));
}

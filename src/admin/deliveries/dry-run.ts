import type { Base } from "../base.ts";
import type { EndpointSettings } from "../../config/endpoint-settings.ts";
import { callbackBody, relatedFor } from "../../diff/callback-body.ts";
import type { Related } from "../../diff/related.ts";
import { holds, isSubscribed } from "../../dispatch/routing/subscriptions.ts";
import { typeOf } from "../../store/outbox/delivery.ts";
import { createLogReader } from "../../store/events/log-reader.ts";
import { committedAt } from "../../store/events/position.ts";
import { type ListedEvent, withBodies } from "../events/list-events.ts";
import { type MergedEntry, walkMerged } from "../events/merge-logs.ts";
import type { Patience } from "../../store/events/patience.ts";
import { type Visibility, isVisible, logsOf } from "../records/visibility.ts";

export interface DryRunDay {
  /** `2026-11-22`, UTC. */
  readonly day: string;
  readonly total: number;
  readonly byType: Readonly<Record<string, number>>;
}

export interface DryRunSample {
  readonly eventId: string;
  /** Unix ms. */
  readonly committedAt: number;
  /** The body of its callback; undefined: it was erased, or cannot be opened. */
  readonly body: string | undefined;
}

export interface DryRun {
  readonly total: number;
  readonly byType: Readonly<Record<string, number>>;
  /** Days on which something would have been sent, the oldest first. */
  readonly days: readonly DryRunDay[];
  /** The newest first. */
  readonly samples: readonly DryRunSample[];
  /** What was looked at begins here, unix ms: later than was asked for when the log does not reach back so far. */
  readonly since: number;
  /** Unix ms. */
  readonly until: number;
  /** Not all could be looked at: `since` is as far as it went. */
  readonly truncated: boolean;
}

const MOST_LOOKED_AT = 200_000;
/** Bodies opened for the sake of conditions. */
const MOST_OPENED = 20_000;

/** What an endpoint with these settings would have been sent. Nothing is. */
export async function dryRun(
  base: Pick<Base, "keys" | "log" | "redis">,
  visibility: Visibility,
  settings: EndpointSettings,
  { since, until, samples }: { readonly since: number; readonly until: number; readonly samples: number },
  patience: Patience,
): Promise<DryRun> {
  const reader = createLogReader(base.redis, base.keys);
  const accounts = logsOf(visibility);
  const places = new Map(accounts.map((account) => [account, undefined]));
  const tally = createTally();
  const newest: ListedEvent[] = [];
  let [reached, ended, opened] = [until, true, 0];
  const range = { order: "newest_first" as const, since, until };
  for await (const batch of walkMerged(reader, range, places, MOST_LOOKED_AT, patience)) {
    ({ ended } = batch);
    const candidates = batch.entries.filter(
      ({ account, entry }) => isVisible(visibility, account, entry) && isSubscribed(settings, account, entry),
    );
    const wanted = await meeting(base, settings, candidates, patience);
    if (settings.when.length > 0) opened += candidates.length;
    for (const merged of wanted) tally.add(merged);
    newest.push(...(await withBodies(base, wanted.slice(0, samples - newest.length))));
    const last = batch.entries.at(-1);
    if (last) reached = committedAt(last.entry.position);
    if (opened >= MOST_OPENED) {
      ended = false;
      break;
    }
  }
  const oldest = await oldestOf(reader, accounts);
  const related = await relatedFor(base.log, settings, newest);
  return {
    ...tally.read(),
    samples: newest.map((event) => toSample(event, settings, related.get(event.eventId))),
    since: ended ? Math.max(since, oldest ?? until) : reached,
    until,
    truncated: !ended,
  };
}

/** As routing does: what cannot be looked into is sent. */
async function meeting(
  { log }: Pick<Base, "log">,
  { when }: EndpointSettings,
  candidates: readonly MergedEntry[],
  { signal }: Patience,
): Promise<readonly MergedEntry[]> {
  if (when.length === 0) return candidates;
  const listed = await withBodies({ log }, candidates);
  signal.throwIfAborted();
  return candidates.filter((_, index) => {
    const body = listed[index]?.body;
    return body?.state !== "kept" || holds(when, body.event);
  });
}

/** Where the longest of the logs begins. */
async function oldestOf(
  reader: ReturnType<typeof createLogReader>,
  accounts: readonly string[],
): Promise<number | undefined> {
  const bounds = await Promise.all(accounts.map(async (account) => await reader.bounds(account)));
  const times = bounds.flatMap(({ oldest }) => (oldest === undefined ? [] : [committedAt(oldest)]));
  return times.length === 0 ? undefined : Math.min(...times);
}

function toSample(
  { eventId, committedAt: at, body }: ListedEvent,
  settings: EndpointSettings,
  related: Related | undefined,
): DryRunSample {
  if (body.state !== "kept") return { eventId, committedAt: at, body: undefined };
  return { eventId, committedAt: at, body: callbackBody(body.event, related, settings) };
}

interface Tally {
  add(merged: MergedEntry): void;
  read(): Pick<DryRun, "total" | "byType" | "days">;
}

function createTally(): Tally {
  const days = new Map<string, Map<string, number>>();
  const byType = new Map<string, number>();
  return {
    add({ entry }) {
      const type = typeOf(entry);
      const day = new Date(committedAt(entry.position)).toISOString().slice(0, 10);
      const ofDay = days.get(day) ?? new Map<string, number>();
      days.set(day, ofDay);
      for (const counts of [ofDay, byType]) counts.set(type, (counts.get(type) ?? 0) + 1);
    },
    read: () => ({
      total: sum(byType),
      byType: Object.fromEntries(byType),
      days: [...days]
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([day, counts]) => ({ day, total: sum(counts), byType: Object.fromEntries(counts) })),
    }),
  };
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

import { DAYS_A_REQUEST, type Triple } from "../../cliniko/available-times.ts";
import type { ClinikoClient } from "../../cliniko/client.ts";
import { type Failure, type Row, concernsAccount } from "../../cliniko/outcome.ts";
import { type Snapshot, adoptDisappearance } from "../../diff/adopt.ts";
import {
  type Offer,
  agedOffer,
  formatSpan,
  offerIn,
  parseSpan,
  settleOffer,
  toInstant,
} from "../../diff/available-times.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { namedValues, valuesBeyond } from "../../diff/values.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { adoptPage } from "../scan/adopt-page.ts";
import type { ReadingDeps } from "../scan/reading-deps.ts";
import type { ScanResult } from "../scan/scan.ts";
import { isMarkedBy } from "./marks.ts";
import { type OfferRules, type OfferRulesDeps, readOfferRules } from "./offer-rules.ts";
import { type AskedDays, daysFrom, spanOf } from "./offer-span.ts";
import { type TripleState, UNREAD, formatTripleStates, parseTripleStates } from "./triple-states.ts";

/** What an account watches the times of. */
export interface WatchedTimes extends Triple {
  /** How many days, from today on. */
  readonly days: number;
  /** The earliest one alone. */
  readonly nextOnly: boolean;
}

/** Of the account's share: what it costs is known, and what it brings is not. */
export const OFFER_SHARE = 0.1;
/** Two answers of 404 must lie this far apart, by the upstream's clock. */
const APART_SECONDS = 60;
/** A difference is looked at again a little after it may have ended. */
const MARGIN_SECONDS = 5;
const MINUTE_MS = 60_000;

export interface AvailabilityDeps extends Omit<ReadingDeps, "client" | "watermark"> {
  readonly client: Pick<ClinikoClient, "availableTimes" | "findRecord" | "listPage">;
  readonly watched: readonly WatchedTimes[];
  /** Of the whole account. */
  readonly requestsPerMinute: number;
  /** What is not marked is read again after this, ms. */
  readonly promiseMs: number;
  readonly asked: OfferRulesDeps["asked"];
  /** Requests that this poll has made. */
  readonly requests: () => number;
}

/** Until when the next poll may wait, ms from now; Infinity: for its usual time. */
export interface AvailabilityResult {
  readonly scanned: ScanResult;
  readonly soonMs: number;
}

export function tripleId({ appointmentType, business, practitioner }: Triple): string {
  return [business, practitioner, appointmentType].join(":");
}

/**
 * Reads the times that may have moved, and those that were not read for longest, within a tenth of the account's requests. One triple
 * is one commit; the watermark is that of the one that was read longest ago.
 */
export async function readAvailability(
  deps: AvailabilityDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<AvailabilityResult> {
  const { account, resource } = lease;
  const { now, promiseMs, reading, state, watched } = deps;
  const counts = { pages: 0, records: 0, changes: 0, events: 0, stale: 0, unknown: [] };
  const kept = parseTripleStates(state.triples);
  const states = new Map(watched.map((one) => [tripleId(one), kept.states.get(tripleId(one)) ?? UNREAD]));
  const perMs = (deps.requestsPerMinute * OFFER_SHARE) / MINUTE_MS;
  const owing = { at: now(), count: Math.max(0, kept.owed - Math.max(0, now() - kept.owedAt) * perMs) };
  const marks = await reading.rereads(account, resource);
  const isMarked = await isMarkedBy(deps.store, account, marks);
  const nowSeconds = Math.floor(now() / 1_000);
  const due = watched
    .filter((one) => isMarked(one) || isDue(states.get(tripleId(one)) ?? UNREAD, nowSeconds, promiseMs))
    .toSorted((left, right) => readAtOf(states, left) - readAtOf(states, right));
  let waiting: WatchedTimes | undefined;
  let failure: Failure | undefined;
  for (const one of due) {
    if (signal.aborted)
      return { scanned: { kind: "stopped", reason: "aborted", ...counts }, soonMs: Infinity };
    // What costs more than a minute brings is asked when nothing is owed.
    if (waitMs(owing.count, one, perMs) > 0) {
      waiting = one;
      break;
    }
    const before = deps.requests();
    const read = await readTriple(deps, lease, one, states.get(tripleId(one)) ?? UNREAD, signal);
    owing.count += deps.requests() - before;
    if (read === "fenced")
      return { scanned: { kind: "stopped", reason: "fenced", ...counts }, soonMs: Infinity };
    if ("kind" in read) {
      failure = read;
      if (concernsAccount(read)) break;
      // Those that are read less long ago must not wait for it, and it is asked again with the next ones.
      states.set(tripleId(one), { ...(states.get(tripleId(one)) ?? UNREAD), lookAt: nowSeconds });
      continue;
    }
    states.set(tripleId(one), read.state);
    counts.records += 1;
    counts.pages += 1;
    counts.changes += read.changes;
    counts.events += read.events;
  }
  await reading.update(account, resource, {
    triples: formatTripleStates({ states, owed: owing.count, owedAt: owing.at }),
  });
  if (!waiting && !(failure && concernsAccount(failure)))
    await reading.clearRereads(account, resource, marks);
  if (failure) return { scanned: { kind: "failed", failure, ...counts }, soonMs: Infinity };
  const cursor = await deps.store.readCursor(account, resource);
  const oldest = Math.min(...[...states.values()].map(({ readAt }) => readAt));
  const watermark = watched.length === 0 ? nowSeconds : oldest;
  const isAllRead = watermark > 0;
  if (isAllRead) {
    const next = { snapshots: new Map(), events: [], cursor: { phase: "live", watermark } as const };
    if ((await deps.store.commit(lease, next)) === "fenced")
      return { scanned: { kind: "stopped", reason: "fenced", ...counts }, soonMs: Infinity };
  }
  const soonMs = Math.min(
    waiting ? Math.max(1_000, waitMs(owing.count, waiting, perMs)) : Infinity,
    ...[...states.values()].map((one) => soonOf(one, nowSeconds)),
  );
  const done = { missed: [], expected: new Map(), watermark, baseline: cursor?.phase !== "live" };
  // Some of them have never been read: the first sync goes on.
  if (!isAllRead) return { scanned: { kind: "stopped", reason: "gave_way", ...counts }, soonMs };
  return { scanned: { kind: "completed", ...done, ...counts }, soonMs };
}

function costOf({ days }: WatchedTimes): number {
  return Math.ceil(days / DAYS_A_REQUEST);
}

/** Until it fits into a minute's requests, or nothing is owed. */
function waitMs(owed: number, one: WatchedTimes, perMs: number): number {
  return Math.min(owed, owed + costOf(one) - perMs * MINUTE_MS) / perMs;
}

function readAtOf(states: ReadonlyMap<string, TripleState>, one: Triple): number {
  return states.get(tripleId(one))?.readAt ?? 0;
}

function isDue(state: TripleState, at: number, promiseMs: number): boolean {
  return (at - state.readAt) * 2_000 >= promiseMs || soonOf(state, at) <= 0;
}

/** When what is not told yet may be told, ms from now. */
function soonOf({ lookAt }: TripleState, at: number): number {
  return lookAt === 0 ? Infinity : (lookAt - at) * 1_000;
}

type Read =
  | { readonly state: TripleState; readonly changes: number; readonly events: number }
  | "fenced"
  | Failure;

async function readTriple(
  deps: AvailabilityDeps,
  lease: Lease,
  one: WatchedTimes,
  state: TripleState,
  signal: AbortSignal,
): Promise<Read> {
  const rules = await readOfferRules({ ...deps, account: lease.account }, one, signal);
  const asked = await askAll(deps, one, rules, signal);
  const id = tripleId(one);
  const previous = (await deps.store.loadSnapshots(lease.account, lease.resource, [id])).get(id);
  if (asked.kind === "not_found")
    return await missOffer(deps, lease, { id, state, previous, date: asked.date }, signal);
  if (asked.kind !== "ok") return asked;
  const { date, times } = asked;
  const span = spanOf(date, asked.days, one.nextOnly, rules, times);
  const shown = one.nextOnly ? times.slice(0, 1) : times;
  const known = previous && previous.deletedAt === undefined ? knownOffer(deps, previous) : undefined;
  const aged = known && agedOffer(known.offer, known.span, shown, span);
  const holdSeconds = rules.holdMinutes * 60;
  const settled = aged
    ? settleOffer(aged, shown, state.pending, date, holdSeconds, one.nextOnly)
    : { offer: shown, pending: new Map<number, number>() };
  const first = Math.min(...settled.pending.values());
  const next: TripleState = {
    readAt: date,
    pending: settled.pending,
    missingSince: 0,
    lookAt: settled.pending.size === 0 ? 0 : first + holdSeconds + MARGIN_SECONDS,
  };
  const row = toRow(one, settled.offer, aged ?? [], formatSpan(span), date);
  const changes = await adoptPage(
    deps,
    lease,
    { rows: [row], date },
    {
      origin: "live",
      unchangedUntil: state.readAt || date,
      // What was not watched before begins silently.
      baselineStartedAt: previous ? undefined : date,
      shownFrom: undefined,
    },
  );
  if ("kind" in changes)
    return changes.kind === "guarded"
      ? { kind: "malformed", detail: "more times than are believed" }
      : changes;
  const { events, snapshots } = changes;
  if (snapshots.size > 0 && (await commit(deps, lease, snapshots, events)) === "fenced") return "fenced";
  return { state: next, changes: events.length, events: events.length };
}

async function commit(
  { store }: Pick<AvailabilityDeps, "store">,
  lease: Lease,
  snapshots: ReadonlyMap<string, Snapshot>,
  events: readonly WebhookEvent[],
): Promise<"committed" | "fenced"> {
  return await store.commit(lease, { snapshots, events, cursor: undefined });
}

/** Not offered: told when it has been said twice. */
async function missOffer(
  deps: AvailabilityDeps,
  lease: Lease,
  missed: {
    readonly id: string;
    readonly state: TripleState;
    readonly previous: Snapshot | undefined;
    readonly date: number;
  },
  signal: AbortSignal,
): Promise<Read> {
  const { date, id, previous, state } = missed;
  const missingSince = state.missingSince || date;
  const isKnown = previous !== undefined && previous.deletedAt === undefined;
  const isCertain = isKnown && date - missingSince >= APART_SECONDS;
  const lookAt = isKnown && !isCertain ? missingSince + APART_SECONDS + MARGIN_SECONDS : 0;
  const next = { readAt: date, pending: new Map(), missingSince, lookAt };
  if (!isCertain) return { state: next, changes: 0, events: 0 };
  const strange = await deps.confirm?.(signal);
  if (strange) return strange;
  const context = { ...deps.context, baselineStartedAt: undefined };
  const gone = adoptDisappearance(context, previous, {
    id,
    presentAt: previous.updatedAt,
    deletedAt: date,
  });
  if ((await commit(deps, lease, new Map([[id, gone.snapshot]]), [gone.event])) === "fenced") return "fenced";
  return { state: next, changes: 1, events: 1 };
}

type Asked =
  | { readonly kind: "ok"; readonly times: Offer; readonly days: AskedDays; readonly date: number }
  | { readonly kind: "not_found"; readonly date: number }
  | Exclude<Failure, { kind: "not_found" }>;

/** All days that are watched; where only the earliest is, as many as it takes. */
async function askAll(
  { client, now }: AvailabilityDeps,
  one: WatchedTimes,
  { timeZone }: OfferRules,
  signal: AbortSignal,
): Promise<Asked> {
  const nowSeconds = Math.floor(now() / 1_000);
  const times: number[] = [];
  let date: number | undefined;
  let days = daysFrom(nowSeconds, one.days, timeZone);
  const ranges = [...days.ranges];
  for (let range = ranges.shift(); range; range = ranges.shift()) {
    const answer = await client.availableTimes({ triple: one, ...range, nextOnly: one.nextOnly }, signal);
    // Where the account's day is another than the place's, today may be refused.
    if (answer.kind === "bad_filter" && range === days.ranges[0] && days.from === nowSeconds) {
      days = daysFrom(nowSeconds, one.days, timeZone, 1);
      ranges.splice(0, Infinity, ...days.ranges);
      continue;
    }
    if (answer.kind === "not_found") return { kind: "not_found", date: answer.date };
    if (answer.kind !== "ok") return answer;
    date ??= answer.date;
    times.push(...answer.times.filter((time) => time < days.end));
    if (one.nextOnly && answer.times.length > 0) break;
  }
  const inOrder = [...new Set(times)].toSorted((a, b) => a - b);
  return { kind: "ok", times: inOrder, days, date: date ?? nowSeconds };
}

function knownOffer({ resource }: AvailabilityDeps, snapshot: Snapshot) {
  const named = namedValues(resource, snapshot);
  const span = parseSpan(valuesBeyond(resource, snapshot));
  return named && span && { offer: offerIn((name) => named.get(name)), span };
}

function linkTo(path: string) {
  return { links: { self: `/${path}` } };
}

function listed(times: Offer): string[] {
  return times.map(toInstant);
}

function toRow(one: WatchedTimes, offer: Offer, before: Offer, source: string, date: number): Row {
  const record = {
    business: linkTo(`businesses/${one.business}`),
    practitioner: linkTo(`practitioners/${one.practitioner}`),
    appointment_type: linkTo(`appointment_types/${one.appointmentType}`),
    times: one.nextOnly ? null : listed(offer),
    next: one.nextOnly ? (listed(offer)[0] ?? null) : null,
    added: listed(offer.filter((time) => !before.includes(time))),
    removed: listed(before.filter((time) => !offer.includes(time))),
  };
  return { id: tripleId(one), createdAt: date, updatedAt: date, record, source };
}

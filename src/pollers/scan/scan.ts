import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Failure, Page } from "../../cliniko/outcome.ts";
import { type Pass, type ReadingPlan, bestPlan } from "../../cliniko/reading-plan.ts";
import type { AdoptContext, Appearance } from "../../diff/adopt.ts";
import type { AccountStore, Commit, Cursor } from "../../store/detection/account-store.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { KnownResource } from "../../resources/registry.ts";
import { isReadWhole } from "../../resources/resource.ts";
import type { RowFilter } from "./row-filter.ts";
import { type Confirm, adoptPage, vouchFor } from "./adopt-page.ts";
import { rereadsAfter } from "./rereads-after.ts";
import { type ScanTally, createScanTally } from "./scan-tally.ts";
import { type TornWitness, createTornWitness } from "./torn-witness.ts";
import { type Stamps, type WindowWitness, createWindowWitness } from "./window-witness.ts";
import type { PrivacyFilter } from "./privacy-filter.ts";
import type { Guard } from "../reconcile/guard.ts";
import type { MassLimits } from "../reconcile/mass-limits.ts";
import type { LinkWitness } from "./link-witness.ts";
import { OLDEST_CACHE_SECONDS, type Rechecks } from "./rechecks.ts";
import type { Steadiness } from "./steadiness.ts";

export interface ScanDeps {
  readonly client: Pick<ClinikoClient, "listPage">;
  readonly store: Pick<AccountStore, "readCursor" | "loadSnapshots" | "commit">;
  readonly resource: KnownResource;
  /** How this account lets itself be read; the best there is, unless it refused. */
  readonly plan?: ReadingPlan;
  /** `baselineStartedAt` follows from the cursor. */
  readonly context: Omit<AdoptContext, "baselineStartedAt">;
  /** Rows of a page that are not ours to tell of; all are when left out. */
  readonly rowFilter?: RowFilter | undefined;
  /** Of whom not to tell; of everybody is told when left out. */
  readonly privacyFilter?: PrivacyFilter | undefined;
  /** What becomes of records that were made earlier than they are first seen; they are told when left out. */
  readonly appearances?: Omit<Appearance, "shownFrom"> | undefined;
  /** How much of what is unusual is believed; all of it when left out. */
  readonly limits?: MassLimits | undefined;
  /** Asked before it is told that a link went away that nearly every record has; believed when left out. */
  readonly linkWitness?: LinkWitness | undefined;
  /** What is to be looked at again because a page showed an older version of it. */
  readonly rechecks?: Rechecks | undefined;
  /** Whether what this scan doubts is asked for by its id afterwards; of what is read since when, nothing is doubted when left out. */
  readonly asksById?: boolean;
  /** Of rows without an id: whether to believe what differs; it is believed when left out. */
  readonly steadiness?: Steadiness | undefined;
  /** What the scan before showed and this one must show again; nothing when left out. */
  readonly expected?: Stamps | undefined;
  /** Asked before a page is taken over that shows no record as it is known. */
  readonly confirm?: Confirm | undefined;
  /** Somebody is told what can be booked online: what may have moved it is noted. It is not when left out. */
  readonly watchesTimes?: boolean;
  /** L: how far behind its watermark a scan looks back, for commits that become visible late. */
  readonly overlapMs: number;
  /** Asked after every page of a first sync: whether it may hold its place any longer. It may when left out. */
  readonly mayGoOn?: () => boolean;
}

export interface ScanCounts {
  readonly pages: number;
  readonly records: number;
  readonly changes: number;
  readonly events: number;
  readonly stale: number;
  /** Fields that no documentation names. */
  readonly unknown: readonly string[];
}

export type ScanResult = ScanCounts &
  (
    | {
        readonly kind: "completed";
        readonly watermark: number;
        /** See `PageTimes`: for what is read beside the scan. */
        readonly shownFrom?: number;
        readonly baseline: boolean;
        /** Of the one object that is served in two places, only what everybody is served was shown. */
        readonly isPart?: boolean;
        /** `total_entries` said something else than the rows beside it. */
        readonly countsLie?: boolean;
        /** See `Cursor`: nothing later is to be claimed. */
        readonly unseenSince?: number | undefined;
        /** Every record that a whole reading showed; undefined: it was none, it was a first sync, or the list moved while it was read. */
        readonly shown?: ReadonlySet<string> | undefined;
        /** Records that the list shows otherwise than they are known: whether it is older is to be asked by their ids. */
        readonly doubted?: readonly string[] | undefined;
        /** Records that must have been shown and were not. */
        readonly missed: readonly string[];
        /** What the next scan must show. */
        readonly expected: Stamps;
      }
    /** The watermark has not moved, and what was met was not taken over. */
    | { readonly kind: "guarded"; readonly guard: Guard }
    /** Stopped between two pages: by `signal`, by another worker, or to let others in. What was committed stays. */
    | { readonly kind: "stopped"; readonly reason: "aborted" | "fenced" | "gave_way" }
    /** The upstream did not let us finish. The watermark has not moved. */
    | { readonly kind: "failed"; readonly failure: Failure }
  );

/** How often a list is read again at once because it moved while it was read. */
const MOST_READINGS = 3;
/** A walk looks at everything once a day: nothing has to be read again from further back. */
const MOST_REACH_SECONDS = 86_400;

/** A place in a scan: which pass, and after what. */
interface Place {
  readonly pass: number;
  readonly after: string | undefined;
}

type Live = Extract<Cursor, { phase: "live" }>;
type Completed = Extract<ScanResult, { kind: "completed" }>;
/** What ends a scan before its last page. */
type Broken =
  Exclude<ScanResult, Completed> extends infer Result
    ? Result extends ScanCounts
      ? Omit<Result, keyof ScanCounts>
      : never
    : never;

/** A scan under way. */
interface Run {
  readonly plan: ReadingPlan;
  /** Where the scan before ended; undefined: a first sync. */
  readonly live: Live | undefined;
  /** Both unix seconds by the upstream's clock, and seconds. */
  readonly since: number | undefined;
  readonly overlap: number;
  readonly isWhole: boolean;
  readonly pages: TornWitness;
  readonly witness: WindowWitness;
  readonly tally: ScanTally;
  /** Undefined: everything has been read. */
  place: Place | undefined;
  /** The upstream's clock in the first answer. */
  startedAt: number | undefined;
  /** Of a whole reading: what this one has shown so far. */
  shown: Set<string>;
  readings: number;
}

/**
 * Reads everything of one resource that was touched since the watermark (all of it the first time), page by page, and
 * commits each page as one step. The watermark moves with the last page only, to the upstream's clock at the first
 * request: what is stamped later belongs to the next scan, what was read twice is found unchanged.
 */
export async function scan(deps: ScanDeps, lease: Lease, signal: AbortSignal): Promise<ScanResult> {
  const run = await begin(deps, lease);
  const { live, tally } = run;
  for (let pass = passOf(run); pass; pass = passOf(run)) {
    const broken = await takeNextPage(deps, lease, signal, run, pass);
    if (broken) return { ...broken, ...tally.counts() };
    // Only a first sync goes on where it stopped: any other reading would begin again.
    if (run.place && !live && deps.mayGoOn?.() === false)
      return { kind: "stopped", reason: "gave_way", ...tally.counts() };
  }
  return { ...complete(run), ...tally.counts() };
}

async function begin(deps: ScanDeps, { account, resource }: Lease): Promise<Run> {
  const plan = deps.plan ?? bestPlan(deps.resource);
  const cursor = await deps.store.readCursor(account, resource);
  const live = cursor?.phase === "live" ? cursor : undefined;
  const baseline = cursor?.phase === "baseline" ? cursor : undefined;
  const overlap = Math.ceil(deps.overlapMs / 1_000);
  const since = live && Math.min(live.watermark, live.readFrom ?? Infinity) - overlap;
  const isWhole = isReadWhole(deps.resource);
  return {
    plan,
    live,
    since,
    overlap,
    isWhole,
    pages: createTornWitness(plan),
    // Where hidden records have lists of their own, a record may leave the window without having been hidden.
    witness: createWindowWitness(
      deps.expected ?? new Map(),
      plan.passes.length === 1 && !isWhole ? since : undefined,
    ),
    tally: createScanTally(),
    // A baseline that was interrupted goes on where it stopped, under its first clock and in the same plan.
    place: baseline?.plan === plan.name ? baseline : { pass: 0, after: undefined },
    startedAt: baseline?.startedAt,
    shown: new Set(),
    readings: 1,
  };
}

function passOf({ place, plan }: Run): Pass | undefined {
  return place && plan.passes[place.pass];
}

/** Asks for a page, compares, commits, and moves on. Resolves to what ends the scan before its last page. */
async function takeNextPage(
  deps: ScanDeps,
  lease: Lease,
  signal: AbortSignal,
  run: Run,
  pass: Pass,
): Promise<Broken | undefined> {
  const { isWhole, live, plan, since, tally } = run;
  if (signal.aborted) return { kind: "stopped", reason: "aborted" };
  const request = { pass, order: plan.order, since, after: run.place?.after };
  const answer = await deps.client.listPage(deps.resource, request, signal);
  if (signal.aborted) return { kind: "stopped", reason: "aborted" };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer };
  if (isWhole) run.pages.note(answer.page, run.shown);
  const page = isWhole ? withoutShown(answer.page, run.shown) : answer.page;
  run.startedAt ??= page.date;
  const { startedAt } = run;

  const doubts = live !== undefined && (isWhole || deps.asksById === true);
  const changes = await adoptPage(doubts ? doubting(deps, isWhole) : deps, lease, page, {
    origin: "live",
    unchangedUntil: live?.watermark ?? startedAt,
    baselineStartedAt: live ? undefined : startedAt,
    shownFrom: live && shownFrom(live, run.overlap),
  });
  if ("kind" in changes) return changes.kind === "guarded" ? changes : { kind: "failed", failure: changes };

  const rows = page.rows.filter(({ id }) => !changes.forgotten.has(id));
  move(run, page, rows);
  // A first sync knows no record: it is asked once more before what it found counts as what is known.
  const strange = !live && !run.place ? await vouchFor(changes, deps.confirm) : undefined;
  if (strange) return { kind: "failed", failure: strange };
  const { snapshots, events } = changes;
  const commit = {
    snapshots,
    events,
    cursor: nextCursor(run, startedAt),
    rereads: rereadsAfter(deps.resource, changes.observed, deps.watchesTimes),
  };
  if (!isNothing(commit) && (await deps.store.commit(lease, commit)) === "fenced") {
    return { kind: "stopped", reason: "fenced" };
  }
  const ids = rows.map(({ id }) => id);
  const settled = ids.filter((id) => !changes.doubted.includes(id) && !changes.open.includes(id));
  deps.rechecks?.shown(settled, changes.older, page.date, true);
  // What was there before a first sync is no news.
  if (live) deps.rechecks?.add(changes.open, page.date);
  const agreeing = ids.filter((id) => !snapshots.has(id) && !changes.differing.has(id));
  if (live) deps.steadiness?.note({ ...changes, agreeing }, page.date);
  tally.add(page, changes, {
    isPart: page.rows.some(({ source }) => source !== undefined && source === deps.resource.publicly),
    countsLie: contradictsRows(plan, pass, answer.page),
  });
  return undefined;
}

/** From when on a record is new that is shown for the first time: what a clock that came back had hidden is. */
function shownFrom({ jumpedFrom, readFrom, watermark }: Omit<Live, "phase">, overlap: number): number {
  const hiddenFrom = jumpedFrom === undefined ? readFrom : undefined;
  return Math.min(watermark, hiddenFrom ?? watermark) - overlap;
}

/**
 * Who cannot be asked by an id cannot be doubted. What is read since when is known since somewhen: by a scan, or by a reading beside
 * it a moment ago.
 */
function doubting(deps: ScanDeps, isWhole: boolean): ScanDeps {
  const doubt = deps.resource.hasStamps
    ? { oldestSeconds: isWhole ? OLDEST_CACHE_SECONDS : Infinity }
    : { isSteady: deps.steadiness?.isBelieved };
  return { ...deps, context: { ...deps.context, ...doubt } };
}

/** To the place after a page. @param rows those of it that may be remembered */
function move(run: Run, page: Page, rows: Page["rows"]): void {
  const { isWhole, overlap, pages, place, plan, shown, startedAt = 0, witness } = run;
  if (!isWhole) witness.note(rows, startedAt - overlap);
  for (const { id } of page.rows) if (isWhole) shown.add(id);
  run.place = place && nextPlace(plan, place, page);
  if (!run.place && pages.areTorn() && run.readings < MOST_READINGS) {
    run.readings += 1;
    run.place = { pass: 0, after: undefined };
    run.shown = new Set();
    pages.begin();
  }
}

function complete(run: Run): Omit<Completed, keyof ScanCounts> {
  const { isWhole, live, overlap, pages, shown, startedAt = 0, tally, witness } = run;
  return {
    kind: "completed",
    watermark: startedAt,
    shownFrom: shownFrom({ watermark: startedAt, ...reachBack(run, startedAt) }, overlap),
    baseline: !live,
    ...tally.findings(),
    unseenSince: live?.unseenSince,
    shown: isWhole && !pages.areTorn() ? shown : undefined,
    missed: witness.missed(),
    expected: witness.expected(),
  };
}

/** Nearly every page in the middle of a scan: whether the lease still holds is asked by the next one that has something. */
function isNothing({
  snapshots,
  events,
  cursor,
  rereads,
}: Commit & Required<Pick<Commit, "rereads">>): boolean {
  return snapshots.size + events.length + rereads.length === 0 && !cursor;
}

/** Of a record in two lists of one reading the first is believed: it has moved while they were read, or they disagree. */
function withoutShown(page: Page, shown: ReadonlySet<string>): Page {
  return { ...page, rows: page.rows.filter(({ id }) => !shown.has(id)) };
}

/** A page without a next one, asked for by id, holds all that its filter finds: a free look at whether counts can be used. */
function contradictsRows(
  { order }: ReadingPlan,
  { variant }: Pass,
  { next, rows, totalEntries }: Page,
): boolean {
  if (order !== "id" || variant !== undefined || next !== undefined) return false;
  return totalEntries !== undefined && totalEntries !== rows.length;
}

/** Undefined: everything has been read. */
function nextPlace(plan: ReadingPlan, { pass }: Place, page: Page): Place | undefined {
  if (page.next !== undefined) return { pass, after: page.next };
  return pass + 1 < plan.passes.length ? { pass: pass + 1, after: undefined } : undefined;
}

function nextCursor(run: Run, startedAt: number): Cursor | undefined {
  const { live, place, plan } = run;
  if (place) return live ? undefined : { phase: "baseline", startedAt, plan: plan.name, ...place };
  // Should the upstream's clock step back, the watermark follows: reading too much is safe, too little is not.
  const { unseenSince } = live ?? {};
  return {
    phase: "live",
    watermark: startedAt,
    ...(unseenSince === undefined ? {} : { unseenSince }),
    ...reachBack(run, startedAt),
  };
}

/**
 * The clock of an answer may have been ahead. What lies between two scans that the overlap does not join is read twice; and when the
 * clock comes back, all that was read by a watermark that had gone ahead.
 */
function reachBack(
  { isWhole, live, overlap, since = 0 }: Run,
  startedAt: number,
): Pick<Live, "jumpedFrom" | "readFrom"> {
  if (!live || isWhole) return {};
  const { jumpedFrom, watermark } = live;
  if (startedAt > watermark + overlap) {
    return { readFrom: watermark, jumpedFrom: Math.min(jumpedFrom ?? watermark, watermark) };
  }
  if (startedAt >= watermark - overlap) return jumpedFrom === undefined ? {} : { jumpedFrom };
  if (jumpedFrom !== undefined && since <= jumpedFrom - overlap) return {};
  // Without a jump it was ahead from the first sync on.
  return { readFrom: Math.max(jumpedFrom ?? 0, startedAt - MOST_REACH_SECONDS) };
}

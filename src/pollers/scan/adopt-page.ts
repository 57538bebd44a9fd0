import type { Failure, Page, Row } from "../../cliniko/outcome.ts";
import {
  type AdoptContext,
  type Adoption,
  type Appearance,
  type Snapshot,
  adopt,
  hasAppeared,
} from "../../diff/adopt.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { unknownAttributes, unknownFields } from "../../diff/shape.ts";
import { limitSignal } from "../../shared/limit-signal.ts";
import type { RowFilter } from "./row-filter.ts";
import { FieldShapeError } from "../../diff/normalise.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { PrivacyFilter } from "./privacy-filter.ts";
import type { Guard } from "../reconcile/guard.ts";
import type { MassLimits, Unusual } from "../reconcile/mass-limits.ts";
import type { LinkWitness } from "./link-witness.ts";
import { OLDEST_CACHE_SECONDS, type Rechecks } from "./rechecks.ts";
import { createReplacements } from "./replacements.ts";

export interface PageChanges {
  readonly snapshots: Map<string, Snapshot>;
  /** Rows that are exactly as they are known. One of them shows that it is the same clinic that answers. */
  readonly unchanged: number;
  readonly events: WebhookEvent[];
  /** The events, and those that are not told because of whom they are about. */
  readonly observed: readonly WebhookEvent[];
  /** Rows that showed an older version than the one we have. */
  readonly stale: number;
  /** Of those that differ from it: the fingerprint of what was shown. */
  readonly older: ReadonlyMap<string, string>;
  /** Of which it is not known whether what was shown is older or newer than what is known. */
  readonly doubted: readonly string[];
  /** Of which it cannot be said yet whether they are ours to tell of, or whether they may be told. They are not taken over. */
  readonly open: readonly string[];
  /** Of those that cannot be asked for: the fingerprint of what was shown. */
  readonly differing: ReadonlyMap<string, string>;
  /** Of those that were known: the fingerprint of what they were. */
  readonly replaced: ReadonlyMap<string, string>;
  /** Rows of which nothing may be remembered: they go by a forgotten patient's number. */
  readonly forgotten: ReadonlySet<string>;
  /** Fields that no documentation names. */
  readonly unknown: ReadonlySet<string>;
  readonly unusual: Unusual;
}

/** Not taken over: a failure, or more than is believed without a person. */
export type NotTakenOver = Failure | { readonly kind: "guarded"; readonly guard: Guard };

/** How a page was come by: see `Observation` and `AdoptContext`. */
export interface PageTimes {
  readonly origin: WebhookEvent["origin"];
  readonly unchangedUntil: number;
  readonly baselineStartedAt: number | undefined;
  /** See `Appearance`: what was made earlier than this and could be seen is known, unix seconds. */
  readonly shownFrom: number | undefined;
}

/**
 * What a page changes. It is taken over whole or not at all: a record of another shape is a failure, not a change.
 */
export async function adoptPage(
  deps: {
    readonly store: Pick<AccountStore, "loadSnapshots">;
    readonly context: Omit<AdoptContext, "baselineStartedAt">;
    readonly rowFilter?: RowFilter | undefined;
    readonly privacyFilter?: PrivacyFilter | undefined;
    readonly confirm?: Confirm | undefined;
    readonly appearances?: Omit<Appearance, "shownFrom"> | undefined;
    readonly limits?: MassLimits | undefined;
    readonly rechecks?: Pick<Rechecks, "has" | "isBelieved"> | undefined;
    /** Whether what is open can be looked at again. */
    readonly asksById?: boolean | undefined;
    readonly linkWitness?: LinkWitness | undefined;
  },
  { account, resource }: Lease,
  served: Pick<Page, "rows" | "date">,
  times: PageTimes,
): Promise<PageChanges | NotTakenOver> {
  const sorted = deps.rowFilter ? await deps.rowFilter(served.rows) : { ours: served.rows, open: [] };
  if ("kind" in sorted) return sorted;
  const { ours } = sorted;
  const { privacyFilter, rechecks } = deps;
  const page = { ...served, rows: privacyFilter ? await privacyFilter.withhold(ours) : ours };
  const ids = page.rows.map((row) => row.id);
  const known = await deps.store.loadSnapshots(account, resource, ids);
  const appearance = appearanceAt(deps.appearances, times, served.date);
  // A scan may read from a cache: it is never believed against what is known.
  const isBelieved = times.origin === "sweep" ? rechecks?.isBelieved : undefined;
  const wasOpen = new Set(rechecks && ids.filter((id) => !known.has(id) && rechecks.has(id)));
  const context = { ...deps.context, appearance, isBelieved, wasOpen };
  const changes = adoptRows(context, known, page, times, () => false);
  if ("kind" in changes) return changes;
  const judged = await judgeConsent(deps, changes, page);
  if ("kind" in judged) return judged;
  const { isWithheld, waiting } = judged;
  const rows = page.rows.filter(({ id }) => !waiting.has(id));
  const told = isWithheld ? adoptRows(context, known, { ...page, rows }, times, isWithheld) : changes;
  if ("kind" in told) return told;
  // Whoever answers: another clinic's page must not count for what is unusual with this one.
  const isNew = times.baselineStartedAt !== undefined && told.events.length === 0;
  const strange = isNew ? undefined : await vouchFor(told, deps.confirm);
  if (strange) return strange;
  const nameless = await deps.linkWitness?.(page.rows, told.observed);
  if (nameless) return nameless;
  const guard = await deps.limits?.judge(told.unusual, page.date);
  if (guard) return { kind: "guarded", guard };
  const open = [...sorted.open, ...waiting];
  return { ...told, open, forgotten: privacyFilter ? withoutThose(ours, ids) : NOBODY };
}

const DAY_SECONDS = 86_400;

/**
 * Where the upstream's clock has not come to the time yet at which the first sync began, it was ahead then. How far is not known: what
 * was made in the day before may have been made since, and of a sync that knows nothing older what the scans have not passed.
 */
function appearanceAt(
  given: Omit<Appearance, "shownFrom"> | undefined,
  { shownFrom, unchangedUntil }: PageTimes,
  nowSeconds: number,
): Appearance | undefined {
  if (!given || shownFrom === undefined) return undefined;
  const { firstSyncAt, fromNowOn } = given;
  if (nowSeconds >= firstSyncAt) return { ...given, shownFrom };
  const earliest = fromNowOn === true ? unchangedUntil : nowSeconds - DAY_SECONDS;
  return { ...given, shownFrom, firstSyncAt: Math.min(firstSyncAt, earliest) };
}

const NOBODY: ReadonlySet<string> = new Set();

/** Ids of the rows that are none of these. */
function withoutThose(rows: readonly Row[], ids: readonly string[]): ReadonlySet<string> {
  const left = new Set(rows.map(({ id }) => id));
  for (const id of ids) left.delete(id);
  return left;
}

type RowChanges = Omit<PageChanges, "forgotten" | "open">;

/** Whether an event must not be told: its place in the sequence is not used up. */
type IsWithheld = (event: WebhookEvent) => boolean;

interface Judged {
  /** Undefined: all may be told. */
  readonly isWithheld?: IsWithheld;
  /** Of whom these rows are may be shown yet: they are not taken over. */
  readonly waiting: ReadonlySet<string>;
}

/**
 * Of whom nothing is told. Whom nothing has shown for longer than any cache is old is not told of either: a role may hide them, and
 * their changes are taken over silently.
 */
async function judgeConsent(
  {
    asksById = false,
    context: { projection },
    privacyFilter,
  }: Pick<Parameters<typeof adoptPage>[0], "asksById" | "context" | "privacyFilter">,
  { events }: Pick<RowChanges, "events">,
  { date, rows }: Pick<Page, "rows" | "date">,
): Promise<Judged | Failure> {
  if (!privacyFilter || events.length === 0) return { waiting: NOBODY };
  const consent = await privacyFilter.judge(events);
  if ("kind" in consent) return consent;
  if (events.every((event) => consent(event) === "told")) return { waiting: NOBODY };
  const unknown = events.filter((event) => consent(event) === "unknown").map(({ subject }) => subject.id);
  const young = rows.filter(({ updatedAt }) => date - updatedAt < OLDEST_CACHE_SECONDS).map(({ id }) => id);
  return {
    isWithheld: (event) => consent(event) !== "told",
    // Without a stamp, or where ids cannot be asked for, none of them is looked at again.
    waiting: new Set(projection.hasStamps && asksById ? young.filter((id) => unknown.includes(id)) : []),
  };
}

function adoptRows(
  given: Omit<AdoptContext, "baselineStartedAt"> & {
    /** Rows that a scan has shown already, and that could not be taken over then: they are told as it would have told them. */
    readonly wasOpen: ReadonlySet<string>;
  },
  known: ReadonlyMap<string, Snapshot>,
  page: Pick<Page, "rows" | "date">,
  { baselineStartedAt, origin, unchangedUntil }: PageTimes,
  isWithheld: IsWithheld,
): RowChanges | Failure {
  const { wasOpen, ...rest } = given;
  const context = { ...rest, baselineStartedAt, origin };
  const replacing = createReplacements(context.projection);
  const changes = noChanges();
  for (const row of page.rows) {
    const { id, record, source } = row;
    try {
      for (const name of unknownFields(context.projection, record)) changes.unknown.add(name);
      const stamps = stampsOf(context, row);
      const isLate = wasOpen.has(id);
      const observation = {
        id,
        ...stamps,
        record,
        unchangedUntil: isLate ? Math.min(unchangedUntil, stamps.updatedAt - 1) : unchangedUntil,
        readAt: page.date,
        source,
      };
      // A list read by value may show a record twice: the second time is held against the first.
      const previous = changes.snapshots.get(id) ?? known.get(id);
      const adoption = adopt(isLate ? { ...context, origin: "live" } : context, previous, observation);
      noteAdoption(changes, id, previous, adoption, isWithheld);
      if (adoption.kind !== "adopted") continue;
      // Only here: a twentieth of the time that an unchanged record takes.
      for (const path of unknownAttributes(context.projection, record)) changes.unknown.add(path);
      if (!isLate && hasAppeared(context, previous, observation)) changes.unusual.appeared += 1;
      replacing.note(adoption.event);
    } catch (error) {
      if (!(error instanceof FieldShapeError)) throw error;
      return { kind: "schema_changed", detail: `record ${id}: ${error.message}` };
    }
  }
  changes.unusual.deleted = replacing.deleted();
  return changes;
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- `RowChanges`, while it is filled
function noChanges() {
  return {
    snapshots: new Map<string, Snapshot>(),
    unchanged: 0,
    events: [] as WebhookEvent[],
    observed: [] as WebhookEvent[],
    stale: 0,
    older: new Map<string, string>(),
    doubted: [] as string[],
    differing: new Map<string, string>(),
    replaced: new Map<string, string>(),
    unknown: new Set<string>(),
    unusual: { appeared: 0, deleted: 0 },
  };
}

function noteAdoption(
  changes: ReturnType<typeof noChanges>,
  id: string,
  previous: Snapshot | undefined,
  adoption: Adoption,
  isWithheld: IsWithheld,
): void {
  switch (adoption.kind) {
    case "unchanged":
      changes.unchanged += 1;
      return;
    case "stale":
      changes.stale += 1;
      if (adoption.fingerprint !== undefined) changes.older.set(id, adoption.fingerprint);
      return;
    case "doubted":
      changes.doubted.push(id);
      if (adoption.fingerprint !== undefined) changes.differing.set(id, adoption.fingerprint);
      return;
    case "adopted": {
      const { event, snapshot } = adoption;
      if (previous) changes.replaced.set(id, previous.fingerprint);
      if (event) changes.observed.push(event);
      const withheld = event !== undefined && isWithheld(event);
      changes.snapshots.set(id, withheld ? { ...snapshot, sequence: previous?.sequence ?? 0 } : snapshot);
      if (event && !withheld) changes.events.push(event);
    }
  }
}

/** What a first sync finds was there before it, and what does not say when it was made is as old as that. */
function stampsOf(
  { baselineStartedAt = Infinity, projection }: AdoptContext,
  row: Row,
): Pick<Row, "createdAt" | "updatedAt"> {
  if (projection.hasStamps) return row;
  const { createdAt, updatedAt } = row;
  return {
    createdAt: Math.min(createdAt, baselineStartedAt),
    updatedAt: Math.min(updatedAt, baselineStartedAt),
  };
}

/** Asks whose answers these are; a failure when they are not the clinic's own. */
export type Confirm = (signal: AbortSignal) => Promise<Failure | undefined>;

/** Asking whose answers these are is two requests. */
const CONFIRM_WITHIN_MS = 60_000;

/** What keeps a page from being taken over: it may be another clinic's. */
export async function vouchFor(
  { snapshots, unchanged }: Pick<PageChanges, "snapshots" | "unchanged">,
  confirm: Confirm | undefined,
): Promise<Failure | undefined> {
  if (snapshots.size === 0 || unchanged > 0 || !confirm) return undefined;
  using limited = limitSignal([], CONFIRM_WITHIN_MS);
  return await confirm(limited.signal);
}

import type { Projection } from "../resources/resource.ts";
import { FIRST_SEEN } from "../resources/rules.ts";
import { type Change, compare } from "./compare.ts";
import {
  API_VERSION,
  type WebhookEvent,
  changeSince,
  datesOf,
  lastKnown,
  previousValues,
  toObject,
} from "./event.ts";
import { type IdentityKey, eventIdOf, fingerprintOf } from "./identity.ts";
import { toIso } from "./normalise.ts";
import { formerOf } from "./former-values.ts";
import { projectFrom } from "./sections.ts";
import type { OlderVersion, UnstampedVersion } from "./shown-version.ts";
import { withoutName, withoutSecrets } from "./seen.ts";
import { type FieldValues, namedValues } from "./values.ts";

/** What is remembered of a record. Everything but the values rests in clear. */
export interface Snapshot {
  readonly fingerprint: string;
  /** Number of events this subject has had. */
  readonly sequence: number;
  /** Upstream stamp of the version taken over, unix seconds. */
  readonly updatedAt: number;
  readonly projectionVersion: number;
  /** Set when the record is known to be deleted: only its place in the sequence is kept. Upstream's clock, unix seconds. */
  readonly deletedAt?: number | undefined;
  /** With `deletedAt`: the record was one that is not told of when it was last seen. */
  readonly withheld?: boolean | undefined;
  /** The watched fields, or `NOTHING_LEFT`. May have to decrypt, so it is asked for only when something changed. */
  readonly values: () => FieldValues;
}

/** One record as one read of the upstream showed it. Times are unix seconds of the upstream's clock. */
export interface Observation {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly record: Readonly<Record<string, unknown>>;
  /** The record was not changed later than this, or an earlier scan would have shown it. */
  readonly unchangedUntil: number;
  /** The upstream's clock in the answer that showed it. */
  readonly readAt: number;
  /** Of the one object that is served in two places: in which. */
  readonly source?: string | undefined;
}

export interface AdoptContext {
  readonly account: string;
  readonly resource: string;
  readonly projection: Projection;
  readonly identityKey: IdentityKey;
  /**
   * Set while the first sync runs: its start by the upstream's clock (unix seconds). A record first seen then is taken
   * over silently, unless it was touched after that second.
   */
  readonly baselineStartedAt: number | undefined;
  /** What is made of a record that is first seen later and was made earlier; when left out, it is told as created. */
  readonly appearance?: Appearance | undefined;
  /** Whether a version stamped earlier than the known one is what the upstream holds all the same; never when left out. */
  readonly isBelieved?: ((older: OlderVersion) => boolean) | undefined;
  /**
   * Set where what is doubted is asked for by its id afterwards: how old what is shown may be, seconds. What may be of an older time than
   * what is known, and does not say so by its stamp, is doubted.
   */
  readonly oldestSeconds?: number | undefined;
  /**
   * Set where rows have neither an id nor a stamp: whether what a reading shows otherwise than it is known is to be believed. What is
   * not is doubted.
   */
  readonly isSteady?: ((shown: UnstampedVersion) => boolean) | undefined;
  /** How the observations were come by; live when left out. */
  readonly origin?: WebhookEvent["origin"];
}

export interface Appearance {
  /** When the first sync began, by the upstream's clock (unix seconds): what was made before is no news. */
  readonly firstSyncAt: number;
  /** What was made before this second and could be seen is known. Upstream's clock. */
  readonly shownFrom: number;
  /** What an operator has chosen; undefined: what was made after the first sync began is told. */
  readonly choice: "silently" | "tell" | undefined;
  /** There was no first sync: whatever was changed since it would have begun, and is not known, is news. */
  readonly fromNowOn?: boolean;
}

export type Adoption =
  /** Nothing that is watched has changed. */
  | { readonly kind: "unchanged" }
  /** The read showed an older version than the one we have (a cache, a replica): it is not taken over. */
  | { readonly kind: "stale"; /** Of that version, where it is another one. */ readonly fingerprint?: string }
  /** It may be an older version, or a newer one that moved no stamp: who answers by its id knows, or the next readings. */
  | { readonly kind: "doubted"; /** Of what was shown. */ readonly fingerprint?: string }
  | { readonly kind: "adopted"; readonly snapshot: Snapshot; readonly event: WebhookEvent | undefined };

/**
 * Compares an observation with what is remembered and decides what to remember and to tell: one transition, at most one
 * event. Pure: the same inputs give the same event, id included.
 * @throws FieldShapeError when the record is not of the documented shape: the caller must not commit that page.
 */
export function adopt(context: AdoptContext, previous: Snapshot | undefined, shown: Observation): Adoption {
  const { deletedAt } = previous ?? {};
  // An answer from before the deletion was found is old news, not a return.
  if (deletedAt !== undefined && shown.readAt <= deletedAt) return { kind: "stale" };
  if (deletedAt !== undefined && mayBeOlder(context, deletedAt, shown)) return { kind: "doubted" };

  const { seen, values, fingerprint } = look(context, previous, shown);
  if (previous && deletedAt === undefined && seen.updatedAt < previous.updatedAt) {
    if (previous.fingerprint === fingerprint) return { kind: "stale" };
    const { id, readAt } = seen;
    const older = { id, fingerprint, knownStamp: previous.updatedAt, readAt };
    if (!context.isBelieved?.(older)) return { kind: "stale", fingerprint };
  }
  if (previous?.fingerprint === fingerprint && deletedAt === undefined) return { kind: "unchanged" };
  if (context.isSteady?.({ id: seen.id, fingerprint, goneAt: deletedAt, readAt: seen.readAt }) === false)
    return { kind: "doubted", fingerprint };
  const isUnstamped = deletedAt === undefined && seen.updatedAt === previous?.updatedAt;
  if (isUnstamped && mayBeOlder(context, seen.unchangedUntil, seen)) {
    // A field that is no longer served is no matter of age.
    formerOf(context.projection, previous, seen.record, values);
    return { kind: "doubted" };
  }

  const next = {
    fingerprint,
    sequence: previous?.sequence ?? 0,
    updatedAt: seen.updatedAt,
    projectionVersion: context.projection.version,
    values: () => values,
  };
  if (isBaseline(context, previous, seen) || isSilent(context, previous, seen))
    return { kind: "adopted", snapshot: next, event: undefined };
  const event = toEvent(context, previous, seen, values, fingerprint);
  return { kind: "adopted", snapshot: { ...next, sequence: next.sequence + (event ? 1 : 0) }, event };
}

interface Looked {
  /** With what may be taken over of its record. */
  readonly seen: Observation;
  readonly values: FieldValues;
  readonly fingerprint: string;
}

/** What may be known of an observation, beside what is known. */
function look(
  { identityKey, projection }: AdoptContext,
  previous: Snapshot | undefined,
  shown: Observation,
): Looked {
  const record = withoutSecrets(projection, shown.record);
  const { source } = shown;
  const values = projectFrom(projection, record, source, previous);
  const fingerprint = fingerprintOf(identityKey, values);
  const whole = { seen: record === shown.record ? shown : { ...shown, record }, values, fingerprint };
  if (!previous || previous.deletedAt !== undefined || previous.fingerprint === fingerprint) return whole;
  const bare = withoutName(projection, previous, record, values);
  if (!bare) return whole;
  return {
    seen: { ...shown, record: bare.record },
    values: bare.values,
    fingerprint: fingerprintOf(identityKey, bare.values),
  };
}

/** Whether what is shown may be from before that moment. */
function mayBeOlder(
  { oldestSeconds = 0 }: Pick<AdoptContext, "oldestSeconds">,
  since: number,
  { readAt }: Pick<Observation, "readAt">,
): boolean {
  return readAt - since < oldestSeconds;
}

function isBaseline(context: AdoptContext, previous: Snapshot | undefined, seen: Observation): boolean {
  const { baselineStartedAt } = context;
  return previous === undefined && baselineStartedAt !== undefined && seen.updatedAt <= baselineStartedAt;
}

/**
 * First seen long after it was made: it could not be seen before, and its making is no news. What was made in the very second
 * in which the first sync began may have been made behind the page that would have shown it: that is news.
 */
export function hasAppeared(
  { appearance, baselineStartedAt }: Pick<AdoptContext, "appearance" | "baselineStartedAt">,
  previous: Snapshot | undefined,
  { createdAt }: Pick<Observation, "createdAt">,
): boolean {
  if (!appearance || baselineStartedAt !== undefined || previous) return false;
  return createdAt < appearance.shownFrom || createdAt < appearance.firstSyncAt;
}

function isSilent(context: AdoptContext, previous: Snapshot | undefined, seen: Observation): boolean {
  const { appearance, origin } = context;
  if (!appearance || appearance.choice === "tell" || !hasAppeared(context, previous, seen)) return false;
  if (seen.createdAt >= appearance.firstSyncAt && appearance.choice === undefined) return false;
  if (appearance.fromNowOn) return seen.updatedAt < appearance.firstSyncAt;
  // What a scan shows of it for the first time may have been done to it just now.
  return origin === "sweep" || seen.updatedAt <= seen.unchangedUntil;
}

function toEvent(
  context: AdoptContext,
  previous: Snapshot | undefined,
  seen: Observation,
  values: FieldValues,
  fingerprint: string,
): WebhookEvent | undefined {
  const { account, resource, projection, identityKey } = context;
  const present = previous?.deletedAt === undefined ? previous : undefined;
  const before = present && formerOf(projection, present, seen.record, values);
  if (present && !before) return undefined;
  const change = toChange(context, previous, seen, before, values);
  if (!change) return undefined;

  const sequence = (previous?.sequence ?? 0) + 1;
  const previousFingerprint = previous?.fingerprint ?? "";
  const known = previous && { deletedAt: previous.deletedAt, shownFrom: context.appearance?.shownFrom };
  const { observed, timestamp } = datesOf(projection, change, values, seen, known);
  return {
    type: `${projection.subject}.${change.type}`,
    timestamp,
    id: eventIdOf(identityKey, {
      account,
      resource,
      recordId: seen.id,
      previousFingerprint,
      fingerprint,
      sequence,
    }),
    api_version: API_VERSION,
    account,
    subject: { type: projection.subject, id: seen.id },
    sequence,
    observed,
    origin: context.origin ?? "live",
    data: {
      object: toObject(projection, seen.record),
      previous: previousValues(projection, change, before, seen.record),
      changed: [...change.changed],
      transitions: [...change.transitions],
    },
  };
}

function toChange(
  context: AdoptContext,
  previous: Snapshot | undefined,
  seen: Observation,
  before: FieldValues | undefined,
  values: FieldValues,
): Change | undefined {
  const { appearance, baselineStartedAt, projection } = context;
  if (previous?.deletedAt !== undefined) {
    const back = projection.restoredAs;
    return { type: back, transitions: [back], changed: [] };
  }
  // First seen during the baseline but older than it: it changed while we read, and from what is not known.
  if (!previous && baselineStartedAt !== undefined && seen.createdAt <= baselineStartedAt) {
    return changeSince(projection, values, baselineStartedAt);
  }
  // The same of a record that could not be seen until it changed.
  const isOld =
    appearance !== undefined && (seen.createdAt < appearance.firstSyncAt || appearance.choice === "silently");
  return isOld && appearance.choice !== "tell" && hasAppeared(context, previous, seen)
    ? withRemark(
        projection,
        changeSince(
          projection,
          values,
          appearance.fromNowOn ? appearance.firstSyncAt - 1 : seen.unchangedUntil,
        ),
      )
    : compare(projection, before, values);
}

function withRemark({ remarks }: Projection, change: Change): Change {
  return remarks.includes(FIRST_SEEN)
    ? { ...change, transitions: [...change.transitions, FIRST_SEEN] }
    : change;
}

/** What proves that a record is gone: the upstream's answers, never its absence from a list. */
export interface Disappearance {
  readonly id: string;
  /** When it was last known to be there, unix seconds by the upstream's clock. */
  readonly presentAt: number;
  /** When the upstream said the second time that it is not there. */
  readonly deletedAt: number;
}

/** The deletion of a record that left no stamp. Its event carries what the record last was, in `previous`. */
export function adoptDisappearance(
  context: AdoptContext,
  previous: Snapshot,
  { id, presentAt, deletedAt }: Disappearance,
): { readonly snapshot: Snapshot; readonly event: WebhookEvent } {
  const { account, resource, projection, identityKey } = context;
  const sequence = previous.sequence + 1;
  const previousFingerprint = previous.fingerprint;
  const fingerprint = fingerprintOf(identityKey, ["deleted"]);
  const known = namedValues(projection, previous);
  const told = projection.rules.flatMap((rule) => rule.gone?.((name) => known?.get(name) ?? null) ?? []);
  return {
    snapshot: { ...previous, sequence, deletedAt, fingerprint },
    event: {
      type: `${projection.subject}.${projection.deletedAs}`,
      timestamp: toIso(deletedAt),
      id: eventIdOf(identityKey, {
        account,
        resource,
        recordId: id,
        previousFingerprint,
        fingerprint,
        sequence,
      }),
      api_version: API_VERSION,
      account,
      subject: { type: projection.subject, id },
      sequence,
      observed: { after: toIso(Math.min(presentAt, deletedAt - 1)), at: toIso(deletedAt) },
      origin: "sweep",
      data: {
        object: null,
        previous: lastKnown(projection, known),
        changed: [],
        transitions: [projection.deletedAs, ...told],
      },
    },
  };
}

/**
 * The present state of a record as an event for one endpoint that asked for it. It tells no change and takes no number:
 * its `sequence` is that of the last event before it, so that a reader who has had a later one can leave it. The same
 * state for the same endpoint has the same id.
 */
export function toBackfillEvent(
  context: AdoptContext,
  snapshot: Snapshot,
  shown: Observation,
  endpoint: string,
): WebhookEvent {
  const { account, resource, projection, identityKey } = context;
  const { fingerprint, sequence } = snapshot;
  const { seen } = look(context, snapshot, shown);
  const change = compare(projection, undefined, snapshot.values());
  const transitions = change?.transitions ?? [projection.createdAs];
  return {
    type: `${projection.subject}.${transitions[0] ?? projection.createdAs}`,
    timestamp: toIso(seen.updatedAt),
    id: eventIdOf(identityKey, {
      account,
      resource,
      recordId: seen.id,
      previousFingerprint: `backfill for ${endpoint}`,
      fingerprint,
      sequence,
    }),
    api_version: API_VERSION,
    account,
    subject: { type: projection.subject, id: seen.id },
    sequence,
    observed: { after: toIso(seen.updatedAt - 1), at: toIso(seen.readAt + 1) },
    origin: "backfill",
    data: {
      object: toObject(projection, seen.record),
      previous: {},
      changed: [],
      transitions: [...transitions],
    },
  };
}

import type { LedgerEntry } from "./ledger.ts";

/** A delivery that stands accused. */
export interface Complaint {
  readonly webhookId: string;
  /** `individual_appointments/139…`, or the event's own subject when it names nothing we know. */
  readonly subject: string;
  readonly sequence: number;
  readonly reason: string;
}

export interface SequenceGap {
  readonly subject: string;
  readonly expected: number;
  readonly got: number;
}

export interface Latencies {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface AuditReport {
  /** Watched changes upstream that are worth a callback. Equals covered + coalesced + lost + pending. */
  readonly transitions: number;
  /** Different verified events about the audited subjects, justified or not. */
  readonly delivered: number;
  /** Events that tell of at least one change. */
  readonly covered: number;
  /** The same event again. */
  readonly duplicates: number;
  /** Changes told together with a later one, or undone before anybody could see them. */
  readonly coalesced: number;
  /** Changes too young to be missed: only with `until`. */
  readonly pending: number;
  /** Changes that could not have been seen before their record was deleted for good: only without that detection. */
  readonly excluded: number;
  /** Deliveries about subjects that nobody is held to account for, and tests. */
  readonly ignored: number;
  readonly lost: readonly LedgerEntry[];
  /** Events that nothing upstream justifies. */
  readonly invented: readonly Complaint[];
  /** Events that tell of something real, wrongly. */
  readonly wrong: readonly Complaint[];
  readonly sequenceGaps: readonly SequenceGap[];
  /** From the last change an event tells of to its arrival. */
  readonly latencies: Latencies;
  /** From the first change an event tells of to its arrival, at worst: coalescing cannot hide a long wait here. */
  readonly longestWaitMs: number;
  /** Nothing lost, invented, wrong or missing from a sequence. */
  readonly clean: boolean;
}

/** What the audit adds up while it judges one subject after the other. */
export interface Tally {
  transitions: number;
  delivered: number;
  covered: number;
  duplicates: number;
  coalesced: number;
  pending: number;
  excluded: number;
  ignored: number;
  readonly lost: LedgerEntry[];
  readonly invented: Complaint[];
  readonly wrong: Complaint[];
  readonly sequenceGaps: SequenceGap[];
  readonly latenciesMs: number[];
  readonly waitsMs: number[];
}

export function createTally(): Tally {
  return {
    transitions: 0,
    delivered: 0,
    covered: 0,
    duplicates: 0,
    coalesced: 0,
    pending: 0,
    excluded: 0,
    ignored: 0,
    lost: [],
    invented: [],
    wrong: [],
    sequenceGaps: [],
    latenciesMs: [],
    waitsMs: [],
  };
}

export function toReport(tally: Tally): AuditReport {
  const { latenciesMs, waitsMs, ...rest } = tally;
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  return {
    ...rest,
    latencies: {
      count: sorted.length,
      medianMs: quantile(sorted, 0.5),
      p95Ms: quantile(sorted, 0.95),
      maxMs: sorted.at(-1) ?? 0,
    },
    longestWaitMs: waitsMs.reduce((longest, wait) => Math.max(longest, wait), 0),
    clean: [rest.lost, rest.invented, rest.wrong, rest.sequenceGaps].every((list) => list.length === 0),
  };
}

/** The smallest value that so large a share does not exceed. Of nothing: 0. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { JobStanding } from "../../queues/job-standing.ts";
import {
  type Connection,
  type Problem,
  SKEWED_MS,
  isNeverRead,
} from "../../store/detection/connection-store.ts";
import type { FailingStep } from "../../store/detection/failing-steps.ts";
import { formatSpan } from "../format-span.ts";
import type { Assessment, Code } from "./assessment.ts";
import { type Patience, judgeAge, patienceFor } from "./lateness.ts";
import { type Severity, worstOf } from "./severity.ts";

/** Everything that tells whether one kind of record of an account is read as promised. */
export interface SourceSituation {
  readonly account: string;
  readonly resource: string;
  /** Within what time a change is to be known, ms. */
  readonly promiseMs: number;
  /** Undefined: nothing has been read so far. */
  readonly phase: "baseline" | "live" | undefined;
  /** Unix seconds by the upstream's clock; undefined: not live. */
  readonly completeUpTo: number | undefined;
  /** How long ago what has been read last moved on, ms by the clock of Redis; undefined: not known. */
  readonly idleMs: number | undefined;
  readonly poll: JobStanding;
  /** Somebody has the right to read it at this moment. */
  readonly leased: boolean;
  readonly connection: Pick<Connection, "clockAheadMs" | "key" | "problems" | "sights">;
  /** Unix ms; undefined: the upstream lets itself be asked. */
  readonly blockedUntil: number | undefined;
  /** Steps of reconciliation that do not end well now. */
  readonly failingSteps: readonly FailingStep[];
}

/** A job is woken within seconds of its time, and a killed process's within 15 s. */
export const OVERDUE_MS = 60_000;
/** A page of a first sync comes every few seconds; a 429 and an outage may take minutes. */
const FIRST_SYNC = { lateMs: 5 * 60_000, stuckMs: 15 * 60_000 };

/** A step pauses for an hour at most: by then it was tried a dozen times. */
const RECONCILE_MS = 60 * 60_000;

type Found = Omit<Assessment, "subject">;

/**
 * Whether a resource is read as promised. By what has moved, not by what should work: where nothing moves it is never `ok`,
 * whether a cause is known or not. Pure. @param now unix ms
 */
export function assessSource(situation: SourceSituation, now: number): Assessment {
  const { account, resource } = situation;
  const subject = { kind: "source", account, resource } as const;
  const found =
    findRefusal(situation) ??
    findLostJob(situation, now) ??
    findNeverRead(situation) ??
    findSleeper(situation, now) ??
    findSkew(situation, now) ??
    findFault(situation, now) ??
    (situation.phase === "live" ? findLateness(situation, now) : findFirstSync(situation, now));
  if (!found) return live(subject, situation, now);
  const { code, detail, severity, since } = found;
  return { subject, severity, code, since, detail };
}

/** Of forty thousand sources nearly all: it is put into words where somebody reads them. */
function live(subject: Assessment["subject"], situation: SourceSituation, now: number): Assessment {
  const { completeUpTo = 0 } = situation;
  const ageMs = ageOf(situation, now) ?? 0;
  return {
    subject,
    severity: "ok",
    code: "live",
    since: undefined,
    get detail() {
      return describeLive(completeUpTo, ageMs);
    },
  };
}

/**
 * How long ago everything was known, ms: by the upstream's stamp and its clock, as far as that is known, or by when it last
 * moved on, whichever is longer. A clock of ours that is behind makes nothing fresh. Undefined: nothing is complete yet.
 */
export function ageOf(
  { completeUpTo, connection: { clockAheadMs = 0 }, idleMs }: Aged,
  now: number,
): number | undefined {
  if (completeUpTo === undefined) return undefined;
  return Math.max(0, now + clockAheadMs - completeUpTo * 1_000, idleMs ?? 0);
}

type Aged = Pick<SourceSituation, "completeUpTo" | "idleMs"> & {
  readonly connection: Pick<Connection, "clockAheadMs">;
};

/** How long nothing has moved, and how long that may be. */
function stillnessOf(situation: SourceSituation, now: number): Patience & { readonly stillMs: number } {
  const ageMs = ageOf(situation, now);
  if (ageMs !== undefined) return { stillMs: ageMs, ...patienceFor(situation.promiseMs) };
  const { idleMs, poll } = situation;
  return { stillMs: idleMs ?? Math.max(0, now - (poll.madeAt ?? now)), ...FIRST_SYNC };
}

/** A key or a guard: nothing is read until a person has done something. */
function findRefusal({ connection: { key, problems }, resource }: SourceSituation): Found | undefined {
  if (key?.state === "key_revoked") return wrong("critical", "key_revoked", key.since, key.detail);
  const own = problems.get(resource);
  if (own?.quarantined) return wrong("critical", "account_quarantined", own.since, own.detail);
  for (const [cause, problem] of problems) {
    // A guard holds all of the account, whichever of its resources it was that woke it.
    if (problem.quarantined)
      return wrong("critical", "account_quarantined", problem.since, `${cause}: ${problem.detail}`);
  }
  if (own?.told && own.kind !== "degraded" && !isNeverRead(own.kind))
    return wrong("critical", own.kind, own.since, own.detail);
  return undefined;
}

/** What the answer to the first question means. */
export const NEVER_READ = {
  not_permitted: "the key's user may not see it",
  not_offered: "the account has none",
} as const;

/** Nothing stands still where nothing was ever there to be read; whoever configured it is to know all the same. */
function findNeverRead({ connection, phase, resource }: SourceSituation): Found | undefined {
  const problem = connection.problems.get(resource);
  if (phase !== undefined || !problem || !isNeverRead(problem.kind)) return undefined;
  const { detail, kind, since } = problem;
  return wrong("notice", kind, since, `${detail}: ${NEVER_READ[kind]}`);
}

function findLostJob(situation: SourceSituation, now: number): Found | undefined {
  const { job } = situation.poll;
  if (job !== "missing" && job !== "failed") return undefined;
  const upTo = describeProgress(situation, now);
  return job === "missing"
    ? wrong("critical", "poll_missing", undefined, `no job reads it; ${upTo}`)
    : wrong("critical", "poll_failed", undefined, `its job failed for good; ${upTo}`);
}

/** A job that nobody wakes, or one that sleeps longer than is promised: it will be late, and that is known already. */
function findSleeper(situation: SourceSituation, now: number): Found | undefined {
  const { blockedUntil, poll, promiseMs } = situation;
  if (poll.job !== "asleep" || poll.nextAt === undefined) return undefined;
  const sleepMs = poll.nextAt - now;
  if (sleepMs < -OVERDUE_MS) {
    const late = `should have woken ${formatSpan(-sleepMs)} ago; ${describeProgress(situation, now)}`;
    return wrong("critical", "poll_overdue", poll.nextAt, late);
  }
  if (sleepMs <= promiseMs) return undefined;
  const { stillMs, ...patience } = stillnessOf(situation, now);
  const severity = judgeAge(sleepMs + stillMs, patience);
  if (severity === "ok") return undefined;
  const sleeps = `sleeps for another ${formatSpan(sleepMs)}; ${describeProgress(situation, now)}`;
  const isBlocked =
    blockedUntil !== undefined && blockedUntil > now && sleepMs - (blockedUntil - now) < OVERDUE_MS;
  return wrong(severity, isBlocked ? "budget_blocked" : "poll_asleep", poll.nextAt, sleeps);
}

function findSkew(situation: SourceSituation, now: number): Found | undefined {
  const { completeUpTo, connection } = situation;
  if (completeUpTo === undefined) return undefined;
  // Not measured (yet): a clock that is behind looks like a reading that is late.
  const aheadMs = connection.clockAheadMs ?? Math.max(0, completeUpTo * 1_000 - now);
  if (Math.abs(aheadMs) <= SKEWED_MS) return undefined;
  const severity = worstOf([
    "warning",
    judgeAge(ageOf(situation, now) ?? 0, patienceFor(situation.promiseMs)),
  ]);
  const upTo = describeProgress(situation, now);
  return wrong(
    severity,
    "clock_skew",
    undefined,
    `${upTo}; Cliniko's clock is ${formatSpan(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} this machine's`,
  );
}

/** A fault that was told, and one that may still pass. */
function findFault(situation: SourceSituation, now: number): Found | undefined {
  const { key, problems } = situation.connection;
  const known = problems.get(situation.resource);
  // What could never be read is not noted any more once it is read whole.
  const problem = isNeverRead(known?.kind) ? undefined : known;
  if (!problem && key?.state === "suspected") {
    const { stillMs, ...patience } = stillnessOf(situation, now);
    const severity = worstOf(["notice", judgeAge(stillMs, patience)]);
    return wrong(severity, "key_suspected", key.since, `${key.detail}; ${describeProgress(situation, now)}`);
  }
  if (!problem) return undefined;
  const severity = severityOf(problem, situation, now);
  const code = problem.told ? "degraded" : severity === "notice" ? "scan_failing" : "source_late";
  return wrong(severity, code, problem.since, `${problem.detail}; ${describeProgress(situation, now)}`);
}

function severityOf({ since, told }: Problem, situation: SourceSituation, now: number): Severity {
  const { stillMs, ...patience } = stillnessOf(situation, now);
  const byAge = judgeAge(Math.max(now - since, stillMs), patience);
  return worstOf([told ? "warning" : "notice", byAge]);
}

/** Undefined: it is read as promised. */
function findLateness(situation: SourceSituation, now: number): Found | undefined {
  const ageMs = ageOf(situation, now) ?? 0;
  const severity = judgeAge(ageMs, patienceFor(situation.promiseMs));
  if (severity === "ok") return findFailingStep(situation, now) ?? findNarrowed(situation);
  const { completeUpTo = 0 } = situation;
  const since = Math.min(completeUpTo * 1_000, now);
  return wrong(severity, causeOf(situation, now), since, describeProgress(situation, now));
}

/** It is read as promised, with less in sight than there is. */
function findNarrowed({ connection: { sights }, resource }: SourceSituation): Found | undefined {
  const narrowed = sights?.get(resource);
  if (!narrowed?.told) return undefined;
  const code = narrowed.sight === "part" ? "permission_reduced" : "degraded";
  return wrong("notice", code, narrowed.since, narrowed.detail);
}

/** What only reconciliation can see is found later; one failure passes by itself nearly always. */
function findFailingStep({ failingSteps }: SourceSituation, now: number): Found | undefined {
  if (failingSteps.length === 0) return undefined;
  const [failing] = failingSteps
    .filter(({ failures }) => failures > 1)
    .toSorted((left, right) => left.failingSince - right.failingSince);
  if (!failing) return undefined;
  const { detail, failingSince, failures, kind, pauseMs, step, triedAt } = failing;
  const next = toIsoSeconds(triedAt + pauseMs);
  const words = `reconcile step "${step}" failed ${failures} times, ${kind}: ${detail}; next try ${next}`;
  const severity = now - failingSince > RECONCILE_MS ? "warning" : "notice";
  return wrong(severity, "reconcile_failing", failingSince, words);
}

function findFirstSync(situation: SourceSituation, now: number): Found {
  const { stillMs, ...patience } = stillnessOf(situation, now);
  const severity = judgeAge(stillMs, patience);
  const code = situation.phase === "baseline" ? "first_sync" : "not_read_yet";
  const detail = describeProgress(situation, now);
  if (severity === "ok") return { severity, code, since: undefined, detail };
  const cause = causeOf(situation, now);
  const since = now - stillMs;
  return wrong(severity, cause === "source_late" ? "first_sync_stuck" : cause, since, detail);
}

/** What keeps it, where it is known. */
function causeOf({ blockedUntil, leased, poll }: SourceSituation, now: number): Code {
  if (blockedUntil !== undefined && blockedUntil > now) return "budget_blocked";
  return leased && poll.job !== "running" ? "lease_stuck" : "source_late";
}

function describeProgress(situation: SourceSituation, now: number): string {
  const { completeUpTo, idleMs, phase } = situation;
  if (completeUpTo !== undefined) return describeLive(completeUpTo, ageOf(situation, now) ?? 0);
  if (phase === undefined) return "nothing has been read yet";
  return idleMs === undefined ? "first sync" : `first sync, the last page ${formatSpan(idleMs)} ago`;
}

function describeLive(completeUpTo: number, ageMs: number): string {
  return `complete up to ${toIsoSeconds(completeUpTo * 1_000)} (${formatSpan(ageMs)} ago)`;
}

function wrong(severity: Severity, code: Code, since: number | undefined, detail: string): Found {
  return { severity, code, since, detail };
}

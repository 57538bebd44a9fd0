import type { Config } from "../../config/config.ts";
import { toIsoSeconds } from "../../iso-time.ts";
import type { AccountState, ReadingState } from "../../service-state.ts";
import type { FailingStep } from "../../store/failing-steps.ts";
import { formatSpan } from "../age.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

const MINUTE_MS = 60_000;
/** Late and stale as the alerts in deploy/prometheus have it. A promise that is longer than that moves both. */
const LATE_MS = 5 * MINUTE_MS;
const STALE_MS = 15 * MINUTE_MS;
/** One failure passes by itself nearly always. */
const FAILING_FROM = 2;

export interface JudgedReading extends ReadingState {
  /** `live`, `first sync`, `not read yet`, `late`, `stale`, or what is wrong with the connection. */
  readonly state: string;
  /** When what is wrong began, unix ms. */
  readonly since: number | undefined;
  /** Of a problem that was not worth telling so far too. */
  readonly detail: string;
  readonly finding: Finding;
}

/** Whether a resource is read as it should be. Pure. */
export function judgeReading(
  reading: ReadingState,
  { connection: { key, problems } }: Pick<AccountState, "connection">,
  polling: Pick<Config["polling"], "promiseMs" | "intervalMs">,
  now: number,
): JudgedReading {
  const { account, resource, phase, completeUpTo, failingSteps } = reading;
  const what = `${account}/${resource}`;
  const judge = (state: string, since: number | undefined, finding: Finding): JudgedReading => ({
    ...reading,
    state,
    since,
    detail: finding.detail,
    finding,
  });
  const begun = (since: number, detail: string): string =>
    `${detail}; since ${toIsoSeconds(since)} (${formatSpan(now - since)})`;

  if (key?.state === "key_revoked") {
    const remedy = "give it a valid key (docs/operations.md#key_revoked)";
    return judge("key_revoked", key.since, fail(what, begun(key.since, key.detail), remedy));
  }
  const problem = problems.get(resource);
  if (problem?.held) {
    const remedy = `look at why, then: cliniko-webhooks release ${account} (docs/operations.md#${problem.kind})`;
    return judge(
      problem.kind,
      problem.since,
      fail(what, begun(problem.since, `held: ${problem.detail}`), remedy),
    );
  }
  if (problem?.told) {
    const remedy = `see docs/operations.md#${problem.kind}`;
    return judge(problem.kind, problem.since, fail(what, begun(problem.since, problem.detail), remedy));
  }
  if (completeUpTo === undefined) {
    const state = phase === "baseline" ? "first sync" : "not read yet";
    return judge(state, undefined, ok(what, problem ? `${state}; last answer: ${problem.detail}` : state));
  }
  const age = now - completeUpTo;
  const promiseMs = polling.intervalMs ?? polling.promiseMs;
  const upTo = `complete up to ${toIsoSeconds(completeUpTo)} (${formatSpan(age)} ago)`;
  const detail = problem ? `${upTo}; last answer: ${problem.detail}` : upTo;
  if (age > Math.max(STALE_MS, 9 * promiseMs)) {
    const remedy = "is a process with the role poll running? (docs/operations.md#source-stale)";
    return judge("stale", completeUpTo, fail(what, detail, remedy));
  }
  if (age > Math.max(LATE_MS, 3 * promiseMs)) {
    return judge("late", completeUpTo, warn(what, detail, "see docs/operations.md#source-late"));
  }
  const [failing] = failingSteps.filter(({ failures }) => failures >= FAILING_FROM);
  if (failing) {
    const remedy = "it is tried again by itself (docs/operations.md#upkeep-failing)";
    const since = failing.failingSince;
    return judge("live", since, warn(what, begun(since, describeFailing(failing)), remedy));
  }
  return judge("live", undefined, ok(what, detail));
}

/** `"count" failed 4 times, unavailable: no complete answer in time; next try 2026-…`. */
function describeFailing({ detail, failures, kind, pauseMs, step, triedAt }: FailingStep): string {
  const next = toIsoSeconds(triedAt + pauseMs);
  return `upkeep step "${step}" failed ${failures} times, ${kind}: ${detail}; next try ${next}`;
}

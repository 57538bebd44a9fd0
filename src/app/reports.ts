import type { Target } from "../shared/target.ts";
import type { Base } from "../admin/base.ts";
import type { HealthStepTold } from "../dispatch/worker/worker-state.ts";
import type { AttemptReport } from "../dispatch/worker/attempt-delivery.ts";
import type { IndexLogsDeps } from "../dispatch/routing/index-logs.ts";
import { errorClassOf } from "../dispatch/worker/outcome.ts";
import type { Tidied } from "../dispatch/worker/tidy.ts";
import type { Logger } from "../shared/logger.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { Notice } from "../pollers/connection/connection-keeper.ts";
import type { ReconcileResult } from "../pollers/reconcile/reconcile.ts";
import type { ScanResult } from "../pollers/scan/scan.ts";
import type { DispatchBase } from "./start-dispatch.ts";
import type { Endpoint } from "../store/outbox/endpoint-store.ts";
import { createLogIndex } from "../store/events/log-index.ts";
import type { Trouble } from "../shared/troubles.ts";

/** What a scan came to, for the log and the metrics. */
export function reportScan(
  { logger, metrics, troubles }: Pick<DispatchBase, "logger" | "metrics" | "troubles">,
  target: Target,
  result: ScanResult,
  durationMs: number,
): void {
  const { pages, records, changes, events, stale } = result;
  const outcome = result.kind === "failed" ? result.failure.kind : result.kind;
  metrics.scanEnded({ ...target, outcome, durationMs, records, events });
  const facts = { ...target, pages, records, changes, events, stale, durationMs };
  if (result.kind === "failed") {
    troubles.happened(toTrouble(SCAN_FAILED, target, result.failure, facts));
    return;
  }
  if (result.kind === "completed") troubles.over({ message: SCAN_FAILED, where: toIds(target) });
  if (result.kind === "completed" && result.baseline) logger.info(facts, "baseline taken over");
  else logger[events > 0 ? "info" : "debug"](facts, `scan ${result.kind}`);
}

/** What the reading besides the scans came to, for the log. */
export function reportReconcile(
  { logger, troubles }: Pick<DispatchBase, "logger" | "troubles">,
  target: Target,
  result: ReconcileResult,
): void {
  if (result.kind === "failed")
    troubles.happened(toTrouble(RECONCILE_FAILED, target, result.failure, toIds(target)));
  for (const { detail, kind, pauseMs, step } of result.failing) {
    const trouble = toTrouble(STEP_FAILED, target, { kind, detail }, { ...target, step, pauseMs });
    troubles.happened({ ...trouble, where: { ...toIds(target), step } });
  }
  for (const { step } of result.mended) {
    troubles.over({ message: STEP_FAILED, where: { ...toIds(target), step } });
  }
  if (result.kind === "done") troubles.over({ message: RECONCILE_FAILED, where: toIds(target) });
  if (result.events > 0) logger.info({ ...target, events: result.events }, "reconcile found changes");
}

const SCAN_FAILED = "scan failed";
const RECONCILE_FAILED = "reconcile failed";
/** It pauses, and the other steps go on. */
const STEP_FAILED = "reconcile step failed";

function toIds({ account, resource }: Target): Readonly<Record<string, string>> {
  return { account, resource };
}

/** A source pauses longer and longer while it fails, so silence does not mean that it works again: only a reading does. */
function toTrouble(
  message: string,
  target: Target,
  failure: { readonly kind: string; readonly detail: string },
  facts: object,
): Trouble {
  const { kind, detail } = failure;
  const error = Object.assign(new Error(detail), { name: kind });
  const rest = { quietMs: Number.POSITIVE_INFINITY, level: "warn" } as const;
  return { message, where: toIds(target), error, facts: { ...facts, reason: kind, detail }, ...rest };
}

const CALM = ["recovered", "baseline_completed"];

/** What is said of a connection, for the log. */
export function reportNotice(logger: Logger, notice: Notice): void {
  const { account, transition } = notice;
  const facts = { account, resource: notice.resource, detail: notice.detail };
  if (transition === "key_revoked") {
    logger.error(facts, "key refused by cliniko, polling of this account stopped");
  } else if (CALM.includes(transition)) logger.info(facts, `connection ${transition}`);
  else logger.error(facts, `connection ${transition}`);
}

/** What a delivery attempt came to, for the log and the metrics. The receiver's words stay out of both. */
export function reportAttempt(logger: Logger, metrics: Metrics, report: AttemptReport): void {
  const { account, eventId, endpoint, type, attempt, outcome, settlement } = report;
  const { durationMs, sinceObservedMs } = report;
  const delivered = outcome.kind === "delivered";
  const errorClass = errorClassOf(outcome);
  metrics.attemptEnded({
    endpoint,
    outcome: errorClass ?? "delivered",
    durationMs,
    sinceObservedMs,
    delivered,
  });
  const facts = {
    account,
    eventId,
    endpoint,
    type,
    attempt,
    durationMs,
    ...(errorClass === undefined ? {} : { errorClass }),
    ...("status" in outcome ? { status: outcome.status } : {}),
    ...("detail" in outcome ? { detail: outcome.detail } : {}),
  };
  switch (settlement.verdict) {
    case "delivered":
      // The delivery log and the metrics have it: a line each would cost as much as sending it.
      logger.debug(facts, "callback delivered");
      return;
    case "retry":
      logger.warn({ ...facts, nextAt: new Date(settlement.at).toISOString() }, "callback failed, will retry");
      return;
    case "parked":
    case "failed":
      logger.error(facts, `callback ${settlement.verdict}`);
  }
}

/** A step on an endpoint's ladder, for the log. */
export function reportStep(
  logger: Logger,
  { id }: Pick<Endpoint, "id">,
  { news, health }: HealthStepTold,
): void {
  const facts = { endpoint: id, step: health.step, reason: health.reason };
  if (news === "recovered") logger.info(facts, "endpoint recovered");
  else logger[news === "disabled" ? "error" : "warn"](facts, `endpoint ${news}`);
}

/** What was removed because it is older than the retention. */
/** How the logs of these accounts are indexed, and told of. */
export function indexing(
  { redis, keys, logger }: Pick<Base, "redis" | "keys" | "logger">,
  accounts: readonly string[],
): IndexLogsDeps {
  return {
    accounts,
    index: createLogIndex(redis, keys),
    onProgress: (account, state) => {
      const whole = state === "indexed";
      const message = whole
        ? "event log indexed"
        : "event log of an earlier release is being indexed, searches are slow until then";
      logger.info({ account }, message);
    },
  };
}

export function reportTidied(logger: Logger, tidied: Tidied): void {
  if (tidied.events + tidied.deliveries > 0) logger.info({ ...tidied }, "old events and deliveries removed");
}

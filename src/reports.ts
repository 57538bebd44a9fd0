import type { AttemptReport } from "./dispatch/deliver-handler.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./ops/metrics.ts";
import type { Notice } from "./pollers/connection-keeper.ts";
import type { ReadingResult } from "./pollers/reading-deps.ts";
import type { PollTarget } from "./pollers/poll-handler.ts";
import type { ScanResult } from "./pollers/scan.ts";

/** What a scan came to, for the log and the metrics. */
export function reportScan(
  logger: Logger,
  metrics: Metrics,
  target: PollTarget,
  result: ScanResult,
  durationMs: number,
): void {
  const { pages, records, changes, events, stale } = result;
  const outcome = result.kind === "failed" ? result.failure.kind : result.kind;
  const completeUpTo = result.kind === "completed" ? result.watermark : undefined;
  metrics.scanEnded({ ...target, outcome, durationMs, records, events, completeUpTo });
  const facts = { ...target, pages, records, changes, events, stale, durationMs };
  if (result.kind === "failed") {
    logger.warn({ ...facts, reason: result.failure.kind, detail: result.failure.detail }, "scan failed");
    return;
  }
  if (result.kind === "completed") metrics.connectionChanged(target.account, "ok");
  if (result.kind === "completed" && result.baseline) logger.info(facts, "baseline taken over");
  else logger[events > 0 ? "info" : "debug"](facts, `scan ${result.kind}`);
}

/** What the reading besides the scans came to, for the log. */
export function reportUpkeep(logger: Logger, target: PollTarget, result: ReadingResult): void {
  if (result.kind === "failed") {
    logger.warn({ ...target, reason: result.failure.kind, detail: result.failure.detail }, "upkeep failed");
  }
  if (result.kind === "done" && result.events > 0) {
    logger.info({ ...target, events: result.events }, "upkeep found changes");
  }
}

const CALM = ["recovered", "baseline_completed"];

/** What is said of a connection, for the log and the metrics. */
export function reportNotice(logger: Logger, metrics: Metrics, notice: Notice): void {
  const { account, transition } = notice;
  metrics.connectionChanged(account, CALM.includes(transition) ? "ok" : transition);
  const facts = { account, resource: notice.resource, detail: notice.detail };
  if (transition === "key_revoked") {
    logger.error(facts, "key refused by cliniko, polling of this account stopped");
  } else if (CALM.includes(transition)) logger.info(facts, `connection ${transition}`);
  else logger.error(facts, `connection ${transition}`);
}

/** What a delivery attempt came to, for the log and the metrics. */
export function reportAttempt(logger: Logger, metrics: Metrics, report: AttemptReport): void {
  const { account, eventId, endpoint, type, attempt, outcome, next, durationMs, sinceObservedMs } = report;
  const delivered = outcome.kind === "delivered";
  const label = outcome.kind === "unreachable" ? outcome.fault : outcome.kind;
  metrics.attemptEnded({ endpoint, outcome: label, durationMs, sinceObservedMs, delivered });
  const facts = { account, eventId, endpoint, type, attempt, outcome, durationMs };
  if (delivered) logger.info(facts, "callback delivered");
  else if (next.kind === "retry")
    logger.warn({ ...facts, retryInMs: next.delayMs }, "callback failed, will retry");
  else logger.error({ ...facts, reason: "reason" in next ? next.reason : "" }, "callback given up");
}

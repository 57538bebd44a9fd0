import type { AttemptReport } from "./dispatch/deliver-handler.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./ops/metrics.ts";
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

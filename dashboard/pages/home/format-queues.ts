import type { History, Overview } from "../../api/answers.ts";
import { formatCount } from "../../components/format/format-count.ts";
import { formatSpan } from "../../components/format/format-span.ts";

type Queues = NonNullable<Overview["queues"]>;

/** How many whole minutes an average is taken over. */
const MINUTES = 5;
/** What is said of each by the service: the worst comes first. */
const codeOf = (queues: Queues, code: string): string[] =>
  queues.filter((one) => one.code === code).map(({ queue }) => queue);

/** Are they draining? In one sentence. */
export function formatQueues(queues: Queues, atMs: number): string {
  const idle = codeOf(queues, "worker_missing");
  if (idle.length > 0) return `No worker takes jobs of ${listOf(idle)}.`;
  const overdue = codeOf(queues, "queue_overdue");
  if (overdue.length > 0) return `${listOf(overdue)} stands still: nobody wakes its jobs.`;
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  if (waiting === 0) return "The queues are draining: no job waits.";
  const oldest = Math.max(
    ...queues.map(({ oldest_waiting_at: since }) => (since === null ? 0 : atMs - Date.parse(since))),
  );
  const jobs = formatCount(waiting, "job waits", "jobs wait");
  return `The queues are draining: ${jobs}, the oldest for ${formatSpan(oldest)}.`;
}

/** What sleeps is no backlog: poll jobs until the next look, deliveries until their next attempt. */
export function formatSleeping(queues: Queues): string {
  const asleep = queues.reduce((sum, { delayed }) => sum + delayed, 0);
  const jobs =
    asleep === 0
      ? "No job sleeps."
      : `${formatCount(asleep, "job sleeps", "jobs sleep")} until ${asleep === 1 ? "its" : "their"} time.`;
  return `${jobs} That is no backlog: a poll sleeps until the next look, a delivery until its next attempt.`;
}

/** How much went through lately. */
export function formatPerMinute({
  points,
  resolution_seconds: seconds,
}: Pick<History, "points" | "resolution_seconds">): string {
  // The last is not over yet.
  const whole = points.slice(0, -1).slice(-Math.round((MINUTES * 60) / seconds));
  const minutes = (whole.length * seconds) / 60;
  if (minutes === 0) return "";
  const rate = (name: "detected" | "delivered" | "failed"): string =>
    formatRate(whole.reduce((sum, point) => sum + point[name], 0) / minutes);
  return `A minute, over the last ${Math.round(minutes)}: ${rate("detected")} changes found, ${rate("delivered")} callbacks delivered, ${rate("failed")} attempts failed.`;
}

function formatRate(perMinute: number): string {
  return perMinute === 0 || perMinute >= 10 ? String(Math.round(perMinute)) : perMinute.toFixed(1);
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

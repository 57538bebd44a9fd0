import type { Config } from "../../config/config.ts";
import type { QueueFacts } from "../../queues/queue-facts.ts";
import { formatSpan } from "../age.ts";
import { counted } from "../counted.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** Which role takes the jobs of a queue. */
const ROLES: Readonly<Record<string, Config["roles"][number]>> = {
  poll: "poll",
  backfill: "poll",
  route: "dispatch",
  deliver: "dispatch",
  recover: "dispatch",
  tidy: "dispatch",
};

/** A killed process's jobs are taken up within 15 s, and a busy one is seconds late: beyond this nobody wakes them. */
const OVERDUE_MS = 60_000;

/** Whether every queue has somebody who works on it, and they do. Pure. */
export function judgeQueues(queues: readonly QueueFacts[], now: number): Finding[] {
  return queues.map((facts) => judgeQueue(facts, now));
}

function judgeQueue({ queue, jobs, nextWakeAt, workers }: QueueFacts, now: number): Finding {
  const what = `queue ${queue}`;
  const { active = 0, delayed = 0, failed = 0, waiting = 0 } = jobs;
  const crew = workers === undefined ? "workers not told by this Redis" : counted(workers, "worker");
  const detail = `${crew}; ${active} at work, ${waiting} waiting, ${delayed} asleep`;
  const lateMs = now - (nextWakeAt ?? now);
  if (workers === 0) {
    const role = ROLES[queue] ?? "poll";
    return fail(what, detail, `start a process with the role ${role} (docs/operations.md#no-workers)`);
  }
  if (lateMs > OVERDUE_MS) {
    const late = `${detail}; the next should have woken ${formatSpan(lateMs)} ago`;
    return fail(
      what,
      late,
      "look at the log of its process, and start it again (docs/operations.md#queue-overdue)",
    );
  }
  if (failed > 0) {
    const remedy =
      "a job that this release cannot read: did an older release leave it? (docs/operations.md#queue-jobs-failed)";
    return warn(what, `${detail}; ${failed} failed`, remedy);
  }
  return ok(what, detail);
}

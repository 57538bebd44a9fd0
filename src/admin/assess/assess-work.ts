import type { QueueFacts } from "../../queues/queue-facts.ts";
import { formatSpan } from "../format-span.ts";
import { OVERDUE_MS } from "./assess-source.ts";
import { type ProcessSituation, assessProcess } from "./assess-process.ts";
import type { Assessment } from "./assessment.ts";

type Role = "poll" | "dispatch";

/** Which role takes the jobs of a queue. */
const ROLES: Readonly<Record<string, Role>> = {
  poll: "poll",
  backfill: "poll",
  route: "dispatch",
  deliver: "dispatch",
  recover: "dispatch",
  tidy: "dispatch",
};

export interface WorkSituation {
  /** What the processes that were heard of lately do. A process that hangs is not heard of, though it is connected. */
  readonly processes: readonly (ProcessSituation & { readonly roles: readonly string[] })[];
  readonly queues: readonly QueueFacts[];
}

/** Whether somebody reads, somebody delivers, and the queues move. Pure. @param now unix ms */
export function assessWork({ processes, queues }: WorkSituation, now: number): Assessment[] {
  const roles = (["poll", "dispatch"] as const).map((role) => assessRole(role, { processes, queues }));
  // That one was busy for a moment is shown where it stands, and stops nothing.
  const silent = processes.map(assessProcess).filter(({ code }) => code !== "process_slow");
  return [...roles, ...queues.map((queue) => assessQueue(queue, now)), ...silent];
}

function assessRole(role: Role, { processes, queues }: WorkSituation): Assessment {
  const subject = { kind: "role", role } as const;
  const alive = processes.filter(({ roles }) => roles.includes(role)).length;
  // Undefined: this Redis does not tell its clients, and the processes speak for themselves.
  const idle = queues.filter(({ queue, workers }) => ROLES[queue] === role && workers === 0);
  const what = role === "poll" ? "nothing is read from Cliniko" : "nothing is delivered";
  if (alive === 0) {
    const detail = `no process with this role says that it lives: ${what}`;
    return { subject, severity: "critical", code: "worker_missing", since: undefined, detail };
  }
  if (idle.length > 0) {
    const detail = `no worker takes jobs of ${idle.map(({ queue }) => queue).join(", ")}: ${what}`;
    return { subject, severity: "critical", code: "worker_missing", since: undefined, detail };
  }
  const detail = alive === 1 ? "1 process" : `${alive} processes`;
  return { subject, severity: "ok", code: "manned", since: undefined, detail };
}

/** As a list shows it: a queue that nobody works on is no well one, though it is its role that is missed. Pure. */
export function assessQueueAlone(facts: QueueFacts, now: number): Assessment {
  const found = assessQueue(facts, now);
  return facts.workers === 0 && found.severity !== "critical"
    ? { ...found, severity: "critical", code: "worker_missing" }
    : found;
}

function assessQueue(
  { queue, jobs, nextWakeAt, oldestWaitingAt, workers }: QueueFacts,
  now: number,
): Assessment {
  const subject = { kind: "queue", queue } as const;
  const { active = 0, delayed = 0, failed = 0, waiting = 0 } = jobs;
  const crew =
    workers === undefined
      ? "workers not known: this Redis does not say"
      : workers === 1
        ? "1 worker"
        : `${workers} workers`;
  const detail = `${crew}; ${active} at work, ${waiting} waiting, ${delayed} asleep`;
  const overdue = { subject, severity: "critical", code: "queue_overdue" } as const;
  if (nextWakeAt !== undefined && now - nextWakeAt > OVERDUE_MS) {
    const late = `the next should have woken ${formatSpan(now - nextWakeAt)} ago`;
    return { ...overdue, since: nextWakeAt, detail: `${detail}; ${late}` };
  }
  // Where others are at work one may have to wait.
  if (active === 0 && oldestWaitingAt !== undefined && now - oldestWaitingAt > OVERDUE_MS) {
    const late = `the first has waited for ${formatSpan(now - oldestWaitingAt)}`;
    return { ...overdue, since: oldestWaitingAt, detail: `${detail}; ${late}` };
  }
  if (failed > 0) {
    const words = `${detail}; ${failed} failed for good`;
    return { subject, severity: "warning", code: "queue_jobs_failed", since: undefined, detail: words };
  }
  return { subject, severity: "ok", code: "draining", since: undefined, detail };
}

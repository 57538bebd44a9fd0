import type { Overview } from "../../api/answers.ts";
import { spellCount } from "../../parts/spell-count.ts";
import type { Trouble } from "./trouble.ts";

export type QueueStatus = NonNullable<Overview["queues"]>[number];

/** Which role takes the jobs of a queue, and what does not happen without it. As src/cli/doctor/judge-queues.ts has it. */
const ROLES: Readonly<Record<string, "poll" | "dispatch">> = {
  poll: "poll",
  backfill: "poll",
  route: "dispatch",
  deliver: "dispatch",
  recover: "dispatch",
  tidy: "dispatch",
};
const WITHOUT = { poll: "nothing is read from Cliniko", dispatch: "nothing is delivered" } as const;

/** A killed process's jobs are taken up within 15 s, and a busy one is seconds late: beyond this nobody wakes them. */
const OVERDUE_MS = 60_000;

/** How long ago the next job of a queue should have woken; undefined: nothing is overdue. */
export function overdueSince(
  { next_wake_at: wake, workers }: QueueStatus,
  nowMs: number,
): string | undefined {
  return wake !== null && workers !== 0 && nowMs - Date.parse(wake) > OVERDUE_MS ? wake : undefined;
}

/** A missing role is one thing, however many queues wait for it. */
export function findQueueTrouble(queues: readonly QueueStatus[], nowMs: number): readonly Trouble[] {
  const idle = queues.filter(({ workers }) => workers === 0);
  const missing = new Set(idle.map(({ queue }) => ROLES[queue] ?? "poll"));
  return [
    ...[...missing].map((role): Trouble => {
      const waiting = idle.filter(({ queue }) => (ROLES[queue] ?? "poll") === role).map(({ queue }) => queue);
      return {
        tone: "bad",
        name: `Role ${role}`,
        words: `no process has it, so ${WITHOUT[role]}`,
        since: null,
        more: `no worker takes jobs of ${waiting.join(", ")}`,
        path: "/system",
      };
    }),
    ...queues.flatMap((queue): Trouble[] => {
      const since = overdueSince(queue, nowMs);
      if (since === undefined) return [];
      const more = "its next job should have woken then";
      return [
        { tone: "bad", name: `Queue ${queue.queue}`, words: "stands still", since, more, path: "/system" },
      ];
    }),
    ...queues.flatMap(({ queue, failed }): Trouble[] => {
      if (failed === 0) return [];
      const words = `${spellCount(failed, "job")} failed for good`;
      const more = "left by another release?";
      return [{ tone: "warn", name: `Queue ${queue}`, words, since: null, more, path: "/system" }];
    }),
  ];
}

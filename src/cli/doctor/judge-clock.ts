import { elapsedMs } from "../../shared/elapsed.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { NotedStep } from "../../store/redis/clock-store.ts";
import { formatSpan } from "../../admin/format-span.ts";
import { type Finding, warn } from "./finding.ts";

const DAY_MS = 24 * 3_600_000;

/** A clock that was set within a day. Nothing of ours waits for it, but what was stamped meanwhile has wrong times. Pure. */
export function judgeClockStep(step: NotedStep | undefined, now: number): Finding[] {
  if (!step || elapsedMs(now, step.at) > DAY_MS) return [];
  const { at, byMs, host, whose } = step;
  const clock = whose === "shared" ? "the clock that all processes go by" : `the clock of ${host}`;
  const way = `set ${byMs > 0 ? "ahead" : "back"} by ${formatSpan(Math.abs(byMs))}`;
  const remedy = "let machines keep time (NTP), and the service start after that (time-sync.target)";
  return [warn("clock", `${clock} was ${way} at ${toIsoSeconds(at)}`, remedy)];
}

import type { SeenProcess } from "../../store/detection/process-registry.ts";
import { formatSpan } from "../format-span.ts";
import type { Assessment } from "./assessment.ts";

export type ProcessSituation = Pick<SeenProcess, "host" | "loopDelayMs" | "pid" | "silentMs">;

/** A process says every ten seconds that it lives, and after a minute it is taken for gone. */
const SILENT_MS = 30_000;
/** From here on others wait noticeably. */
const SLOW_LOOP_MS = 200;

/**
 * How one process is doing. Nobody is needed for it alone: what it leaves undone is said of its roles and queues. Pure.
 */
export function assessProcess({ host, loopDelayMs, pid, silentMs }: ProcessSituation): Assessment {
  const subject = { kind: "process", process: `${host} pid ${pid}` } as const;
  const of = { subject, since: undefined };
  if (silentMs > SILENT_MS) {
    const detail = `has not said for ${formatSpan(silentMs)} that it lives`;
    return { ...of, severity: "notice", code: "process_silent", detail };
  }
  const loop = `its event loop lets others wait for ${loopDelayMs.toFixed(1)} ms`;
  return loopDelayMs > SLOW_LOOP_MS
    ? { ...of, severity: "notice", code: "process_slow", detail: loop }
    : { ...of, severity: "ok", code: "usable", detail: loop };
}

import type { EndpointStatus } from "../../admin/endpoint-status.ts";
import { toIsoSeconds } from "../../iso-time.ts";
import { formatSpan } from "../age.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** As the alert `DeliveryBacklog` has it. */
const LONG_WAIT_MS = 10 * 60_000;

/** What waits, as a person reads it; empty when nothing does. */
export function describeWaiting({ counts, oldestWaitingAt }: EndpointStatus, now: number): string {
  const waiting = waitingOf(counts);
  if (waiting === 0) return "";
  const lateMs = now - (oldestWaitingAt ?? now);
  return lateMs > 1_000 ? `${waiting} wait, the oldest for ${formatSpan(lateMs)}` : `${waiting} wait`;
}

export function waitingOf({ fresh, retry, sending, behind }: EndpointStatus["counts"]): number {
  return fresh + retry + sending + behind;
}

/** The state in a table: an endpoint that fails without having come to the ladder's first step says so. */
export function describeState({ state, since, reason, failingSince }: EndpointStatus, now: number): string {
  const why = reason === undefined ? "" : ` (${reason})`;
  if (state === "healthy") {
    return failingSince === undefined ? state : `failing since ${formatSpan(now - failingSince)}${why}`;
  }
  return `${state} since ${formatSpan(now - since)}${why}`;
}

/** Whether an endpoint gets what it is to get. Pure. */
export function judgeEndpoint(status: EndpointStatus, now: number): Finding {
  const { id, state, counts, disablesAt, failingSince, oldestWaitingAt } = status;
  const what = `endpoint ${id}`;
  const failed = counts.failed > 0 ? `${counts.failed} given up` : "";
  const held = counts.held > 0 ? `${counts.held} held` : "";
  const detail = [describeState(status, now), describeWaiting(status, now), held, failed]
    .filter(Boolean)
    .join("; ");
  switch (state) {
    case "disabled":
      return fail(
        what,
        detail,
        `mend it, then: cliniko-webhooks endpoints test ${id}, and cliniko-webhooks recover ${id} for what is held`,
      );
    case "warned": {
      const when =
        disablesAt === undefined ? "" : `; disabled at ${toIsoSeconds(disablesAt)} at the earliest`;
      return fail(what, detail + when, `mend it, then: cliniko-webhooks endpoints test ${id}`);
    }
    case "failing":
      return fail(what, detail, `mend it, then: cliniko-webhooks endpoints test ${id}`);
    case "paused":
      return warn(what, detail, `to send to it again: cliniko-webhooks endpoints enable ${id}`);
    case "healthy":
  }
  if (failingSince !== undefined) {
    return warn(what, detail, `what it answers: cliniko-webhooks deliveries list ${id}`);
  }
  if (now - (oldestWaitingAt ?? now) > LONG_WAIT_MS) {
    const remedy =
      "is a process with the role dispatch running, and does the receiver answer quickly? (docs/operations.md#delivery-backlog)";
    return warn(what, detail, remedy);
  }
  if (counts.held > 0) return warn(what, detail, `to send what is held: cliniko-webhooks recover ${id}`);
  return ok(what, detail);
}

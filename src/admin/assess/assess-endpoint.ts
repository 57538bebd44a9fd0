import { toIsoSeconds } from "../../shared/iso-time.ts";
import { formatSpan } from "../format-span.ts";
import type { DeliveryState } from "../../store/outbox/delivery-state.ts";
import type { Assessment, Code } from "./assessment.ts";
import type { Severity } from "./severity.ts";

/** Everything that tells whether an endpoint gets what it is to get. Times are unix ms. */
export interface EndpointSituation {
  readonly id: string;
  readonly state: "healthy" | "failing" | "warned" | "disabled" | "paused";
  readonly since: number;
  readonly reason: string | undefined;
  readonly failingSince: number | undefined;
  readonly lastSuccessAt: number | undefined;
  readonly disablesAt: number | undefined;
  readonly counts: Readonly<Record<DeliveryState, number>>;
  readonly oldestWaitingAt: number | undefined;
}

/** A receiver that is restarted is back by then. */
const LONG_FAILING_MS = 10 * 60_000;
/** What is due goes out within seconds where somebody delivers. */
const UNDELIVERED_MS = 60_000;
/** A backlog is worked off by then, unless it grows faster. */
const LONG_WAIT_MS = 10 * 60_000;
/** How exact `lastSuccessAt` is, twice. */
const LATELY_MS = 2 * 60_000;

/** Pure. @param now unix ms */
export function assessEndpoint(situation: EndpointSituation, now: number): Assessment {
  const { id, state, since, failingSince, disablesAt } = situation;
  const detail = describe(situation, now);
  const as = (severity: Severity, code: Code, from: number | undefined, words = detail): Assessment => ({
    subject: { kind: "endpoint", endpoint: id },
    severity,
    code,
    since: from,
    detail: words,
  });
  switch (state) {
    case "disabled":
      return as("critical", "endpoint_disabled", since);
    case "warned": {
      const at = disablesAt === undefined ? "" : `; disabled at ${toIsoSeconds(disablesAt)} at the earliest`;
      return as("critical", "endpoint_warned", failingSince ?? since, detail + at);
    }
    case "failing":
      return as("critical", "endpoint_failing", failingSince ?? since);
    case "paused":
      return as("notice", "endpoint_paused", since);
    case "healthy":
  }
  if (failingSince !== undefined) {
    const isLong = now - failingSince > LONG_FAILING_MS;
    return as(isLong ? "critical" : "notice", "endpoint_failing", failingSince);
  }
  return assessWaiting(situation, now, as) ?? as("ok", "healthy", undefined);
}

/** Nobody can say where it wants what. What it is to get waits, in the log and in its outbox. */
export function assessUnreadable(endpoint: string): Assessment {
  const detail = "its record cannot be opened: what it is to get waits; the others get theirs";
  return {
    subject: { kind: "endpoint", endpoint },
    severity: "critical",
    code: "endpoint_unreadable",
    since: undefined,
    detail,
  };
}

function assessWaiting(
  { counts, lastSuccessAt, oldestWaitingAt }: EndpointSituation,
  now: number,
  as: (severity: Severity, code: Code, since: number | undefined) => Assessment,
): Assessment | undefined {
  const waitedMs = now - (oldestWaitingAt ?? now);
  // Under way, or so slow that the oldest is always old: a receiver's matter, or a rate limit's. Otherwise nobody delivers.
  const isServed =
    counts.in_flight > 0 || (lastSuccessAt !== undefined && Math.abs(now - lastSuccessAt) < LATELY_MS);
  if (waitedMs > (isServed ? LONG_WAIT_MS : UNDELIVERED_MS)) {
    const severity = !isServed && waitedMs > LONG_WAIT_MS ? "critical" : "warning";
    return as(severity, "delivery_overdue", oldestWaitingAt);
  }
  return counts.parked > 0 ? as("warning", "deliveries_parked", undefined) : undefined;
}

/** What is still to be delivered to it. */
export function waitingOf({
  ready,
  retry,
  in_flight: inFlight,
  blocked,
}: EndpointSituation["counts"]): number {
  return ready + retry + inFlight + blocked;
}

/** In a table: an endpoint that fails without having come to the ladder's first step says so. */
export function describeState(
  {
    state,
    since,
    reason,
    failingSince,
  }: Pick<EndpointSituation, "state" | "since" | "reason" | "failingSince">,
  now: number,
): string {
  const why = reason === undefined ? "" : ` (${reason})`;
  if (state === "healthy") {
    return failingSince === undefined ? state : `failing since ${formatSpan(now - failingSince)}${why}`;
  }
  return `${state} since ${formatSpan(now - since)}${why}`;
}

function describe(situation: EndpointSituation, now: number): string {
  const { counts, oldestWaitingAt } = situation;
  const waiting = waitingOf(counts);
  const waitedMs = now - (oldestWaitingAt ?? now);
  return [
    describeState(situation, now),
    waiting === 0
      ? ""
      : waitedMs > 1_000
        ? `${waiting} wait, the oldest for ${formatSpan(waitedMs)}`
        : `${waiting} wait`,
    counts.parked > 0 ? `${counts.parked} parked` : "",
    counts.failed > 0 ? `${counts.failed} given up` : "",
  ]
    .filter(Boolean)
    .join("; ");
}

import type { Overview } from "../../api/answers.ts";
import { failsLong } from "../../components/status/endpoint-health.ts";
import { formatCount } from "../../components/format/format-count.ts";
import { formatSpan } from "../../components/format/format-span.ts";

type Endpoints = Overview["endpoints"];

/** Which of them are in trouble, in one sentence. */
export function formatEndpoints({ by_state: byState, shown, total }: Endpoints): string {
  if (total === 0) return "There is no endpoint: nobody is called.";
  const { disabled = 0, failing = 0, paused = 0, warned = 0 } = byState;
  const early = shown.filter(({ status }) => status.state === "healthy" && status.failing_since !== null);
  const long = early.filter(({ status }) => failsLong(status)).length;
  const beginning = early.length - long;
  const parts = [
    disabled > 0 ? `${disabled} disabled` : undefined,
    warned > 0 ? `${warned} about to be disabled` : undefined,
    failing + long > 0 ? `${failing + long} failing` : undefined,
    beginning > 0 ? `${beginning} starting to fail` : undefined,
    paused > 0 ? `${paused} paused` : undefined,
  ].filter((part) => part !== undefined);
  if (parts.length === 0)
    return total === 1 ? "The endpoint takes what it gets." : `All ${total} endpoints take what they get.`;
  if (total === 1) return `The endpoint is ${parts.join("").replace("1 ", "")}.`;
  return `Of ${formatCount(total, "endpoint")}: ${parts.join(", ")}.`;
}

/** What is still to be delivered, over all endpoints, and whether it is late. */
export function formatDue(
  { failed, parked, oldest_waiting_at: oldest, waiting }: Endpoints,
  at: string,
): string {
  const dueMs = oldest === null ? undefined : Date.parse(at) - Date.parse(oldest);
  const age =
    dueMs === undefined
      ? ""
      : dueMs >= 1_000
        ? `, the oldest due for ${formatSpan(dueMs)}`
        : dueMs <= -1_000
          ? `, none is due before ${formatSpan(-dueMs)} from now`
          : "";
  const parts = [
    waiting === 0
      ? "Nothing waits to be delivered"
      : `${formatCount(waiting, "delivery waits", "deliveries wait")}${age}`,
    parked > 0 ? formatCount(parked, "is parked", "are parked") : undefined,
    failed > 0 ? formatCount(failed, "was given up", "were given up") : undefined,
  ].filter((part) => part !== undefined);
  return `${parts.join("; ")}.`;
}

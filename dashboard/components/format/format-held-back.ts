import type { EndpointStatus } from "../../api/answers.ts";
import { formatCount } from "./format-count.ts";

/** What an endpoint has not got: `25 parked, 3 waiting`. Undefined: nothing. */
export function formatHeldBack({
  failed,
  parked,
  waiting,
}: Pick<EndpointStatus, "failed" | "parked" | "waiting">): string | undefined {
  const parts = [
    parked > 0 ? formatCount(parked, "parked", "parked") : undefined,
    waiting > 0 ? formatCount(waiting, "waiting", "waiting") : undefined,
    failed > 0 ? formatCount(failed, "given up", "given up") : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(", ");
}

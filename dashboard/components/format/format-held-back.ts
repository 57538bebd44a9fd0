import type { EndpointStatus } from "../../api/answers.ts";
import { formatCount } from "./format-count.ts";

/** What an endpoint has not got: `25 held, 3 waiting`. Undefined: nothing. */
export function formatHeldBack({
  failed,
  held,
  waiting,
}: Pick<EndpointStatus, "failed" | "held" | "waiting">): string | undefined {
  const parts = [
    held > 0 ? formatCount(held, "held", "held") : undefined,
    waiting > 0 ? formatCount(waiting, "waiting", "waiting") : undefined,
    failed > 0 ? formatCount(failed, "given up", "given up") : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(", ");
}

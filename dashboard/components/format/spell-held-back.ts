import type { EndpointStatus } from "../../api/answers.ts";
import { spellCount } from "./spell-count.ts";

/** What an endpoint has not got: `25 held, 3 waiting`. Undefined: nothing. */
export function spellHeldBack({
  failed,
  held,
  waiting,
}: Pick<EndpointStatus, "failed" | "held" | "waiting">): string | undefined {
  const parts = [
    held > 0 ? spellCount(held, "held", "held") : undefined,
    waiting > 0 ? spellCount(waiting, "waiting", "waiting") : undefined,
    failed > 0 ? spellCount(failed, "given up", "given up") : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(", ");
}

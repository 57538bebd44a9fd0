import type { Lease } from "../../store/detection/lease.ts";
import { toInstant } from "../../cliniko/list-query.ts";
import { type ReadingDeps, type ReadingResult, pageOfEverything, takeOver } from "../scan/reading-deps.ts";

const DAY_SECONDS = 86_400;

/**
 * One page of what takes place from yesterday to a fortnight ahead, whatever its stamps say: whether a no-show moves
 * `updated_at` is not documented, and this is where it would matter most. A page a poll; `nearAfter` carries on.
 */
export async function nearStep(deps: ReadingDeps, lease: Lease, signal: AbortSignal): Promise<ReadingResult> {
  const column = deps.resource.takesPlaceAt;
  if (column === undefined) return { kind: "done", events: 0 };
  const { account, resource } = lease;
  const window = [
    `${column}:>=${toInstant(deps.watermark - DAY_SECONDS)}`,
    `${column}:<=${toInstant(deps.watermark + 14 * DAY_SECONDS)}`,
  ];
  const answer = await pageOfEverything(deps, window, deps.state.nearAfter, signal);
  if (signal.aborted) return { kind: "stopped" };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer };
  const taken = await takeOver(deps, lease, answer.page, "sweep");
  if (taken.kind !== "done") return taken;
  await deps.reading.update(account, resource, { nearAfter: answer.page.next });
  return taken;
}

import type { Lease } from "../store/lease.ts";
import { type ReadingDeps, type ReadingResult, listEverything, takeOver } from "./reading-deps.ts";

/** Asks for the records that are to be looked at again, by their ids, and takes over what it is shown. */
export async function recheckStep(
  deps: ReadingDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const ids = deps.rechecks?.due(deps.watermark) ?? [];
  if (ids.length === 0) return { kind: "done", events: 0 };
  const request = listEverything(deps, [`id:=${ids.join(",")}`]);
  const answer = await deps.client.listPage(deps.resource, request, signal);
  if (signal.aborted) return { kind: "stopped" };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer };
  const { date, rows } = answer.page;
  const taken = await takeOver(
    deps,
    lease,
    { rows: rows.filter(({ id }) => ids.includes(id)), date },
    "sweep",
  );
  if (taken.kind === "done") deps.rechecks?.asked(ids, date);
  return taken;
}

import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { findByIds } from "./find-by-ids.ts";
import { takeOverList } from "../reconcile/whole-reading.ts";
import type { ReadingDeps, ReadingResult } from "./reading-deps.ts";

/** Asks for the records that are to be looked at again, by their ids, and takes over what it is shown. */
export async function recheckStep(
  deps: ReadingDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const ids = (deps.rechecks?.due(deps.watermark) ?? []).slice(0, PAGE_SIZE);
  if (ids.length === 0) return { kind: "done", events: 0 };
  const answer = await findByIds(deps, lease.account, deps.resource, ids, signal);
  if (signal.aborted) return { kind: "stopped" };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer };
  const { asked, date } = answer;
  const taken = await takeOverList(deps, lease, answer, signal);
  if (taken.kind === "done") deps.rechecks?.asked(asked, date);
  return taken;
}

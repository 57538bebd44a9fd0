import { compareIds } from "../../cliniko/parse-page.ts";
import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { findByIds } from "../scan/find-by-ids.ts";
import { judgeMissing } from "./explained.ts";
import { type ReadingDeps, type ReadingResult, takeOver } from "../scan/reading-deps.ts";

/**
 * One step of the walk through everything that is known: asks for a hundred records by their ids, or for fewer where the account takes no list of them. Those that changed
 * without moving their stamp are taken over, those that do not come are suspected. Independent of order and counts, so
 * it works on every account; a step a poll, so that it is never in the way.
 */
export async function walkStep(deps: ReadingDeps, lease: Lease, signal: AbortSignal): Promise<ReadingResult> {
  const { account, resource } = lease;
  const { walkAfter } = deps.state;
  const known = (await deps.store.listIds(account, resource)).toSorted(compareIds);
  const from = walkAfter === undefined ? 0 : known.findIndex((id) => compareIds(id, walkAfter) > 0);
  const next = from < 0 ? [] : known.slice(from, from + PAGE_SIZE);
  if (walkAfter === undefined) await deps.reading.update(account, resource, { walkFrom: deps.watermark });
  if (next.length === 0) {
    await deps.reading.update(account, resource, { walkAfter: undefined });
    return { kind: "done", events: 0 };
  }
  const answer = await findByIds(deps, account, deps.resource, next, signal);
  if (signal.aborted) return { kind: "stopped" };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer };
  const { asked } = answer;
  const there = new Set(answer.rows.map(({ id }) => id));
  const missing = asked.filter((id) => !there.has(id));
  // A record that is suspected already is missed again by every walk.
  const suspects = await deps.reading.suspects(account, resource);
  const all = [...new Set([...suspects.keys(), ...missing])];
  const verdict = await judgeMissing(deps, "mass_disappearance", all, known.length, signal);
  if (typeof verdict === "object") return verdict;
  await deps.reading.suspect(account, resource, missing);
  const taken = await takeOver(deps, lease, answer, "sweep");
  if (taken.kind !== "done") return taken;
  const isDone = from + asked.length >= known.length;
  const walkFrom = walkAfter === undefined ? deps.watermark : deps.state.walkFrom;
  await deps.reading.update(account, resource, {
    walkAfter: isDone ? undefined : asked.at(-1),
    ...(isDone && all.length === 0 ? { presentAt: Math.max(deps.state.presentAt, walkFrom) } : {}),
  });
  return taken;
}

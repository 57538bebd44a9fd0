import type { Lease } from "../store/lease.ts";
import { compareIds } from "../cliniko/parse-page.ts";
import { type ReadingDeps, type ReadingResult, isMassive, listEverything, takeOver } from "./reading-deps.ts";

/** Known ids in (lo, hi]. */
interface Range {
  readonly lo: string | undefined;
  readonly hi: string;
  readonly ids: readonly string[];
}

/**
 * Proves that nothing known has vanished, by counting: one request says how many records lie in a range of ids; where
 * the upstream counts as many as we know, all are there, and only unequal ranges are split. A handful of requests where
 * nothing is missing. A record that vanished while another, unknown one appeared in the same range is left to the walk.
 * What is missing is suspected, never taken as deleted.
 */
export async function countSweep(
  deps: ReadingDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  // Who was forgotten is there too, and counted.
  const forgotten = new Set(await deps.discretion?.forgottenIds());
  const known = [...(await deps.store.listIds(account, resource)), ...forgotten].toSorted(compareIds);
  const last = known.at(-1);
  const ranges: Range[] = last === undefined ? [] : [{ lo: undefined, hi: last, ids: known }];
  const suspects: string[] = [];
  let events = 0;
  for (let range = ranges.pop(); range; range = ranges.pop()) {
    if (signal.aborted) return { kind: "stopped" };
    const request = listEverything(deps, [`id:<=${range.hi}`], range.lo);
    const answer = await deps.client.listPage(deps.resource, request, signal);
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    const { rows, next, totalEntries } = answer.page;
    if (totalEntries === range.ids.length) continue;
    if (next === undefined) {
      const there = new Set(rows.map(({ id }) => id));
      suspects.push(...range.ids.filter((id) => !there.has(id) && !forgotten.has(id)));
      const unknown = rows.filter(({ id }) => !range.ids.includes(id));
      const taken = await takeOver(deps, lease, { rows: unknown, date: answer.page.date }, "sweep");
      if (taken.kind !== "done") return taken;
      events += taken.events;
      continue;
    }
    if (totalEntries === undefined || totalEntries < rows.length) {
      return {
        kind: "failed",
        failure: { kind: "bad_filter", detail: "total_entries does not count the filter" },
      };
    }
    const missing = range.ids.length - totalEntries;
    if (!deps.state.deletionsAccepted && isMassive(missing, known.length)) {
      return { kind: "guarded", guard: { kind: "mass_disappearance", missing, known: known.length } };
    }
    ranges.push(...split(range));
  }
  if (!deps.state.deletionsAccepted && isMassive(suspects.length, known.length)) {
    const guard = { kind: "mass_disappearance", missing: suspects.length, known: known.length } as const;
    return { kind: "guarded", guard };
  }
  await deps.reading.suspect(account, resource, suspects);
  const changes = { countedAt: deps.now(), deletionsAccepted: false };
  await deps.reading.update(
    account,
    resource,
    suspects.length > 0 ? changes : { ...changes, presentAt: deps.watermark },
  );
  return { kind: "done", events };
}

function split({ lo, hi, ids }: Range): Range[] {
  const half = Math.ceil(ids.length / 2);
  const middle = ids[half - 1];
  // A range that holds more upstream than we know of, and at most one that we know: walk it page by page from here on.
  if (middle === undefined || middle === hi) return [];
  return [
    { lo: middle, hi, ids: ids.slice(half) },
    { lo, hi: middle, ids: ids.slice(0, half) },
  ];
}

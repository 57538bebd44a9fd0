import type { Page } from "../../cliniko/outcome.ts";
import { compareIds } from "../../cliniko/parse-page.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { judgeMissing } from "./explained.ts";
import { type ReadingDeps, type ReadingResult, listEverything } from "../scan/reading-deps.ts";
import { takeOverList } from "./whole-reading.ts";

/** Known ids in (lo, hi]; without bounds on a side, up to its end. */
interface Range {
  readonly lo: string | undefined;
  readonly hi: string | undefined;
  readonly ids: readonly string[];
  /** What it and its other half were counted to, held against the whole. */
  readonly halves: Halves | undefined;
}

interface Halves {
  readonly whole: number;
  counted: number;
  open: number;
}

/** Records that may come or go while halves are counted. */
const DRIFT = 20;

/**
 * Makes sure that nothing known has vanished and that nothing is unknown, by counting: one request says how many records
 * lie in a range of ids; where the upstream counts as many as we know, all are there, and only unequal ranges are split.
 * A handful of requests where nothing is missing. A record that vanished while another, unknown one appeared in the same
 * range is left to the walk. Counts only say where to look: what is missing was left out of a page of rows, and is
 * suspected, never taken as deleted. A count that contradicts the rows or another count is not used for a day.
 */
export async function countSweep(
  deps: ReadingDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  // Who was forgotten is there too, and counted.
  const forgotten = new Set(await deps.privacyFilter?.forgottenIds());
  const known = [...(await deps.store.listIds(account, resource)), ...forgotten].toSorted(compareIds);
  const ranges: Range[] = [{ lo: undefined, hi: undefined, ids: known, halves: undefined }];
  const suspects: string[] = [];
  let events = 0;
  let isReliable = true;
  for (let range = ranges.pop(); range && isReliable; range = ranges.pop()) {
    const answer = await askRange(deps, range, undefined, signal);
    if (signal.aborted) return { kind: "stopped" };
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    const { page } = answer;
    isReliable = isPlausible(page, range.halves);
    if (isReliable && page.totalEntries === range.ids.length) continue;
    const parts = split(range, page.totalEntries ?? 0);
    if (isReliable && page.next !== undefined && parts) {
      ranges.push(...parts);
      continue;
    }
    if (page.next !== undefined && !isReliable) break;
    const read = await readRange(deps, lease, range, page, signal);
    if (read.kind !== "done") return read;
    events += read.events;
    suspects.push(...range.ids.filter((id) => !read.there.has(id) && !forgotten.has(id)));
    const verdict = await judgeMissing(deps, "mass_disappearance", suspects, known.length, signal);
    if (typeof verdict === "object") return verdict;
  }
  await deps.reading.suspect(account, resource, suspects);
  await deps.reading.update(account, resource, {
    countedAt: deps.now(),
    ...(isReliable ? {} : { countsUnreliableAt: deps.now() }),
    ...(isReliable && suspects.length === 0 ? { presentAt: deps.watermark } : {}),
  });
  return { kind: "done", events };
}

async function askRange(
  deps: ReadingDeps,
  { lo, hi }: Range,
  after: string | undefined,
  signal: AbortSignal,
): ReturnType<ReadingDeps["client"]["listPage"]> {
  const from = lo === undefined ? [] : [`id:>${lo}`];
  const to = hi === undefined ? [] : [`id:<=${hi}`];
  const request = listEverything(deps, [...from, ...to], after);
  const answer = await deps.client.listPage(deps.resource, request, signal);
  if (answer.kind !== "ok") return answer;
  const isOutside = (id: string): boolean =>
    (lo !== undefined && compareIds(id, lo) <= 0) || (hi !== undefined && compareIds(id, hi) > 0);
  return answer.page.rows.some(({ id }) => isOutside(id))
    ? { kind: "bad_filter", detail: "rows outside of the ids that were asked for: id:> or id:<= was ignored" }
    : answer;
}

/** All rows of a range, from its first page on. Those that are not known are taken over. */
async function readRange(
  deps: ReadingDeps,
  lease: Lease,
  range: Range,
  first: Page,
  signal: AbortSignal,
): Promise<
  Exclude<ReadingResult, { kind: "done" }> | { kind: "done"; events: number; there: ReadonlySet<string> }
> {
  const known = new Set(range.ids);
  const there = new Set<string>();
  let events = 0;
  for (let page = first; ;) {
    for (const { id } of page.rows) there.add(id);
    const rows = page.rows.filter(({ id }) => !known.has(id));
    const taken = await takeOverList(deps, lease, { rows, date: page.date }, signal);
    if (taken.kind !== "done") return taken;
    events += taken.events;
    if (page.next === undefined) return { kind: "done", events, there };
    const answer = await askRange(deps, range, page.next, signal);
    if (signal.aborted) return { kind: "stopped" };
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    ({ page } = answer);
  }
}

/** Whether a count agrees with the rows beside it and, of two halves, with what the whole was counted to. */
function isPlausible(
  { next, rows, totalEntries }: Pick<Page, "next" | "rows" | "totalEntries">,
  halves: Halves | undefined,
): boolean {
  if (totalEntries === undefined) return false;
  if (next === undefined ? totalEntries !== rows.length : totalEntries <= rows.length) return false;
  if (!halves) return true;
  halves.counted += totalEntries;
  halves.open -= 1;
  return halves.open > 0 || Math.abs(halves.counted - halves.whole) <= DRIFT;
}

/** Undefined: it holds too few known ids to be split, however many unknown ones. */
function split({ lo, hi, ids }: Range, whole: number): [Range, Range] | undefined {
  const half = Math.ceil(ids.length / 2);
  const middle = ids[half - 1];
  if (ids.length < 2 || middle === undefined) return undefined;
  const halves = { whole, counted: 0, open: 2 };
  return [
    { lo: middle, hi, ids: ids.slice(half), halves },
    { lo, hi: middle, ids: ids.slice(0, half), halves },
  ];
}

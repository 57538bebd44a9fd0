import type { Overview } from "../../api/answers.ts";
import { stateWords } from "../../components/status/source-state.ts";
import { formatCount } from "../../components/format/format-count.ts";
import { formatResource } from "../../components/format/format-resource.ts";
import { formatSpan } from "../../components/format/format-span.ts";
import { NEVER_READ, type Source, kindOf, lagOf, toneOf } from "../../components/status/source-kind.ts";

type Sources = Overview["sources"];

/** How many of those that are not fresh are named. */
const MOST_NAMED = 2;

/** Is every source fresh? In a sentence or two; by the service's clock. */
export function formatFreshness(sources: Sources, atMs: number): string {
  const { by_state: byState, shown } = sources;
  if (sources.total === 0) return "There is no source: the configuration names no account.";
  const absent = NEVER_READ.reduce((sum, state) => sum + (byState[state] ?? 0), 0);
  const total = sources.total - absent;
  const none = absent === 0 ? "" : ` ${formatCount(absent, "is", "are")} not there to be read.`;
  if (total === 0) return `No source is fresh.${none}`;
  const late = shown.filter((source) => kindOf(source) === "live" && toneOf(source) !== "good");
  const wrong = shown.filter((source) => kindOf(source) === "wrong");
  const stale = countWrong(sources) + late.length;
  const { first_sync: syncing = 0, not_read_yet: unread = 0 } = byState;
  const calm = syncing + unread - shown.filter((source) => isStuck(source)).length;
  const first = `${calm === 0 ? "" : ` ${formatCount(calm, "is", "are")} in the first sync, silently.`}${none}`;
  if (stale === 0) {
    if (calm === total)
      return `${total === 1 ? "The source is" : `All ${formatCount(total, "source")} are`} in the first sync: it tells nothing yet.${none}`;
    if (calm > 0) return `${formatCount(total - calm, "source is", "sources are")} fresh.${first}`;
    return `${total === 1 ? "The source is" : `All ${formatCount(total, "source")} are`} fresh.${none}`;
  }
  const named = [...wrong, ...late].slice(0, MOST_NAMED).map((source) => formatStale(source, atMs));
  const more = stale - named.length;
  const others = more > 0 ? `; and ${formatCount(more, "more", "more")}` : "";
  // What is shown of the late ones may not be all of them.
  const atLeast =
    late.length > 0 && shown.length < sources.total && shown.at(-1) === late.at(-1) ? "At least " : "";
  return `${atLeast}${stale} of ${formatCount(total, "source")} ${stale === 1 ? "is" : "are"} not fresh: ${named.join("; ")}${others}.${first}`;
}

/** How many sources something keeps from being read, those that are not shown included. */
function countWrong({ by_state: byState, shown }: Sources): number {
  const told = Object.entries(byState).filter(
    ([state]) => !["live", "first_sync", "not_read_yet", ...NEVER_READ].includes(state),
  );
  return told.reduce((sum, [, count]) => sum + count, shown.filter((source) => isStuck(source)).length);
}

/** A first sync that does not move. */
function isStuck(source: Source): boolean {
  return ["first_sync", "not_read_yet"].includes(source.state) && kindOf(source) === "wrong";
}

function formatStale(source: Source, atMs: number): string {
  const name = `${source.account} ${formatResource(source.resource).toLowerCase()}`;
  return kindOf(source) === "live"
    ? `${name}, ${formatSpan(lagOf(source, atMs))} behind`
    : `${name}, ${stateWords(source).name}`;
}

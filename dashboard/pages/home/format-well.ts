import type { Overview } from "../../api/answers.ts";
import { NEVER_READ } from "../../components/status/source-kind.ts";
import { formatCount } from "../../components/format/format-count.ts";

/** What it means that all is well: what is watched, and that nothing is stuck. */
export function formatWell({ endpoints, sources }: Pick<Overview, "endpoints" | "sources">): string {
  const { first_sync: syncing = 0, not_read_yet: unread = 0 } = sources.by_state;
  const calm = syncing + unread;
  const absent = NEVER_READ.reduce((sum, state) => sum + (sources.by_state[state] ?? 0), 0);
  const read =
    sources.total === 0
      ? "Nothing is watched: the configuration names no account."
      : calm > 0
        ? `${formatCount(calm, "source")} of ${sources.total} ${calm === 1 ? "is" : "are"} in the first sync, silently.`
        : `${formatCount(sources.total - absent, "source")} of ${formatCount(sources.accounts, "account")} ${sources.total - absent === 1 ? "is" : "are"} read as promised.`;
  return `${read} ${formatTaken(endpoints)}`;
}

function formatTaken({ total, waiting }: Overview["endpoints"]): string {
  if (total === 0) return "There is no endpoint yet.";
  const taken = total === 1 ? "The endpoint takes what it gets" : `All ${total} endpoints take what they get`;
  return waiting === 0
    ? `${taken}; nothing waits.`
    : `${taken}; ${formatCount(waiting, "delivery waits", "deliveries wait")}.`;
}

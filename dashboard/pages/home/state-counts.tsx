import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Overview } from "../../api/answers.ts";
import { stateWords } from "../../components/status/source-state.ts";
import { formatCount } from "../../components/format/format-count.ts";

/** The worst first. */
const STATES = [
  "key_revoked",
  "permission_reduced",
  "schema_changed",
  "degraded",
  "first_sync",
  "not_read_yet",
  "not_permitted",
  "not_offered",
  "live",
] as const satisfies readonly Overview["sources"]["shown"][number]["state"][];

/** How many are in each state, each leading to its accounts. Where all are in one and shown, the list says it. */
export function StateCounts({ sources }: { readonly sources: Overview["sources"] }): ReactNode {
  const { by_state: byState, quarantined, shown, total } = sources;
  const counts = STATES.flatMap((state) => {
    const count = byState[state] ?? 0;
    return count > 0 ? [{ filter: state, count, name: stateWords({ state, quarantined: false }).name }] : [];
  });
  if (counts.length < 2 && total === shown.length) return null;
  const all =
    quarantined > 0
      ? [{ filter: "quarantined", count: quarantined, name: "quarantined" }, ...counts]
      : counts;
  return (
    <ul className="state-counts" aria-label="Sources by state">
      {all.map(({ count, filter, name }) => (
        <li key={filter}>
          <Link href={`/accounts?state=${filter}`}>{formatCount(count, name, name)}</Link>
        </li>
      ))}
    </ul>
  );
}

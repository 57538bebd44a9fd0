import type { Account, ResourceStatus } from "../../api/answers.ts";
import { stateWeight } from "../../components/status/source-state.ts";
import { NEVER_READ, kindOf } from "../../components/status/source-kind.ts";

export interface AccountSummary {
  /** The one that is worst off. Undefined: nothing of the account is read. */
  readonly worst: ResourceStatus | undefined;
  /** What needs a person, or may soon. */
  readonly wrong: readonly ResourceStatus[];
  readonly quarantined: boolean;
  /** When the first of it went wrong, ISO. */
  readonly since: string | null;
  /** Up to when everything of the account has been told, ISO. Null: something has not been read whole yet. */
  readonly completeUpTo: string | null;
}

/** As the service judges it; of those that are as bad, by the state. */
function weightOf(status: ResourceStatus): number {
  return ["ok", "notice", "warning", "critical"].indexOf(status.severity) * 100 + stateWeight(status);
}

/** An account, or a group of its resources, in one line: as bad as the worst that is there, as far as the one furthest behind. */
export function summariseAccount({ resources }: Pick<Account, "resources">): AccountSummary {
  const there = resources.filter(({ state }) => !NEVER_READ.includes(state));
  const [worst] = (there.length > 0 ? there : resources).toSorted(
    (left, right) => weightOf(right) - weightOf(left),
  );
  const wrong = resources.filter((resource) => kindOf(resource) === "wrong");
  const [since = null] = wrong.flatMap((resource) => resource.since ?? []).toSorted();
  const [completeUpTo = null] = there
    .map((resource) => resource.complete_up_to)
    .toSorted((left, right) => (left ?? "").localeCompare(right ?? ""));
  return { worst, wrong, quarantined: resources.some(({ quarantined }) => quarantined), since, completeUpTo };
}

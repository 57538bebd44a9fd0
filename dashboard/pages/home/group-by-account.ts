import type { Overview } from "../../api/answers.ts";
import type { Source } from "../../components/status/source-kind.ts";

type Usage = NonNullable<Overview["budget"]>["busiest"][number];

export interface AccountSources {
  readonly account: string;
  /** By name, so that they keep their places. */
  readonly sources: readonly Source[];
  /** Undefined: it is not among the busiest, or not for this reader. */
  readonly usage: Usage | undefined;
}

/** Accounts in the order of their worst, as the overview has them; those that are all well come last, by name. */
export function groupByAccount(
  shown: readonly Source[],
  budget: Overview["budget"],
  isWell: (source: Source) => boolean,
): readonly AccountSources[] {
  const groups = new Map<string, Source[]>();
  for (const source of shown) groups.set(source.account, [...(groups.get(source.account) ?? []), source]);
  const accounts = [...groups].map(([account, sources]) => ({
    account,
    sources: sources.toSorted((left, right) => (left.resource < right.resource ? -1 : 1)),
    usage: budget?.busiest.find((busy) => busy.account === account),
  }));
  const areWell = ({ sources }: AccountSources): boolean => sources.every((source) => isWell(source));
  // Seconds decide who is furthest behind among those: sorted by that they would change places all the time.
  const well = accounts.filter(areWell).toSorted((left, right) => (left.account < right.account ? -1 : 1));
  return [...accounts.filter((account) => !areWell(account)), ...well];
}

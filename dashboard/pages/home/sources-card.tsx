import { type ReactNode, useState } from "react";
import { Link } from "wouter";

import type { Overview } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { toneOf } from "../../components/status/source-kind.ts";
import { ShowMore } from "../../components/controls/show-more.tsx";
import { formatCount } from "../../components/format/format-count.ts";
import { AccountItem } from "./account-sources.tsx";
import { formatFreshness } from "./freshness.ts";
import { groupByAccount } from "./group-by-account.ts";
import { StateCounts } from "./state-counts.tsx";

/** Accounts, at first; the others open. */
const FIRST_SHOWN = 6;

/** Is every source fresh? Account by account, the worst first. */
export function SourcesCard({ overview }: { readonly overview: Overview }): ReactNode {
  const { sources, budget, at } = overview;
  const { oldest_complete_up_to: oldest, shown, total } = sources;
  const [isWhole, setWhole] = useState(false);
  const atMs = Date.parse(at);
  const groups = groupByAccount(shown, budget, (source) => toneOf(source) === "good");
  return (
    <Card
      title="Sources"
      aside={
        <Link href="/accounts">
          {sources.accounts === 1 ? "The account" : `All ${formatCount(sources.accounts, "account")}`}
        </Link>
      }
    >
      <p className="lead">
        {formatFreshness(sources, atMs)}
        {oldest === null ? null : (
          <>
            {" "}
            Complete up to <Moment at={oldest} />.
          </>
        )}
      </p>
      <StateCounts sources={sources} />
      <ul className="source-list">
        {(isWhole ? groups : groups.slice(0, FIRST_SHOWN)).map((group) => (
          <AccountItem key={group.account} group={group} />
        ))}
      </ul>
      <ShowMore hidden={groups.length - FIRST_SHOWN} one="account" isWhole={isWhole} onChange={setWhole} />
      {total > shown.length ? (
        <p className="quiet">
          These are the {shown.length} that need somebody, or are furthest behind, of{" "}
          {formatCount(total, "source")}.
        </p>
      ) : null}
    </Card>
  );
}

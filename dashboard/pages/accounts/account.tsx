import "./accounts.css";

import type { ReactNode } from "react";
import { Link, useParams } from "wouter";

import type { Account as AccountAnswer, AccountReading } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Loading } from "../../components/layout/loading.tsx";
import { PageHead } from "../../components/layout/page-head.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { useRights } from "../../shell/use-me.ts";
import { AccountLinks } from "./account-links.tsx";
import { AccountStateCard } from "./account-state-card.tsx";
import { BudgetCard } from "./budget-card.tsx";
import { GuardsCard } from "./guards-card.tsx";
import { PollButton, PollOutcome, usePollNow } from "./poll-now.tsx";
import { ReadingSection } from "./reading-section.tsx";
import { whyAsleep } from "./why-asleep.ts";

const REFRESH_MS = 5_000;
/** The countdown to the next poll and the runs move by the second. */
const READING_REFRESH_MS = 2_000;

/** One clinic: how far it has been read, what stands in the way, and how it is read. */
export function Account(): ReactNode {
  const { account: name = "" } = useParams();
  const { isAdmin, isOperator } = useRights();
  const path = `/accounts/${encodeURIComponent(name)}`;
  const { data: account, error } = useApi<AccountAnswer>(path, {
    // What is not there is not asked for over and over.
    refreshMs: (found) => (found ? REFRESH_MS : undefined),
  });
  const { data: reading, error: readingError } = useApi<AccountReading>(`${path}/reading`, {
    refreshMs: READING_REFRESH_MS,
    enabled: isOperator && account !== undefined,
  });
  const poll = usePollNow(name, reading);
  if (error?.status === 404) return <UnknownAccount name={name} />;
  return (
    <div className="page">
      <PageHead title={name} above={<Link href="/accounts">Accounts</Link>}>
        {account && isAdmin ? <PollButton account={account} poll={poll} /> : null}
      </PageHead>
      <PollOutcome poll={poll} reading={reading} />
      {error ? <ProblemNote problem={error} /> : null}
      {account ? (
        <>
          {reading ? <GuardsCard account={account.name} guards={reading.guards} /> : null}
          <AccountStateCard account={account} reading={reading} />
          <div className="columns">
            {account.budget ? <BudgetCard budget={account.budget} /> : null}
            <AccountLinks account={account.name} />
          </div>
        </>
      ) : error ? null : (
        <Loading what="the account" />
      )}
      {readingError && isOperator ? <ProblemNote problem={readingError} /> : null}
      {reading ? (
        <ReadingSection
          reading={reading}
          statuses={account?.resources ?? []}
          asleep={account && whyAsleep(account)}
        />
      ) : null}
    </div>
  );
}

function UnknownAccount({ name }: { readonly name: string }): ReactNode {
  const { isOperator } = useRights();
  return (
    <div className="page">
      <PageHead title="There is no such account" above={<Link href="/accounts">Accounts</Link>} />
      <p>
        {isOperator ? (
          <>
            No account <code>{name}</code> stands in the configuration: it was renamed or taken out, or the
            address was cut off.
          </>
        ) : (
          <>
            There is no account <code>{name}</code>, or this token was not given it.
          </>
        )}{" "}
        <Link href="/accounts">See all accounts</Link>.
      </p>
    </div>
  );
}

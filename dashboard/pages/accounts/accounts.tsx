import "./accounts.css";

import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Account } from "../../api/answers.ts";
import type { Query } from "../../api/request.ts";
import { usePages } from "../../api/use-pages.ts";
import { Button } from "../../components/controls/button.tsx";
import type { Column } from "../../components/tables/data-table.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { FoldedFilters } from "../../components/filters/folded-filters.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { PageHead } from "../../components/layout/page-head.tsx";
import { PagedTable } from "../../components/tables/paged-table.tsx";
import { SearchFilter } from "../../components/filters/search-filter.tsx";
import { SelectFilter } from "../../components/filters/select-filter.tsx";
import { Since } from "../../components/format/since.tsx";
import { type Filters, useFilters } from "../../components/filters/use-filters.ts";
import { useRights } from "../../shell/use-me.ts";
import { StatePill } from "./state-pill.tsx";
import { formatWrong } from "./format-wrong.ts";
import { summariseAccount } from "./summarise-account.ts";

/** What is read without an event moves, too. All pages that are shown are read again: not too often. */
const REFRESH_MS = 10_000;

const STATES = [
  { id: "", name: "All" },
  { id: "trouble", name: "Anything but live" },
  { id: "quarantined", name: "Quarantined" },
  { id: "key_revoked", name: "Key refused" },
  { id: "permission_reduced", name: "Permission reduced" },
  { id: "schema_changed", name: "Schema changed" },
  { id: "degraded", name: "Degraded" },
  { id: "first_sync", name: "First sync" },
  { id: "not_read_yet", name: "Not read yet" },
  { id: "not_permitted", name: "Not permitted" },
  { id: "not_offered", name: "Not offered" },
  { id: "live", name: "Live" },
] as const;

/** The clinics, and how far each has been read. */
export function Accounts(): ReactNode {
  const filters = useFilters();
  const { isOperator } = useRights();
  const query: Query = { search: filters.get("search"), state: filters.get("state") };
  const pages = usePages<Account>("/accounts", { query, refreshMs: REFRESH_MS });
  return (
    <div className="page">
      <PageHead title="Accounts" />
      <FoldedFilters count={Object.values(query).filter((value) => value !== "").length}>
        <SearchFilter name="search" label="Name" placeholder="Part of a name" />
        <SelectFilter name="state" label="State" choices={STATES} />
      </FoldedFilters>
      <div className="card">
        <PagedTable
          caption="Accounts"
          columns={columnsFor(isOperator)}
          pages={pages}
          keyOf={({ name }) => name}
          empty={<NoAccounts filters={filters} isOperator={isOperator} />}
        />
      </div>
    </div>
  );
}

function columnsFor(isOperator: boolean): readonly Column<Account>[] {
  const columns: readonly Column<Account>[] = [
    {
      name: "Account",
      heads: true,
      cell: ({ name }) => <Link href={`/accounts/${encodeURIComponent(name)}`}>{name}</Link>,
    },
    { name: "State", cell: (account) => <AccountState account={account} /> },
    {
      name: "Complete up to",
      cell: (account) => <Moment at={summariseAccount(account).completeUpTo} otherwise="not complete yet" />,
    },
  ];
  return isOperator ? [...columns, WRONG] : columns;
}

function AccountState({ account }: { readonly account: Account }): ReactNode {
  const { worst } = summariseAccount(account);
  if (!worst) return <span className="quiet">nothing is read of it</span>;
  return <StatePill status={worst} />;
}

const WRONG: Column<Account> = {
  name: "What is wrong",
  cell: ({ resources }) => {
    const { since, wrong, worst } = summariseAccount({ resources });
    if (!worst || wrong.length === 0) return <span className="quiet">nothing</span>;
    return (
      <span className="account-wrong">
        <span>{formatWrong(wrong, resources.length)}</span>
        {worst.detail === null ? null : <span className="quiet">{worst.detail}</span>}
        {since === null ? null : (
          <span className="quiet">
            <Since at={since} />
          </span>
        )}
      </span>
    );
  },
};

function NoAccounts({
  filters,
  isOperator,
}: {
  readonly filters: Filters;
  readonly isOperator: boolean;
}): ReactNode {
  const search = filters.get("search");
  const state = filters.get("state");
  if (search === "" && state === "") {
    return (
      <Empty title="There are no accounts">
        <p>
          {isOperator
            ? "They stand in the configuration under accounts: add one and start the service again."
            : "This token was given none that still exists. Ask the operator."}
        </p>
      </Empty>
    );
  }
  const named = search === "" ? "" : ` with “${search}” in the name`;
  return (
    <Empty
      title={
        state === "trouble" || state === "quarantined"
          ? `No account${named} is in trouble`
          : `No account${named} is like that`
      }
    >
      <Button onPress={() => filters.set({ search: "", state: "" })}>Show all</Button>
    </Empty>
  );
}

import type { ReactNode } from "react";

import type { Account, AccountReading, ResourceStatus } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { type Column, DataTable } from "../../components/tables/data-table.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { Pill } from "../../components/status/pill.tsx";
import { stateWords } from "../../components/status/source-state.ts";
import { formatCount } from "../../components/format/format-count.ts";
import { formatResource } from "../../components/format/format-resource.ts";
import { useRights } from "../../shell/use-me.ts";
import { NextPoll } from "./next-poll.tsx";
import { StatePill } from "./state-pill.tsx";
import { summariseAccount } from "./summarise-account.ts";
import { type Asleep, whyAsleep } from "./why-asleep.ts";

type ResourceReading = AccountReading["resources"][number];

interface Row {
  readonly status: ResourceStatus;
  /** A guard on another kind of record holds this one, too. */
  readonly waits: boolean;
  readonly asleep: Asleep;
  readonly reading: ResourceReading | undefined;
}

/** How far each kind of record has been read, and below it what the states mean. */
export function AccountStateCard({
  account: { resources },
  reading,
}: {
  readonly account: Account;
  /** Undefined: not there yet, or not for this reader. */
  readonly reading: AccountReading | undefined;
}): ReactNode {
  const { isOperator } = useRights();
  const asleep = whyAsleep({ resources });
  const rows = resources.map((status) => ({
    status,
    waits: asleep === "release" && !status.quarantined,
    asleep,
    reading: reading?.resources.find(({ resource }) => resource === status.resource),
  }));
  return (
    <Card title="State" wide>
      {rows.length === 0 ? (
        <Empty title="Nothing of this account is read">
          <p>Its resources in the configuration are an empty list.</p>
        </Empty>
      ) : rows.length > MOST_UNGROUPED ? (
        groupsOf(rows).map(([group, grouped]) => (
          <Group key={group} group={group} rows={grouped} isOperator={isOperator} />
        ))
      ) : (
        <States caption="State of each kind of record" rows={rows} isOperator={isOperator} />
      )}
      <StateMeanings statuses={resources} isOperator={isOperator} />
    </Card>
  );
}

/** More kinds of record than this are shown by group, each folded while all of it is well. */
const MOST_UNGROUPED = 8;

function groupsOf(rows: readonly Row[]): readonly (readonly [string, readonly Row[]])[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.status.group, [...(groups.get(row.status.group) ?? []), row]);
  return [...groups];
}

function Group({
  group,
  rows,
  isOperator,
}: {
  readonly group: string;
  readonly rows: readonly Row[];
  readonly isOperator: boolean;
}): ReactNode {
  const { completeUpTo, worst, wrong } = summariseAccount({ resources: rows.map(({ status }) => status) });
  return (
    <details className="resource-group" open={wrong.length > 0}>
      <summary>
        <strong>{formatResource(group)}</strong>
        <span className="quiet">{formatCount(rows.length, "kind of record", "kinds of record")}</span>
        {worst ? <StatePill status={worst} /> : null}
        <span className="quiet">
          complete up to <Moment at={completeUpTo} otherwise="nothing yet" />
        </span>
      </summary>
      <States caption={`State of ${group}`} rows={rows} isOperator={isOperator} />
    </details>
  );
}

function States({
  caption,
  rows,
  isOperator,
}: {
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly isOperator: boolean;
}): ReactNode {
  return (
    <DataTable
      caption={caption}
      columns={isOperator ? [...COLUMNS, ...OPERATOR_COLUMNS] : COLUMNS}
      rows={rows}
      keyOf={({ status }) => status.resource}
    />
  );
}

const COLUMNS: readonly Column<Row>[] = [
  { name: "Kind of record", heads: true, cell: ({ status }) => formatResource(status.resource) },
  {
    name: "State",
    cell: ({ status, waits }) =>
      waits ? (
        <Pill tone="warn" icon="paused">
          waits for the release
        </Pill>
      ) : (
        <StatePill status={status} />
      ),
  },
  {
    name: "Complete up to",
    cell: ({ status }) => <Moment at={status.complete_up_to} otherwise="not complete yet" />,
  },
];

const OPERATOR_COLUMNS: readonly Column<Row>[] = [
  {
    name: "Wrong since",
    cell: ({ status }) => <Moment at={status.since} />,
  },
  {
    name: "Next poll",
    cell: ({ asleep, reading, status }) =>
      reading ? <NextPoll reading={reading} status={status} asleep={asleep} /> : "–",
  },
  {
    name: "Known records",
    numeric: true,
    cell: ({ reading }) => (reading ? reading.known.toLocaleString("en-GB") : "–"),
  },
];

/** Each state once, however many kinds of record are in it. */
function StateMeanings({
  statuses,
  isOperator,
}: {
  readonly statuses: readonly ResourceStatus[];
  readonly isOperator: boolean;
}): ReactNode {
  // What a guard holds has a card of its own for operators, with its evidence.
  const isQuarantined = statuses.some(({ quarantined }) => quarantined);
  const shown = isQuarantined
    ? statuses.filter(({ quarantined, state }) => (quarantined ? !isOperator : state !== "live"))
    : statuses;
  const names = new Set(shown.map((status) => stateWords(status).name));
  return (
    <dl className="state-words">
      {[...names].map((name) => (
        <StateMeaning
          key={name}
          alike={shown.filter((status) => stateWords(status).name === name)}
          isOperator={isOperator}
        />
      ))}
    </dl>
  );
}

function StateMeaning({
  alike,
  isOperator,
}: {
  /** Those in one state. */
  readonly alike: readonly ResourceStatus[];
  readonly isOperator: boolean;
}): ReactNode {
  const [first] = alike;
  if (!first) return null;
  const { meaning, remedy } = stateWords(first);
  const details = isOperator ? new Set(alike.flatMap(({ detail }) => detail ?? [])) : [];
  return (
    <div>
      <dt>
        <StatePill status={first} />
      </dt>
      <dd>
        <p>{meaning}</p>
        {[...details].map((detail) => (
          <p key={detail}>
            What was met: <q>{detail}</q>
          </p>
        ))}
        {isOperator && remedy !== undefined ? (
          <p>
            <strong>Do:</strong> {remedy}
          </p>
        ) : null}
      </dd>
    </div>
  );
}

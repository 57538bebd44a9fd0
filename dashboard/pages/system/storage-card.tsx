import { type ReactNode, useState } from "react";
import { Link } from "wouter";

import type { System } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { type Column, DataTable } from "../../components/tables/data-table.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { Facts } from "../../components/layout/facts.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { ShowMore } from "../../components/controls/show-more.tsx";
import { formatDuration } from "../../components/format/format-duration.ts";

type Storage = System["storage"][number];

/** The log of what the service tells about its endpoints. Source: src/diff/endpoint-event.ts. */
const SERVICE_ACCOUNT = "_service";

/** The longest logs, at first; the others open. */
const FIRST_SHOWN = 8;
/** The API tells of no more. */
const MOST_TOLD = 50;

/** How much is kept, and for how long. */
export function StorageCard({
  storage,
  retention: { attempts_seconds: attempts, events_seconds: events },
}: Pick<System, "storage" | "retention">): ReactNode {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? storage : storage.slice(0, FIRST_SHOWN);
  return (
    <Card title="What is kept">
      <Facts
        facts={[
          { name: "Events", value: `for ${formatDuration(events * 1_000)}, then they are removed` },
          { name: "Attempts", value: `for ${formatDuration(attempts * 1_000)}` },
        ]}
      />
      {storage.length === 0 ? (
        <Empty title="No event has been found yet" />
      ) : (
        <DataTable
          caption="Events kept, by account"
          columns={COLUMNS}
          rows={shown}
          keyOf={({ account }) => account}
        />
      )}
      <ShowMore hidden={storage.length - FIRST_SHOWN} one="account" isWhole={isWhole} onChange={setWhole} />
      {isWhole && storage.length === MOST_TOLD ? (
        <p className="hint">These are the {MOST_TOLD} longest logs.</p>
      ) : null}
    </Card>
  );
}

const COLUMNS: readonly Column<Storage>[] = [
  {
    name: "Account",
    heads: true,
    cell: ({ account }) =>
      account === SERVICE_ACCOUNT ? (
        "About endpoints"
      ) : (
        <Link href={`/accounts/${encodeURIComponent(account)}`}>{account}</Link>
      ),
  },
  { name: "Events", numeric: true, cell: ({ events }) => events.toLocaleString("en-GB") },
  { name: "The oldest", cell: ({ oldest_at: at }) => <Moment at={at} otherwise="none" /> },
];

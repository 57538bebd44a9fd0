import type { ReactNode } from "react";

import type { AuditEntry } from "../../api/answers.ts";
import { usePages } from "../../api/use-pages.ts";
import { Button } from "../../components/controls/button.tsx";
import { Card } from "../../components/layout/card.tsx";
import type { Column } from "../../components/tables/data-table.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { FoldedFilters } from "../../components/filters/folded-filters.tsx";
import { Moment, formatMoment } from "../../components/format/moment.tsx";
import { PagedTable } from "../../components/tables/paged-table.tsx";
import { SearchFilter } from "../../components/filters/search-filter.tsx";
import { SelectFilter } from "../../components/filters/select-filter.tsx";
import { useFilters } from "../../components/filters/use-filters.ts";
import { AuditTarget } from "./audit-target.tsx";
import { formatAction } from "./format-action.ts";

const REFRESH_MS = 15_000;

const KINDS = [
  { id: "", name: "All" },
  { id: "endpoint.", name: "Endpoints" },
  { id: "delivery.", name: "Deliveries" },
  { id: "account.", name: "Accounts" },
  { id: "token.", name: "Tokens" },
  { id: "session.", name: "Sign-ins and sign-outs" },
  { id: "sign_in_link.", name: "One-time links" },
  { id: "patient.", name: "Patients forgotten" },
] as const;

/** Who changed what and when. Nothing is ever taken out of it, and values are not in it. */
export function AuditLog(): ReactNode {
  const filters = useFilters();
  const query = { actor: filters.get("actor"), action: filters.get("action"), target: filters.get("target") };
  const set = Object.values(query).filter((value) => value !== "").length;
  const pages = usePages<AuditEntry>("/audit", { query, refreshMs: REFRESH_MS });
  return (
    <>
      <FoldedFilters count={set}>
        <SearchFilter name="actor" label="Who" placeholder="Name or id" />
        <SelectFilter name="action" label="What was done to" choices={KINDS} />
        <SearchFilter name="target" label="To what" placeholder="Id or name" />
      </FoldedFilters>
      <Card title="Changes, the newest first">
        <div className="audit">
          <PagedTable
            caption="Changes"
            columns={COLUMNS}
            pages={pages}
            keyOf={({ id }) => id}
            empty={
              set > 0 ? (
                <Empty title="Nothing that was done is like that">
                  <p>Names and ids are compared from their beginning.</p>
                  <Button onPress={() => filters.set({ actor: "", action: "", target: "" })}>Show all</Button>
                </Empty>
              ) : (
                <Empty title="Nobody has changed anything yet">
                  <p>Every change by this dashboard, the API or the command line shows here.</p>
                </Empty>
              )
            }
          />
        </div>
      </Card>
    </>
  );
}

/** To the second: somebody compares it with another log. */
function When({ at }: { readonly at: string }): ReactNode {
  return (
    <span className="audit-when">
      <span>{formatMoment(at)}</span>
      <span className="quiet">
        <Moment at={at} />
      </span>
    </span>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  {
    name: "What",
    heads: true,
    cell: ({ action }) => (
      <span className="stacked">
        <span>{formatAction(action)}</span>
        <code className="quiet">{action}</code>
      </span>
    ),
  },
  { name: "To what", cell: (entry) => <AuditTarget entry={entry} /> },
  {
    name: "Who",
    cell: ({ actor: { id, name, role } }) => (
      <span className="stacked">
        <span>{name}</span>
        <span className="quiet">
          {role}, <code>{id}</code>
        </span>
      </span>
    ),
  },
  { name: "When", cell: ({ at }) => <When at={at} /> },
  {
    name: "Fields",
    cell: ({ fields, host }) => (
      <span className="audit-fields stacked">
        <span>{fields.length === 0 ? "–" : fields.join(", ")}</span>
        {host === null ? null : (
          <span className="quiet">
            now to <code>{host}</code>
          </span>
        )}
      </span>
    ),
  },
  {
    name: "Request",
    cell: ({ request_id: id }) =>
      id === null ? <span className="quiet">–</span> : <code className="audit-request quiet">{id}</code>,
  },
];

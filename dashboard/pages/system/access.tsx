import type { ReactNode } from "react";

import type { Token } from "../../api/answers.ts";
import { usePages } from "../../api/use-pages.ts";
import { Card } from "../../components/layout/card.tsx";
import type { Column } from "../../components/tables/data-table.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { PagedTable } from "../../components/tables/paged-table.tsx";
import { Pill } from "../../components/status/pill.tsx";
import { formatCount } from "../../components/format/format-count.ts";
import { useNow } from "../../components/format/use-now.ts";
import { useMe } from "../../shell/use-me.ts";
import { NewToken } from "./new-token.tsx";
import { RevokeButton } from "./revoke-button.tsx";

/** When a token was used last moves without an event. */
const REFRESH_MS = 30_000;

const TOKENS_HEADING = "tokens-heading";

/** Who may use the API and this dashboard, beside whoever has the ops token of the configuration. */
export function Access(): ReactNode {
  const pages = usePages<Token>("/tokens", { refreshMs: REFRESH_MS });
  return (
    <Card title="Tokens" aside={<NewToken />} headingId={TOKENS_HEADING}>
      <p className="hint">
        Each is the key of one person or one program: for the API, and to sign in here. The ops token of the
        configuration is not among them; it is changed in the configuration.
      </p>
      <PagedTable
        caption="Tokens"
        columns={COLUMNS}
        pages={pages}
        keyOf={({ id }) => id}
        empty={
          <Empty title="There are no tokens yet">
            <p>
              Only the ops token of the configuration opens this service. Make one for each person and each
              program.
            </p>
          </Empty>
        }
      />
    </Card>
  );
}

const COLUMNS: readonly Column<Token>[] = [
  { name: "Name", heads: true, cell: (token) => <TokenName token={token} /> },
  { name: "Role", cell: ({ role }) => role },
  { name: "Sees", cell: (token) => <Reach token={token} /> },
  { name: "Made", cell: ({ created_at: at }) => <Moment at={at} /> },
  { name: "Last used", cell: ({ last_used_at: at }) => <Moment at={at} otherwise="never" /> },
  { name: "Expires", cell: ({ expires_at: at }) => <Expiry at={at} /> },
  { name: "Revoke", cell: (token) => <RevokeButton token={token} focusAfter={`#${TOKENS_HEADING}`} /> },
];

function TokenName({ token: { id, name } }: { readonly token: Token }): ReactNode {
  const me = useMe();
  return (
    <span className="stacked">
      <span>
        {name}{" "}
        {me.id === id ? (
          <Pill tone="idle" icon="person">
            you
          </Pill>
        ) : null}
      </span>
      <code className="quiet">cwt_{id}_…</code>
    </span>
  );
}

function Reach({ token: { accounts, role, sensitive, subscriber } }: { readonly token: Token }): ReactNode {
  if (role !== "subscriber") return <span className="quiet">everything</span>;
  return (
    <span className="stacked">
      <span>
        endpoints of <code>{subscriber}</code>
      </span>
      <span>of {formatNames(accounts ?? [])}</span>
      {sensitive ? <span>with sensitive fields</span> : null}
    </span>
  );
}

/** More than these are a number. */
const MOST_NAMED = 5;

function formatNames(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  const named = names.slice(0, MOST_NAMED).join(", ");
  return more > 0 ? `${named} and ${formatCount(more, "more account")}` : named;
}

function Expiry({ at }: { readonly at: string | null }): ReactNode {
  const now = useNow();
  if (at === null) return <span className="quiet">when revoked</span>;
  if (Date.parse(at) > now) return <Moment at={at} />;
  return (
    <Pill tone="warn">
      expired <Moment at={at} />
    </Pill>
  );
}

import type { ReactNode } from "react";

import type { Delivery, Endpoint } from "../../../api/answers.ts";
import { usePages } from "../../../api/use-pages.ts";
import { Button } from "../../../components/controls/button.tsx";
import { Card } from "../../../components/layout/card.tsx";
import { DELIVERY_STATE_WORDS } from "../../../components/delivery/format-delivery.ts";
import { DeliveryTable } from "../../../components/delivery/delivery-table.tsx";
import { Empty } from "../../../components/layout/empty.tsx";
import { Moment } from "../../../components/format/moment.tsx";
import { Note } from "../../../components/layout/note.tsx";
import { SelectFilter } from "../../../components/filters/select-filter.tsx";
import { useFilters } from "../../../components/filters/use-filters.ts";
import { pathOf } from "../format-endpoint.ts";
import { RecoverCard } from "./recover-card.tsx";
import { useTypeChoices } from "./type-choices.ts";

/** States change as attempts are made. */
const REFRESH_MS = 5_000;

const STATES = [
  { id: "", name: "All" },
  ...Object.entries(DELIVERY_STATE_WORDS).map(([id, { name }]) => ({ id, name })),
];

/** What it was given, and what became of each; and the way to send again what it has not had. */
export function DeliveriesTab({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const filters = useFilters();
  const types = useTypeChoices();
  const [state, type] = [filters.get("state"), filters.get("types")];
  const pages = usePages<Delivery>(`${pathOf(endpoint.id)}/deliveries`, {
    query: { state, types: type },
    refreshMs: REFRESH_MS,
  });
  return (
    <>
      <RecoverCard endpoint={endpoint} />
      <HeldBack endpoint={endpoint} />
      <Card title="Deliveries">
        <div className="filters">
          <SelectFilter name="state" label="State" choices={STATES} />
          <SelectFilter name="types" label="Event type" choices={types} />
        </div>
        <DeliveryTable
          caption="Deliveries"
          pages={pages}
          empty={<NoDeliveries isFiltered={state !== "" || type !== ""} endpoint={endpoint} />}
        />
      </Card>
    </>
  );
}

/** Why what is due does not go out: it stands in no delivery, for it is the endpoint's. */
function HeldBack({ endpoint: { status } }: { readonly endpoint: Endpoint }): ReactNode {
  const { next_probe_at: probeAt, state } = status;
  if (state === "paused")
    return <Note tone="warn">It is paused: what is waiting goes out when it is enabled.</Note>;
  if (state === "disabled" || probeAt === null) return null;
  return (
    <Note tone="warn">
      It failed several times in a row, so one delivery tries the way (next try: <Moment at={probeAt} />) and
      the others wait for it.
    </Note>
  );
}

function NoDeliveries({
  isFiltered,
  endpoint: { created_at: createdAt },
}: {
  readonly isFiltered: boolean;
  readonly endpoint: Endpoint;
}): ReactNode {
  const filters = useFilters();
  if (isFiltered) {
    return (
      <Empty title="No delivery is like that">
        <p>You look at those of the state and the type chosen above.</p>
        <Button onPress={() => filters.set({ state: "", types: "" })}>Show all</Button>
      </Empty>
    );
  }
  return (
    <Empty title="It was not given anything yet">
      <p>
        It gets what has happened since it was made, on {new Date(createdAt).toLocaleDateString("en-GB")}.
        Nothing of what it asks for has happened since, or it is older than what is kept. A test shows that it
        can be reached.
      </p>
    </Empty>
  );
}

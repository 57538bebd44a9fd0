import { type ReactNode, useState } from "react";

import type { Endpoint } from "../../../api/answers.ts";
import { Button } from "../../../components/controls/button.tsx";
import { Card } from "../../../components/layout/card.tsx";
import { Icon } from "../../../components/layout/icon.tsx";
import { useFilters } from "../../../components/filters/use-filters.ts";
import { useRights } from "../../../shell/use-me.ts";
import { formatDeliveries } from "../format-endpoint.ts";
import { RecoverForm } from "./recover-form.tsx";
import { RecoveryProgress } from "./recovery-progress.tsx";

/** Sends again what was parked, given up or lost by the receiver: counted first. How far it is stands in the address. */
export function RecoverCard({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const { mayChangeEndpoints } = useRights();
  const filters = useFilters();
  const [isOpen, setOpen] = useState(filters.get("again") !== "");
  const recovery = filters.get("recovery");
  if (recovery !== "") {
    return (
      <Card title="Sending again">
        <RecoveryProgress endpoint={endpoint.id} recovery={recovery} expected={filters.get("of")} />
        <div>
          <Button onPress={() => filters.set({ recovery: "", of: "", again: "" })}>Close</Button>
        </div>
      </Card>
    );
  }
  if (!mayChangeEndpoints) return null;
  if (!isOpen) return <Offer endpoint={endpoint} onOpen={setOpen} />;
  return (
    <Card title="Send again">
      <RecoverForm
        endpoint={endpoint}
        onLeave={() => {
          setOpen(false);
          filters.set({ again: "" });
        }}
      />
    </Card>
  );
}

function Offer({
  endpoint: { status },
  onOpen,
}: {
  readonly endpoint: Endpoint;
  readonly onOpen: (isOpen: boolean) => void;
}): ReactNode {
  const missing = status.parked + status.failed;
  return (
    <div className="recover-offer">
      <p>
        {missing > 0
          ? `${formatDeliveries(missing)} ${missing === 1 ? "has" : "have"} not reached it and will not by themselves.`
          : "Everything that it was given has reached it or still will."}
      </p>
      <Button onPress={() => onOpen(true)}>
        <Icon name="refresh" /> Send again …
      </Button>
    </div>
  );
}

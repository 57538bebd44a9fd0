import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Endpoint } from "../../api/answers.ts";
import { request } from "../../api/request.ts";
import { useAction } from "../../api/use-action.ts";
import { wholeListOf } from "../../api/use-whole-list.ts";
import { ConfirmButton } from "../../components/controls/confirm-button.tsx";
import { Icon } from "../../components/layout/icon.tsx";
import { useRights } from "../../shell/use-me.ts";
import { pathOf, formatDeliveries } from "./format-endpoint.ts";

/** What an act on an endpoint changes on the pages. */
export const ENDPOINT_CHANGES = ["/endpoints", wholeListOf("/endpoints"), "/overview", "/events", "/history"];

/** Holds everything back, or lets it go again. */
export function SwitchButtons({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const { isOperator, mayChangeEndpoints } = useRights();
  if (!mayChangeEndpoints) return null;
  // The operator's pause is the operator's to end.
  if (endpoint.paused?.by === "operator" && !isOperator) return null;
  const { parked, state } = endpoint.status;
  return (
    <>
      {parked > 0 && state !== "disabled" ? <RecoverLink endpoint={endpoint} /> : null}
      {state === "paused" || state === "disabled" ? (
        <EnableButton endpoint={endpoint} />
      ) : (
        <PauseButton endpoint={endpoint} />
      )}
    </>
  );
}

function PauseButton({ endpoint: { id } }: { readonly endpoint: Endpoint }): ReactNode {
  const pause = useAction(async () => await request<Endpoint>(`${pathOf(id)}/pause`, { method: "POST" }), {
    changes: ENDPOINT_CHANGES,
    done: () => `${id} is paused: what it is to get waits.`,
  });
  return (
    <ConfirmButton
      label={
        <>
          <Icon name="paused" /> Pause
        </>
      }
      title={`Pause ${id}?`}
      yes="Pause it"
      act={async () => await pause.mutateAsync()}
    >
      <p>
        Nothing goes out to it until somebody enables it. What it is to get waits meanwhile, and nothing is
        lost.
      </p>
    </ConfirmButton>
  );
}

function EnableButton({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const { id, status } = endpoint;
  const enable = useAction(async () => await request<Endpoint>(`${pathOf(id)}/enable`, { method: "POST" }), {
    changes: ENDPOINT_CHANGES,
    done: ({ status: { parked } }) =>
      parked > 0
        ? `${id} is enabled. ${formatDeliveries(parked)} that were parked wait for you to send them again.`
        : `${id} is enabled.`,
  });
  return (
    <ConfirmButton
      label={
        <>
          <Icon name="good" /> Enable
        </>
      }
      look="primary"
      title={`Enable ${id}?`}
      yes="Enable it"
      act={async () => await enable.mutateAsync()}
    >
      {status.waiting > 0 ? (
        <p>{formatDeliveries(status.waiting)} that waited go out at once, the oldest first.</p>
      ) : null}
      {status.parked > 0 ? (
        <p>
          {formatDeliveries(status.parked)} that were parked while it was disabled are not sent by themselves:
          after this, “Send again” counts and sends them.
        </p>
      ) : null}
      {status.state === "disabled" ? (
        <p>
          If it still fails, it is tried and given up on as before. A test tells sooner whether it answers.
        </p>
      ) : null}
    </ConfirmButton>
  );
}

function RecoverLink({ endpoint: { id, status } }: { readonly endpoint: Endpoint }): ReactNode {
  return (
    <Link href={`${pathOf(id)}/deliveries?again=1`} className="button" data-look="primary">
      <Icon name="refresh" /> Send {status.parked.toLocaleString("en-GB")} parked again
    </Link>
  );
}

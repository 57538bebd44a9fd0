import type { UseMutationResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import type { Delivery } from "../../api/answers.ts";
import type { ProblemError } from "../../api/problem.ts";
import { request } from "../../api/request.ts";
import { useAction } from "../../api/use-action.ts";
import { useRights } from "../../shell/use-me.ts";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { Icon } from "../layout/icon.tsx";

interface Retry {
  readonly state: "queued" | "under_way";
}

/**
 * One attempt more, now; asked first where it was taken already. It stays where it is while the delivery goes on, so that
 * the focus does, too. Nothing for who may not, and before the first attempt.
 */
export function RetryButton({ delivery }: { readonly delivery: Delivery }): ReactNode {
  const { mayChangeEndpoints } = useRights();
  const [isAsking, setAsking] = useState(false);
  const { endpoint, state, attempts } = delivery;
  const retry = useRetry(delivery);
  if (!mayChangeEndpoints || (attempts.length === 0 && state !== "parked" && state !== "blocked"))
    return null;
  const isDelivered = state === "delivered";
  const close = (): void => {
    setAsking(false);
  };
  return (
    <>
      <Button
        isPending={retry.isPending}
        aria-label={isDelivered ? `Send again to ${endpoint}` : `Retry now: ${endpoint}`}
        onPress={() => {
          if (isDelivered) setAsking(true);
          else retry.mutate();
        }}
      >
        <Icon name="refresh" /> {isDelivered ? "Send again" : "Retry now"}
      </Button>
      <Dialog title={`Send it to ${endpoint} once more?`} isOpen={isAsking} onClose={close}>
        <p>
          It was taken already. The receiver gets the same event with the same id a second time, and has to
          see by the id that it knows it.
        </p>
        <div className="dialog-actions">
          <Button onPress={close}>Leave it</Button>
          <Button
            look="primary"
            onPress={() => {
              close();
              retry.mutate();
            }}
          >
            Send again
          </Button>
        </div>
      </Dialog>
    </>
  );
}

function useRetry({ endpoint, event }: Delivery): UseMutationResult<Retry, ProblemError, void> {
  const path = `/endpoints/${encodeURIComponent(endpoint)}/deliveries/${encodeURIComponent(event)}/retry`;
  return useAction<void, Retry>(async () => await request<Retry>(path, { method: "POST" }), {
    changes: ["/events", "own /events", "/endpoints", "/accounts", "own /accounts"],
    done: ({ state }) =>
      state === "queued"
        ? `One attempt more is on its way to ${endpoint}.`
        : `It was about to be sent to ${endpoint} anyway.`,
  });
}

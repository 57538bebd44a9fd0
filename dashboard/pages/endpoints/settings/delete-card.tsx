import { type ReactNode, type SyntheticEvent, useState } from "react";
import { useLocation } from "wouter";

import type { Endpoint } from "../../../api/answers.ts";
import { request } from "../../../api/request.ts";
import { useAction } from "../../../api/use-action.ts";
import { wholeListOf } from "../../../api/use-whole-list.ts";
import { Button } from "../../../components/controls/button.tsx";
import { Card } from "../../../components/layout/card.tsx";
import { Dialog } from "../../../components/controls/dialog.tsx";
import { ProblemNote } from "../../../components/layout/problem-note.tsx";
import { TextField } from "../../../components/controls/text-field.tsx";
import { pathOf, formatDeliveries } from "../format-endpoint.ts";

/** For good. Whoever wants it back has to make it anew, with another secret. */
export function DeleteCard({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const close = (): void => {
    setOpen(false);
  };
  return (
    <Card title="Delete">
      <p>
        {endpoint.source === "file"
          ? "Take it out of the configuration file first: it would come back at the next start. Then what is left of it can be deleted here."
          : "It is gone for good, with everything that waits for it. To stop callbacks for a while, pause it instead."}
      </p>
      <div>
        <Button look="danger" onPress={() => setOpen(true)}>
          Delete {endpoint.id}
        </Button>
      </div>
      <Dialog title={`Delete ${endpoint.id} for good?`} isOpen={isOpen} onClose={close}>
        <DeleteForm endpoint={endpoint} onLeave={close} />
      </Dialog>
    </Card>
  );
}

function DeleteForm({
  endpoint: { id, status },
  onLeave,
}: {
  readonly endpoint: Endpoint;
  readonly onLeave: () => void;
}): ReactNode {
  const [typed, setTyped] = useState("");
  const [, navigate] = useLocation();
  const remove = useAction(
    async () => {
      await request<undefined>(pathOf(id), { method: "DELETE" });
      // Here and not when it is told: the page may have learnt by then that it is gone, and this form with it.
      navigate("/endpoints");
    },
    // Not its own page: that would ask for what is no more.
    { changes: [wholeListOf("/endpoints"), "/overview"], done: () => `${id} is deleted.` },
  );
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (typed.trim() !== id || remove.isPending) return;
    remove.mutate(undefined);
  };
  const lost = status.waiting + status.parked + status.failed;
  return (
    <form className="dialog-form" onSubmit={submit}>
      <p>This cannot be undone. Lost with it are</p>
      <ul>
        <li>
          {lost === 0
            ? "nothing that waits: everything was delivered"
            : `${formatDeliveries(lost)} that it has not had: ${status.waiting} waiting, ${status.parked} parked, ${status.failed} given up`}
        </li>
        <li>the history of {formatDeliveries(status.delivered)} that it took</li>
        <li>its secret: one that is made anew has another</li>
      </ul>
      <TextField
        label={`Type ${id} to confirm`}
        value={typed}
        onChange={setTyped}
        autoFocus
        autoComplete="off"
      />
      {remove.error ? <ProblemNote problem={remove.error} /> : null}
      <div className="dialog-actions">
        <Button onPress={onLeave}>Leave it</Button>
        <Button type="submit" look="danger" isPending={remove.isPending} isDisabled={typed.trim() !== id}>
          Delete it
        </Button>
      </div>
    </form>
  );
}

import { type ReactNode, type SyntheticEvent, useState } from "react";

import type { Endpoint, RecoveryCount } from "../../../api/answers.ts";
import { useIdempotency } from "../../../api/idempotency.ts";
import { faultOf } from "../../../api/problem.ts";
import { request } from "../../../api/request.ts";
import { useAction } from "../../../api/use-action.ts";
import { Button } from "../../../components/controls/button.tsx";
import { Note } from "../../../components/layout/note.tsx";
import { ProblemNote } from "../../../components/layout/problem-note.tsx";
import { useFilters } from "../../../components/filters/use-filters.ts";
import { pathOf, formatDeliveries } from "../format-endpoint.ts";
import { ENDPOINT_CHANGES } from "../switch-buttons.tsx";
import { TypeCounts } from "../type-counts.tsx";
import { RecoverFields } from "./recover-fields.tsx";
import { EMPTY_RECOVERY, type RecoverBody, toRecoverBody } from "./recover-range.ts";

interface Counted {
  readonly body: RecoverBody;
  readonly count: RecoveryCount;
}

/** Which time, which states, which types; then how many that is; then go. */
export function RecoverForm({
  endpoint,
  onLeave,
}: {
  readonly endpoint: Endpoint;
  readonly onLeave: () => void;
}): ReactNode {
  const [draft, setDraft] = useState(EMPTY_RECOVERY);
  const [counted, setCounted] = useState<Counted>();
  const path = `${pathOf(endpoint.id)}/recoveries`;
  const count = useAction(
    async (body: RecoverBody) => await request<RecoveryCount>(`${path}/preview`, { method: "POST", body }),
    { changes: [] },
  );
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const body = toRecoverBody(draft);
    if (count.isPending) return;
    count.mutate(body, {
      onSuccess: (found) => setCounted({ body, count: found }),
    });
  };
  return (
    <form className="recover" onSubmit={submit} noValidate>
      <p>
        What was parked while the endpoint was disabled, and what was given up, is not sent by itself. Sent
        again, each gets a whole new schedule, the oldest first and behind what happens now. The receiver
        knows a repetition by its <code>webhook-id</code>.
      </p>
      <RecoverFields
        draft={draft}
        faultAt={(name) => faultOf(count.error, name)}
        onChange={(changes) => {
          setDraft((former) => ({ ...former, ...changes }));
          setCounted(undefined);
        }}
      />
      {count.error ? <ProblemNote problem={count.error} /> : null}
      {counted ? null : (
        <div className="form-actions">
          <Button
            type="submit"
            look="primary"
            isPending={count.isPending}
            isDisabled={draft.states.length === 0}
          >
            {count.isPending ? "Counting …" : "Count them"}
          </Button>
          <Button onPress={onLeave}>Leave it</Button>
        </div>
      )}
      {counted ? <Start endpoint={endpoint} counted={counted} onLeave={onLeave} /> : null}
    </form>
  );
}

function Start({
  endpoint: { id, status },
  counted: { body, count },
  onLeave,
}: {
  readonly endpoint: Endpoint;
  readonly counted: Counted;
  readonly onLeave: () => void;
}): ReactNode {
  const filters = useFilters();
  const headersOf = useIdempotency();
  const start = useAction(
    async () => {
      const path = `${pathOf(id)}/recoveries`;
      const started = await request<{ readonly id: string }>(path, {
        method: "POST",
        body,
        headers: headersOf(body),
      });
      filters.set({ recovery: started.id, of: String(count.total), again: "" });
    },
    { changes: ENDPOINT_CHANGES },
  );
  const begin = (): void => {
    start.mutate(undefined);
  };
  return (
    <div className="recover-count" role="status">
      {count.total === 0 ? (
        <p>
          <strong>Nothing is like that.</strong> Choose another time, other states or other types.
        </p>
      ) : (
        <>
          <TypeCounts title={`${formatDeliveries(count.total)}, by type`} byType={count.by_type} />
          <StateNote state={status.state} />
        </>
      )}
      <div className="form-actions">
        {count.total === 0 ? null : (
          <Button look="primary" isPending={start.isPending} onPress={begin}>
            {start.isPending ? "Starting …" : `Send ${formatDeliveries(count.total)} again`}
          </Button>
        )}
        <Button onPress={onLeave}>Leave it</Button>
      </div>
    </div>
  );
}

/** What is sent again goes the way of everything else. */
function StateNote({ state }: Pick<Endpoint["status"], "state">): ReactNode {
  if (state === "disabled") {
    return (
      <Note tone="warn">
        <p>
          The endpoint is disabled: what is sent again would be parked again. Enable it first, or send a test.
        </p>
      </Note>
    );
  }
  if (state !== "paused") return null;
  return (
    <Note>
      <p>The endpoint is paused: what is sent again waits until it is enabled.</p>
    </Note>
  );
}

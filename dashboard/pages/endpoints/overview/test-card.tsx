import type { ReactNode } from "react";

import type { Endpoint, TestResult } from "../../../api/answers.ts";
import { request } from "../../../api/request.ts";
import { useAction } from "../../../api/use-action.ts";
import { Button } from "../../../components/controls/button.tsx";
import { Card } from "../../../components/layout/card.tsx";
import { ErrorClassNote } from "../../../components/status/error-class.tsx";
import { Note } from "../../../components/layout/note.tsx";
import { formatDuration } from "../../../components/format/format-duration.ts";
import { useRights } from "../../../shell/use-me.ts";
import { pathOf } from "../format-endpoint.ts";
import { ENDPOINT_CHANGES } from "../switch-buttons.tsx";

/** Sends one `endpoint.test` on the very way of every callback, and says what came of it. */
export function TestCard({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const { isOperator, mayChangeEndpoints } = useRights();
  const { id, paused, status } = endpoint;
  const test = useAction(async () => await request<TestResult>(`${pathOf(id)}/test`, { method: "POST" }), {
    changes: ENDPOINT_CHANGES,
  });
  return (
    <Card title="Test">
      <p>
        Sends one <code>endpoint.test</code> now, on the way that every callback goes: address check, TLS,
        signature, deadline.
        {status.state === "disabled" ? " If it is accepted, the endpoint is enabled again." : null}
        {status.state === "paused" ? " The endpoint stays paused whatever comes of it." : null}
      </p>
      {paused?.by === "operator" && !isOperator ? (
        <p className="quiet">The operator has paused it: only the operator sends it a test.</p>
      ) : mayChangeEndpoints ? (
        <div>
          <Button isPending={test.isPending} onPress={() => test.mutate(undefined)}>
            {test.isPending ? "Waiting for its answer …" : "Send a test"}
          </Button>
        </div>
      ) : (
        <p className="quiet">A viewer cannot send one: it is a callback.</p>
      )}
      <div aria-live="polite">{test.data && !test.isPending ? <Outcome result={test.data} /> : null}</div>
    </Card>
  );
}

function Outcome({ result }: { readonly result: TestResult }): ReactNode {
  const { detail, duration_ms: durationMs, error_class: errorClass, status } = result;
  return (
    <Note tone={result.result === "delivered" ? "good" : "bad"}>
      <p>
        <strong>{formatResult(result)}</strong>
        {durationMs === null ? null : ` It took ${formatDuration(durationMs)}.`}
      </p>
      {errorClass === null ? null : <ErrorClassNote errorClass={errorClass} status={status} />}
      {detail === null ? null : (
        <p className="quiet">
          <code>{detail}</code>
        </p>
      )}
    </Note>
  );
}

function formatResult({ result, status }: TestResult): string {
  switch (result) {
    case "delivered":
      return `Accepted: it answered ${status ?? "with 2xx"}.`;
    case "rejected":
      return `Not accepted: it answered ${status ?? "with another status than 2xx"}.`;
    case "not_reached":
      return "Not reached: there was no answer.";
  }
}

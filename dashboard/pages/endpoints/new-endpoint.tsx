import "./endpoints.css";

import { type ReactNode, type SyntheticEvent, useState } from "react";
import { Link } from "wouter";

import type { EndpointWithSecret } from "../../api/answers.ts";
import { useIdempotency } from "../../api/idempotency.ts";
import { faultOf } from "../../api/problem.ts";
import { request } from "../../api/request.ts";
import { useAction } from "../../api/use-action.ts";
import { wholeListOf } from "../../api/use-whole-list.ts";
import { Button } from "../../components/controls/button.tsx";
import { Card } from "../../components/layout/card.tsx";
import { Note } from "../../components/layout/note.tsx";
import { PageHead } from "../../components/layout/page-head.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { useRights } from "../../shell/use-me.ts";
import { FilterTester } from "./filter-tester.tsx";
import { EMPTY_DRAFT, toFilter, toNewBody } from "./form/draft.ts";
import { EndpointForm } from "./form/endpoint-form.tsx";
import { SecretOnce } from "./secret-once.tsx";
import { pathOf } from "./format-endpoint.ts";
import { useDryRun } from "./use-dry-run.ts";

const DAYS = 7;

/** Makes an endpoint. Beside the form stands what it would have got of what has really happened. */
export function NewEndpoint(): ReactNode {
  const { mayChangeEndpoints } = useRights();
  const [made, setMade] = useState<EndpointWithSecret>();
  if (made) return <Made endpoint={made} />;
  return (
    <div className="page">
      <PageHead title="New endpoint" above={<Link href="/endpoints">Endpoints</Link>} />
      {mayChangeEndpoints ? (
        <NewForm onMade={setMade} />
      ) : (
        <Note>
          <p>
            A viewer sees every endpoint and changes none. Ask an admin to make it, or to give you another
            token.
          </p>
        </Note>
      )}
    </div>
  );
}

function NewForm({ onMade }: { readonly onMade: (endpoint: EndpointWithSecret) => void }): ReactNode {
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [days, setDays] = useState(DAYS);
  const headersOf = useIdempotency();
  const create = useAction(
    async (body: ReturnType<typeof toNewBody>) => {
      onMade(
        await request<EndpointWithSecret>("/endpoints", { method: "POST", body, headers: headersOf(body) }),
      );
    },
    { changes: ["/endpoints", wholeListOf("/endpoints"), "/overview"] },
  );
  const tried = useDryRun(toFilter(draft), days);
  const faultAt = (path: string): string | undefined =>
    faultOf(create.error, path) ?? (draft.events.length > 0 ? faultOf(tried.error, path) : undefined);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (create.isPending) return;
    create.mutate(toNewBody(draft));
  };
  return (
    <div className="endpoint-edit">
      <form onSubmit={submit} className="endpoint-form" noValidate>
        <EndpointForm
          draft={draft}
          faultAt={faultAt}
          isNew
          onChange={(changes) => setDraft((former) => ({ ...former, ...changes }))}
        />
        {create.error ? <ProblemNote problem={create.error} /> : null}
        <div className="form-actions">
          <Button type="submit" look="primary" isPending={create.isPending}>
            {create.isPending ? "Making it …" : "Make the endpoint"}
          </Button>
          <Link href="/endpoints" className="button">
            Leave it
          </Link>
          <p className="hint">It gets what happens from then on.</p>
        </div>
      </form>
      <aside className="tester" aria-label="Filter tester">
        <FilterTester result={tried} days={days} onDays={setDays} hasEvents={draft.events.length > 0} />
      </aside>
    </div>
  );
}

function Made({ endpoint }: { readonly endpoint: EndpointWithSecret }): ReactNode {
  const path = pathOf(endpoint.id);
  return (
    <div className="page">
      <PageHead title={`${endpoint.id} is made`} above={<Link href="/endpoints">Endpoints</Link>} />
      <Card title="What it is verified with">
        <SecretOnce endpoint={endpoint} />
      </Card>
      <Card title="What to do next">
        <p>
          Give it to the receiver, then send a test from the endpoint's page: it goes the way that every
          callback goes.
        </p>
        <p className="form-actions">
          <Link href={path} className="button" data-look="primary">
            Go to {endpoint.id}
          </Link>
        </p>
      </Card>
    </div>
  );
}

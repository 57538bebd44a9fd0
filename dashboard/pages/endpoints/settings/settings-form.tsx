import { type ReactNode, type SyntheticEvent, useState } from "react";

import type { Endpoint } from "../../../api/answers.ts";
import { faultOf } from "../../../api/problem.ts";
import { Button } from "../../../components/controls/button.tsx";
import { Note } from "../../../components/layout/note.tsx";
import { ProblemNote } from "../../../components/layout/problem-note.tsx";
import { FilterTester } from "../filter-tester.tsx";
import { type Draft, toFilter } from "../form/draft.ts";
import { EndpointForm } from "../form/endpoint-form.tsx";
import { useDryRun } from "../use-dry-run.ts";
import { type Overtaken, useEndpointDraft } from "./use-endpoint-draft.ts";

const DAYS = 7;

/** Changes an endpoint, of the version that was looked at: somebody else's change in between is not written over. */
export function SettingsForm({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  const { draft, change, reset, save, isChanged, isSaving, problem, overtaken } = useEndpointDraft(endpoint);
  const [days, setDays] = useState(DAYS);
  const tried = useDryRun(toFilter(draft), days);
  const faultAt = (path: string): string | undefined =>
    faultOf(problem, path) ?? (draft.events.length > 0 ? faultOf(tried.error, path) : undefined);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void save();
  };
  return (
    <div className="endpoint-edit">
      <form onSubmit={submit} className="endpoint-form" noValidate>
        {overtaken ? <OvertakenNote overtaken={overtaken} /> : null}
        <EndpointForm
          draft={draft}
          onChange={change}
          faultAt={faultAt}
          isNew={false}
          keptHeaders={Object.keys(endpoint.headers)}
        />
        {problem ? <ProblemNote problem={problem} /> : null}
        {overtaken ? <OvertakenNote overtaken={overtaken} /> : null}
        <div className="form-actions">
          <Button type="submit" look="primary" isPending={isSaving} isDisabled={!isChanged}>
            {isSaving ? "Saving …" : "Save"}
          </Button>
          <Button isDisabled={!isChanged} onPress={reset}>
            Take it back
          </Button>
          <p className="hint">{isChanged ? "Not saved yet." : "It is as it was saved."}</p>
        </div>
      </form>
      <aside className="tester" aria-label="Filter tester">
        <FilterTester result={tried} days={days} onDays={setDays} hasEvents={draft.events.length > 0} />
      </aside>
    </div>
  );
}

const FIELD_NAMES: Readonly<Partial<Record<keyof Draft, string>>> = {
  url: "URL",
  events: "event types",
  when: "conditions",
  include: "sensitive fields",
  expand: "what comes along",
  localTime: "local times",
  attempts: "attempts",
  bodySignature: "signature of the body",
  ordering: "order",
  concurrency: "at once",
  rateLimit: "at most a second",
  tls: "TLS",
};

function formatFields(names: readonly (keyof Draft)[]): string {
  return names.map((name) => FIELD_NAMES[name] ?? name).join(", ");
}

/** Somebody was quicker. Nothing is lost of either: what both have changed has to be decided. */
function OvertakenNote({ overtaken: { both, theirs } }: { readonly overtaken: Overtaken }): ReactNode {
  return (
    <Note tone="warn">
      <p role="alert">
        <strong>Somebody else has changed this endpoint meanwhile, so yours was not saved.</strong> The newer
        version is loaded, with your changes on top: look through it and save again.
      </p>
      {theirs.length > 0 ? <p>They changed: {formatFields(theirs)}.</p> : null}
      {both.length > 0 ? (
        <p>You both changed: {formatFields(both)}. Yours stands in the form and would replace theirs.</p>
      ) : null}
    </Note>
  );
}

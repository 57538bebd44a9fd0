import { type ReactNode, useEffect, useRef } from "react";

import type { Explanation } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Button } from "../../components/controls/button.tsx";
import { Card } from "../../components/layout/card.tsx";
import { Loading } from "../../components/layout/loading.tsx";
import { MomentFilter } from "../../components/filters/moment-filter.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { SelectField } from "../../components/controls/select-field.tsx";
import { useFilters } from "../../components/filters/use-filters.ts";
import { ExplainSteps } from "./explain-steps.tsx";
import { type RecordName, recordApiPath } from "./use-record.ts";

/** Why an event was or was not made, and was or was not sent. The question stands in the address. */
export function Explain({ name }: { readonly name: RecordName }): ReactNode {
  const filters = useFilters();
  const at = filters.get("at");
  const isAsked = filters.get("why") !== "";
  const { data, error, isFetching, refetch } = useApi<Explanation>(`${recordApiPath(name)}/explain`, {
    query: { at },
    enabled: isAsked,
    isOwn: true,
  });
  const part = useInSight(isAsked);
  return (
    <div ref={part}>
      <Card title="Why was nothing sent?">
        <p className="quiet">Or why was it? Step by step, from the clinic to the receiver.</p>
        <form
          className="explain-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (isAsked) void refetch();
            else filters.set({ why: "1" });
          }}
        >
          <MomentFilter
            name="at"
            label="When"
            hint="What happened within 15 minutes of it; empty: the last that happened."
          />
          <EndpointChoice explanation={data} />
          <Button type="submit" isPending={isAsked && isFetching}>
            Explain
          </Button>
        </form>
        <div aria-live="polite">
          {isAsked && error ? <ProblemNote problem={error} /> : null}
          {isAsked && !data && !error ? <Loading what="the log" /> : null}
          {isAsked && data ? (
            <ExplainSteps explanation={data} account={name.account} endpoint={filters.get("endpoint")} />
          ) : null}
        </div>
      </Card>
    </div>
  );
}

/** All that the answer speaks of; before there is one, what the address names. */
function EndpointChoice({ explanation }: { readonly explanation: Explanation | undefined }): ReactNode {
  const filters = useFilters();
  const chosen = filters.get("endpoint");
  const named = explanation?.deliveries.map(({ endpoint }) => endpoint) ?? [];
  const ids = [...new Set([...named, ...(chosen === "" ? [] : [chosen])])].toSorted();
  return (
    <SelectField
      label="Endpoint"
      value={chosen}
      choices={[{ id: "", name: "All" }, ...ids.map((id) => ({ id, name: id }))]}
      onChange={(id) => filters.set({ endpoint: id })}
    />
  );
}

/** Whoever comes with the question finds the answer in sight. */
function useInSight(isAsked: boolean): React.RefObject<HTMLDivElement | null> {
  const part = useRef<HTMLDivElement>(null);
  const fromTheBeginning = useRef(isAsked);
  useEffect(() => {
    if (fromTheBeginning.current) part.current?.scrollIntoView({ block: "start" });
  }, []);
  return part;
}

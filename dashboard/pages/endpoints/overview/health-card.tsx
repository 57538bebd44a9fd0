import type { ReactNode } from "react";

import type { Endpoint, EndpointStatus } from "../../../api/answers.ts";
import { Card } from "../../../components/layout/card.tsx";
import { healthOf } from "../../../components/status/endpoint-health.ts";
import { ErrorClassNote } from "../../../components/status/error-class.tsx";
import { type Fact, Facts } from "../../../components/layout/facts.tsx";
import { Moment } from "../../../components/format/moment.tsx";
import { Since } from "../../../components/format/since.tsx";

/** Where it stands on the ladder, since when, and why. */
export function HealthCard({ endpoint: { paused, status } }: { readonly endpoint: Endpoint }): ReactNode {
  const health = healthOf(status);
  return (
    <Card title="Health">
      <p>
        <strong>{health.word}</strong>
        {health.tone === "good" ? ". " : null}
        {health.tone === "good" ? null : (
          <>
            {" "}
            <Since at={health.since} />.{" "}
          </>
        )}
        {health.words}
      </p>
      {status.error_class === null ? null : (
        <ErrorClassNote errorClass={status.error_class} status={status.error_status} />
      )}
      <Facts
        facts={[...(paused ? [{ name: "Paused", value: formatPause(paused) }] : []), ...factsOf(status)]}
      />
      <Ladder status={status} />
    </Card>
  );
}

/** Whose pause it is, which decides who may end it. */
function formatPause({ by, name }: NonNullable<Endpoint["paused"]>): ReactNode {
  return by === "operator" ? (
    <>
      by the operator{name === null ? null : ` (${name})`}
      <span className="hint"> The operator alone ends it.</span>
    </>
  ) : (
    `by its subscriber${name === null ? "" : ` (${name})`}`
  );
}

function factsOf(status: EndpointStatus): readonly Fact[] {
  const {
    disables_at: disablesAt,
    last_success_at: lastSuccessAt,
    next_probe_at: nextProbeAt,
    state,
  } = status;
  const isTried = state !== "disabled" && state !== "paused";
  return [
    { name: "Last accepted", value: <Moment at={lastSuccessAt} otherwise="never" /> },
    ...(nextProbeAt === null || !isTried
      ? []
      : [
          {
            name: "Next try",
            value: (
              <>
                <Moment at={nextProbeAt} exact />
                <span className="hint"> One delivery tries the way, the others wait for it.</span>
              </>
            ),
          },
        ]),
    ...(disablesAt === null ? [] : [{ name: "Disabled", value: <Moment at={disablesAt} exact /> }]),
  ];
}

/** Source: src/dispatch/policy/health.ts. */
const STEPS = [
  { state: "healthy", name: "First failures", when: "tried again" },
  { state: "failing", name: "First warning", when: "after 6 hours" },
  { state: "warned", name: "Last warning", when: "after 4 days" },
  { state: "disabled", name: "Disabled", when: "after 5 days, or a 410" },
] as const;

/** The way down, with the step that it is on. Paused it stands beside the ladder. */
function Ladder({
  status: { failing_since: failingSince, state },
}: {
  readonly status: EndpointStatus;
}): ReactNode {
  if (state === "paused" || (state === "healthy" && failingSince === null)) return null;
  return (
    <ol className="ladder" aria-label="What happens to an endpoint that goes on failing">
      {STEPS.map((step) => (
        <li key={step.state} aria-current={step.state === state ? "step" : undefined}>
          <strong>{step.name}</strong>
          <span>{step.when}</span>
        </li>
      ))}
    </ol>
  );
}

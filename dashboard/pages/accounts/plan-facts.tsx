import type { ReactNode } from "react";

import type { AccountReading } from "../../api/answers.ts";
import { type Fact, Facts } from "../../components/layout/facts.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { formatOrder, formatPlan } from "./format-plan.ts";

type ResourceReading = AccountReading["resources"][number];

/** Which lists are read and in which order, and how it is made sure that nothing is missing. */
export function PlanFacts({ reading }: { readonly reading: ResourceReading }): ReactNode {
  const { known, plan, suspects } = reading;
  const planFacts: Fact[] = plan
    ? [
        { name: "Lists", value: <PlanWords plan={plan} /> },
        { name: "Order", value: formatOrder(plan.order) },
      ]
    : [
        {
          name: "Lists",
          value: "Not found out yet: the first scan tries the best way, and others where it is refused.",
        },
      ];
  return (
    <Facts
      facts={[
        ...planFacts,
        { name: "Known records", value: known.toLocaleString("en-GB") },
        ...sweepFacts(reading),
        {
          name: "Suspects",
          value:
            suspects === 0
              ? "none: no record is missing"
              : `${suspects.toLocaleString("en-GB")} missing from the lists; each is looked up by its id before it is told as deleted`,
        },
      ]}
    />
  );
}

function PlanWords({ plan }: { readonly plan: NonNullable<ResourceReading["plan"]> }): ReactNode {
  return (
    <>
      {formatPlan(plan.name)}
      <ul className="passes">
        {plan.passes.map((pass) => (
          <li key={pass}>
            <code>{pass}</code>
          </li>
        ))}
      </ul>
    </>
  );
}

/** A sweep makes sure that nothing is missing. The old lists cannot be asked for it. */
function sweepFacts({ last_sweep_at: last, next_sweep_at: next, plan }: ResourceReading): Fact[] {
  if (plan?.name.startsWith("old-lists-unfiltered")) {
    return [
      { name: "Sweeps", value: "None: this account does not let itself be asked for what is archived." },
    ];
  }
  return [
    { name: "Last sweep", value: <Moment at={last} otherwise="not yet" /> },
    { name: "Next sweep", value: <Moment at={next} otherwise="after the next scan that completes" /> },
  ];
}

import type { ReactNode } from "react";

import type { Account } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { Facts } from "../../components/layout/facts.tsx";
import { Meter } from "../../components/charts/meter.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { Note } from "../../components/layout/note.tsx";
import { TONES } from "../../components/status/source-kind.ts";
import { formatCount } from "../../components/format/format-count.ts";

type Budget = NonNullable<Account["budget"]>;

/** Shares are compared as they are shown. */
function toPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** What this account may ask of Cliniko, and how much of that is used. */
export function BudgetCard({ budget }: { readonly budget: Budget }): ReactNode {
  const {
    blocked_until: blockedUntil,
    configured_share: configured,
    requests,
    severity,
    requests_per_minute: perMinute,
    share,
    used,
  } = budget;
  const isCut = toPercent(share) !== toPercent(configured);
  return (
    <Card title="Requests to Cliniko">
      {isCut ? (
        <Note tone={severity === "ok" ? "idle" : TONES[severity]}>
          <p>
            Cliniko has answered 429: its limit holds for all tools of the key's user together. Each time our
            share is halved; it comes back by 1 % a minute. Nothing is lost, changes are found later.
          </p>
          <p>
            <strong>Do:</strong> give the service a Cliniko user of its own.
          </p>
        </Note>
      ) : null}
      <Facts
        facts={[
          {
            name: "Used just now",
            value: (
              <Meter label="Requests used just now" part={used} tone={TONES[severity]}>
                {toPercent(used)} of {formatCount(Math.round(perMinute), "request")} a minute
              </Meter>
            ),
          },
          {
            name: "Share in force",
            value: isCut
              ? `${toPercent(share)} of what Cliniko allows, ${toPercent(configured)} configured`
              : `${toPercent(share)} of what Cliniko allows, as configured`,
          },
          {
            name: "Blocked until",
            value: <Moment at={blockedUntil} exact otherwise="not blocked" />,
          },
          {
            name: "Requests",
            value: `${requests.toLocaleString("en-GB")} since an hour without one`,
          },
        ]}
      />
    </Card>
  );
}

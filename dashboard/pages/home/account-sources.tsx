import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Overview } from "../../api/answers.ts";
import { Meter } from "../../components/charts/meter.tsx";
import { TONES } from "../../components/status/source-kind.ts";
import { formatCount } from "../../components/format/format-count.ts";
import type { AccountSources } from "./group-by-account.ts";
import { joinWrong } from "./join-wrong.ts";
import { SourceChip } from "./source-chip.tsx";

type Usage = NonNullable<Overview["budget"]>["busiest"][number];

/** An account with its kinds of record, and for operators how much of its requests are used. */
export function AccountItem({
  group: { account, sources, usage },
}: {
  readonly group: AccountSources;
}): ReactNode {
  return (
    <li>
      <Link href={`/accounts/${encodeURIComponent(account)}`} className="source-account">
        {account}
      </Link>
      <ul className="source-chips" aria-label={`Sources of ${account}`}>
        {joinWrong(sources).map((joined) => (
          <SourceChip key={joined[0].resource} joined={joined} />
        ))}
      </ul>
      {usage ? (
        <Meter label={`Requests to Cliniko for ${account}`} part={usage.used} tone={TONES[usage.severity]}>
          {formatUsage(usage)}
        </Meter>
      ) : null}
    </li>
  );
}

function formatUsage({
  blocked_until: blockedUntil,
  configured_share: configured,
  requests_per_minute: perMinute,
  share,
  used,
}: Usage): string {
  const allowed = `${Math.round(used * 100)} % of ${formatCount(Math.round(perMinute), "request")} a minute`;
  if (blockedUntil !== null) return `${allowed}, blocked by Cliniko`;
  return share < configured * 0.999 ? `${allowed}, cut after a 429` : allowed;
}

import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Endpoint } from "../../../api/answers.ts";
import { Card } from "../../../components/layout/card.tsx";
import { useRights } from "../../../shell/use-me.ts";
import { OldestWaiting } from "../oldest-waiting.tsx";
import { pathOf } from "../format-endpoint.ts";

/** What it was given, and what has become of it. */
export function CountsCard({ endpoint: { id, status } }: { readonly endpoint: Endpoint }): ReactNode {
  const { mayChangeEndpoints } = useRights();
  const { delivered, failed, parked, oldest_waiting_at: oldestAt, waiting } = status;
  const path = `${pathOf(id)}/deliveries`;
  return (
    <Card title="Deliveries">
      <dl className="counts">
        <Count name="Delivered" count={delivered} href={`${path}?state=delivered`} />
        <Count name="Waiting" count={waiting} href={`${path}?state=retry`}>
          {oldestAt === null ? null : <OldestWaiting at={oldestAt} />}
        </Count>
        <Count name="Parked" count={parked} href={`${path}?state=parked`} tone="bad">
          {parked > 0 ? "while it was disabled" : null}
        </Count>
        <Count name="Given up" count={failed} href={`${path}?state=failed`} tone="bad">
          {failed > 0 ? "all attempts used up" : null}
        </Count>
      </dl>
      {parked + failed > 0 && mayChangeEndpoints ? (
        <p>
          What is parked or given up is not sent by itself:{" "}
          <Link href={`${path}?again=1`}>send it again</Link>.
        </p>
      ) : null}
      <p className="quiet">Of the events that are still kept.</p>
    </Card>
  );
}

function Count({
  name,
  count,
  href,
  tone,
  children,
}: {
  readonly name: string;
  readonly count: number;
  readonly href: string;
  readonly tone?: "bad";
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div data-tone={count > 0 ? tone : undefined}>
      <dt>{name}</dt>
      <dd>
        <Link href={href} aria-label={`${count} ${name.toLowerCase()}`}>
          {count.toLocaleString("en-GB")}
        </Link>
        {children ? <span>{children}</span> : null}
      </dd>
    </div>
  );
}

import type { ReactNode } from "react";
import { Link } from "wouter";

import { Card } from "../../components/layout/card.tsx";
import { useRights } from "../../shell/use-me.ts";

/** Where else this account shows. */
export function AccountLinks({ account }: { readonly account: string }): ReactNode {
  const { isAdmin } = useRights();
  const name = encodeURIComponent(account);
  return (
    <Card title="More of this account">
      <ul className="links">
        <li>
          <Link href={`/events?accounts=${name}`}>Its events</Link>: every change that was found
        </li>
        <li>
          <Link href={`/events?accounts=${name}&types=connection.*`}>Its connection</Link>: when reading
          failed, was quarantined, and recovered
        </li>
        {isAdmin ? (
          <li>
            <Link href={`/system/audit?target=${name}`}>What was done to it</Link>: polls and releases, and by
            whom
          </li>
        ) : null}
      </ul>
    </Card>
  );
}

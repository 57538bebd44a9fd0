import type { ReactNode } from "react";

import type { AccountReading } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { Pill } from "../../components/status/pill.tsx";
import { Since } from "../../components/format/since.tsx";
import { stateWords } from "../../components/status/source-state.ts";
import { formatResource } from "../../components/format/format-resource.ts";
import { useRights } from "../../shell/use-me.ts";
import { type Evidence, ReleaseButton } from "./release-button.tsx";

type Guard = AccountReading["guards"][number];

/** The guards that hold the account, with what they saw. Shown only while there are some. */
export function GuardsCard({
  account,
  guards,
}: {
  readonly account: string;
  readonly guards: readonly Guard[];
}): ReactNode {
  const { isAdmin } = useRights();
  const holding = guards.filter(({ quarantined }) => quarantined);
  if (holding.length === 0) return null;
  return (
    <Card
      title="A guard holds this account"
      wide
      aside={
        <Pill tone="bad" icon="paused">
          nothing of it is read
        </Pill>
      }
    >
      <ul className="guards">
        {holding.map((guard) => (
          <GuardItem key={guard.resource} guard={guard} />
        ))}
      </ul>
      <p>
        Nothing is lost meanwhile: once it is released, reading goes on where it stopped, and what changed
        until then is told late, each change on its own.
      </p>
      {isAdmin ? (
        <div>
          <ReleaseButton account={account} evidence={evidenceOf(holding)} />
        </div>
      ) : (
        <p className="quiet">An admin can release it, here or with cliniko-webhooks release {account}.</p>
      )}
    </Card>
  );
}

/** Of several guards the one that matters most: nobody is told as deleted, or as new, who is not. */
function evidenceOf(holding: readonly Guard[]): Evidence {
  if (holding.some(({ detail }) => detail.startsWith("another clinic seems to answer"))) return "foreign";
  if (holding.some(({ kind }) => kind === "permission_reduced")) return "missing";
  return holding.some(({ kind }) => kind === "degraded") ? "appeared" : "shape";
}

function GuardItem({ guard: { detail, kind, resource, since, told } }: { readonly guard: Guard }): ReactNode {
  const { meaning, remedy } = wordsOf(kind);
  return (
    <li>
      <h3>{formatResource(resource)}</h3>
      <p>
        <strong>{detail}</strong>
      </p>
      <p className="quiet">
        <Since at={since} />. {told ? `Subscribers were told by connection.${kind}.` : "Nobody was told yet."}
      </p>
      <p>{meaning}</p>
      {remedy === undefined ? null : (
        <p>
          <strong>Do:</strong> {remedy}
        </p>
      )}
    </li>
  );
}

/** Another guard than those that are known is a fault in reading like any other. */
function wordsOf(kind: string): ReturnType<typeof stateWords> {
  const state = kind === "permission_reduced" || kind === "schema_changed" ? kind : "degraded";
  return stateWords({ state, quarantined: true });
}

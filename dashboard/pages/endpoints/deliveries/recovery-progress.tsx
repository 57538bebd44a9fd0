import type { ReactNode } from "react";

import type { Recovery } from "../../../api/answers.ts";
import { useApi } from "../../../api/use-api.ts";
import { Loading } from "../../../components/layout/loading.tsx";
import { Moment } from "../../../components/format/moment.tsx";
import { Note } from "../../../components/layout/note.tsx";
import { ProblemNote } from "../../../components/layout/problem-note.tsx";
import { pathOf, formatDeliveries } from "../format-endpoint.ts";

const REFRESH_MS = 1_000;

/** How far it is, until it is done. @param expected how many were counted before; empty: not known */
export function RecoveryProgress({
  endpoint,
  recovery,
  expected,
}: {
  readonly endpoint: string;
  readonly recovery: string;
  readonly expected: string;
}): ReactNode {
  const { data, error } = useApi<Recovery>(`${pathOf(endpoint)}/recoveries/${encodeURIComponent(recovery)}`, {
    refreshMs: REFRESH_MS,
  });
  if (error?.status === 404) {
    return (
      <p>
        This one is no longer known: it ended more than an hour ago, or was of another endpoint. The list
        below says what became of each delivery.
      </p>
    );
  }
  if (!data) return error ? <ProblemNote problem={error} /> : <Loading what="how far it is" />;
  return data.done ? <Done recovery={data} /> : <Running recovery={data} expected={Number(expected)} />;
}

function Running({
  recovery: { seen, taken, up_to: upTo },
  expected,
}: {
  readonly recovery: Recovery;
  readonly expected: number;
}): ReactNode {
  const isKnown = Number.isFinite(expected) && expected > 0;
  return (
    <div className="recovery" role="status">
      <progress
        aria-label="How far it is"
        {...(isKnown ? { max: expected, value: Math.min(taken, expected) } : {})}
      />
      <p>
        {isKnown
          ? `${taken.toLocaleString("en-GB")} of ${formatDeliveries(expected)} are on their way again`
          : `${formatDeliveries(taken)} are on their way again`}
        ; {seen.toLocaleString("en-GB")} looked at, up to <Moment at={upTo} exact />.
      </p>
      <p className="hint">It goes on by itself: this page may be closed.</p>
    </div>
  );
}

function Done({ recovery: { seen, taken } }: { readonly recovery: Recovery }): ReactNode {
  return (
    <Note tone="good">
      <p role="status">
        <strong>
          {taken === 1
            ? "1 delivery is on its way again."
            : `${formatDeliveries(taken)} are on their way again.`}
        </strong>{" "}
        {formatDeliveries(seen)} {seen === 1 ? "was" : "were"} looked at. The list below says what becomes of
        each.
      </p>
    </Note>
  );
}

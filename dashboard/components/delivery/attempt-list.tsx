import type { ReactNode } from "react";

import type { Attempt } from "../../api/answers.ts";
import { wordsOfErrorClass } from "../status/error-class.tsx";
import { Moment } from "../format/moment.tsx";
import { Pill } from "../status/pill.tsx";
import { formatDuration } from "../format/format-duration.ts";
import { formatOutcome } from "./format-delivery.ts";

/** Every attempt, the newest first: when, how long it took, what came of it, and what the receiver said. */
export function AttemptList({ attempts }: { readonly attempts: readonly Attempt[] }): ReactNode {
  return (
    <ol className="attempts" reversed>
      {attempts.toReversed().map((attempt) => (
        <li key={`${attempt.at} ${attempt.trigger}`}>
          <AttemptLine attempt={attempt} />
        </li>
      ))}
    </ol>
  );
}

function AttemptLine({ attempt }: { readonly attempt: Attempt }): ReactNode {
  const { at, counts, detail, duration_ms, error_class, excerpt, outcome, status, trigger } = attempt;
  const words = wordsOfErrorClass(error_class, status);
  return (
    <>
      <p className="attempt-head">
        <Pill tone={outcome === "delivered" ? "good" : outcome === "own_fault" ? "warn" : "bad"}>
          {formatOutcome(attempt)}
        </Pill>
        <Moment at={at} exact />
        {duration_ms === null ? null : <span className="quiet">took {formatDuration(duration_ms)}</span>}
        {trigger === "manual" ? <span className="quiet">asked for by a person</span> : null}
        {counts || trigger === "manual" || outcome === "delivered" ? null : (
          <span className="quiet">uses up no attempt</span>
        )}
      </p>
      {words && error_class !== "status" ? (
        <p>
          {words.name} <code>{error_class}</code>
          {detail === null ? null : <span className="quiet">: {detail}</span>}
        </p>
      ) : null}
      {excerpt === null || excerpt.trim() === "" ? null : (
        <figure className="excerpt">
          <figcaption className="quiet">The beginning of its answer</figcaption>
          <pre>{excerpt}</pre>
        </figure>
      )}
    </>
  );
}

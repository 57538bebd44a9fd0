import type { ReactNode } from "react";

import type { LoggedEvent } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { FieldDiff, FieldList } from "../../components/records/field-diff.tsx";
import { toDiffRows } from "../../components/records/to-diff-rows.ts";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { isOfService } from "../../components/records/record-link.tsx";
import { SensitiveNote, type Unmasked } from "../../components/records/sensitive.tsx";

/** What changed side by side, and folded away what did not. */
export function EventChanges({
  event,
  masked,
  unmasked,
}: {
  readonly event: LoggedEvent;
  /** Sensitive fields that are left out until somebody asks. */
  readonly masked: readonly string[];
  readonly unmasked: Unmasked<LoggedEvent>;
}): ReactNode {
  const { changed, unchanged } = toDiffRows(event);
  const { account } = event;
  return (
    <Card title="What changed">
      <SensitiveNote fields={masked} unmasked={unmasked} />
      {unmasked.error ? <ProblemNote problem={unmasked.error} /> : null}
      {changed.length > 0 ? (
        <FieldDiff caption="What changed, before and after" account={account} rows={changed} />
      ) : (
        <p>{withoutDiff(event)}</p>
      )}
      {unchanged.length > 0 ? (
        <details open={changed.length === 0}>
          <summary>
            {isOfService(event.subject)
              ? "What it tells"
              : changed.length === 0
                ? "The record as it was"
                : "Unchanged"}
            : {unchanged.length} {unchanged.length === 1 ? "field" : "fields"}
          </summary>
          <FieldList caption="Fields that did not change" account={account} rows={unchanged} />
        </details>
      ) : null}
    </Card>
  );
}

function withoutDiff({ event, subject, transitions }: LoggedEvent): string {
  if (isOfService(subject)) return "It tells of the service itself: no record changed.";
  if (event?.origin === "backfill")
    return "It tells the present state of the record, whatever it was before.";
  if (transitions.some((transition) => ["created", "added"].includes(transition))) {
    return "It is new: there is nothing to compare it with.";
  }
  if (transitions.includes("deleted"))
    return "It is gone. What was known of it last is below, where it is kept.";
  return "What it was before is not known: only that it changed.";
}

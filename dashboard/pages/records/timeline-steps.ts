import type { Timeline } from "../../api/answers.ts";
import type { DiffRow } from "../../components/records/to-diff-rows.ts";

export type TimelineEntry = Timeline["entries"][number];

/** An entry with how many events before it are not there. */
export interface TimelineStep {
  readonly entry: TimelineEntry;
  readonly missingBefore: number;
}

/**
 * Events of a record are numbered without gaps from 1, so a number that is passed over is an event that the log does not
 * hold any more. An entry without a body has no number, and stands for one; a backfill repeats the number before it.
 */
export function toSteps(entries: readonly TimelineEntry[]): readonly TimelineStep[] {
  let expected = 1;
  return entries.map((entry) => {
    const { sequence } = entry;
    if (sequence === null) {
      expected += 1;
      return { entry, missingBefore: 0 };
    }
    const missingBefore = Math.max(0, sequence - expected);
    expected = Math.max(expected, sequence + 1);
    return { entry, missingBefore };
  });
}

/** What changed, field by field, with the hidden ones in their places. */
export function toRows({ diff, event, withheld }: TimelineEntry): readonly DiffRow[] {
  const steps = new Map((diff ?? []).map((step) => [step.field, step]));
  return (event?.data.changed ?? []).map((field) => {
    const step = steps.get(field);
    return withheld.includes(field) || !step
      ? { field, hidden: true }
      : { field, hidden: false, before: step.from, after: step.to };
  });
}

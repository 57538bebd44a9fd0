/** Codes and descriptions as the documentation lists them; 31 is missing from the newer request enum but accepted. */
const DESCRIPTIONS: ReadonlyMap<number, string> = new Map([
  [10, "Feeling better"],
  [20, "Condition worse"],
  [30, "Sick"],
  [31, "COVID-19 related"],
  [40, "Away"],
  [50, "Other"],
  [60, "Work"],
]);

export const CANCELLATION_REASONS: readonly number[] = [...DESCRIPTIONS.keys()];

/** An appointment that is not cancelled has the empty text here, not null: seen in real payloads. */
export function describeCancellation(reason: number | null): string {
  return reason === null ? "" : (DESCRIPTIONS.get(reason) ?? "");
}

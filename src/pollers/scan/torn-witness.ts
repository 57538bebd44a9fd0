import type { Page } from "../../cliniko/outcome.ts";
import type { ReadingPlan } from "../../cliniko/reading-plan.ts";

/**
 * Whether a list that is read by page numbers moved meanwhile: then a row may have slipped from a page that was to come to one
 * that had been read, and has not been shown though it is there. Where pages follow each other by id nothing can slip.
 */
export interface TornWitness {
  /** @param shown what the pages before have shown */
  note(page: Pick<Page, "rows" | "totalEntries">, shown: ReadonlySet<string>): void;
  areTorn(): boolean;
  /** The list is read from its beginning again. */
  begin(): void;
}

export function createTornWitness({ order, passes }: Pick<ReadingPlan, "order" | "passes">): TornWitness {
  let total: number | undefined;
  let isTorn = false;
  return {
    note({ rows, totalEntries }, shown) {
      if (order !== "page" || passes.length > 1) return;
      if (total !== undefined && totalEntries !== undefined && totalEntries !== total) isTorn = true;
      if (rows.some(({ id }) => shown.has(id))) isTorn = true;
      total = totalEntries;
    },
    areTorn: () => isTorn,
    begin() {
      total = undefined;
      isTorn = false;
    },
  };
}

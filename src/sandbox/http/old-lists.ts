import { answerPage, type Answer } from "./answers.ts";
import type { Call } from "./call.ts";
import { DELETED_LIST_COLUMNS } from "../storage/columns.ts";
import { columnValue } from "../storage/filters.ts";
import { answerList, type Listing } from "./listing.ts";
import type { BaseRow } from "../storage/rows.ts";
import type { Stored } from "../storage/table.ts";

/** The lists of the old documentation: a page that does not exist where they were switched off. */
export function answerOldList(call: Call, listing: Listing): Answer {
  const isGone = call.state.faults.strictnessOf(listing.plural).oldLists === "gone";
  return call.state.unknowns.oldVariantEndpoints && !isGone ? answerList(call, listing) : answerPage(404);
}

/** Archived records, whole, filtered by deleted_at or id only. */
export function toDeletedList(listing: Listing): Listing {
  return {
    ...listing,
    columns: DELETED_LIST_COLUMNS,
    hiddenBy: [],
    derive: (stored) => {
      const deleted_at = columnValue(stored.row, "archived_at");
      // The legacy name answers here whether or not the mirror is kept.
      return deleted_at === null ? undefined : { ...stored, row: withDeletion(stored.row, deleted_at) };
    },
  };
}

export function onlyArchived(stored: Stored<BaseRow>): Stored<BaseRow> | undefined {
  return columnValue(stored.row, "archived_at") === null ? undefined : stored;
}

export function onlyCancelled(stored: Stored<BaseRow>): Stored<BaseRow> | undefined {
  return columnValue(stored.row, "cancelled_at") === null ? undefined : stored;
}

function withDeletion(row: BaseRow, deleted_at: unknown): BaseRow & { readonly deleted_at: unknown } {
  return { ...row, deleted_at };
}

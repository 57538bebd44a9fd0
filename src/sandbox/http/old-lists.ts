import { columnValue } from "../storage/columns.ts";
import type { OldList } from "../tables/define-table.ts";
import type { WireFormat } from "../wire/format.ts";
import { answerPage, type Answer } from "./answers.ts";
import type { Call } from "./call.ts";
import { answerList, type Listing } from "./listing.ts";

export const OLD_LISTS: readonly OldList[] = ["deleted", "cancelled", "archived"];

/** The lists of the old documentation: a page that does not exist where they were switched off. */
export function answerOldList(call: Call, listing: Listing): Answer {
  const isGone = call.state.faults.strictnessOf(listing.plural).oldLists === "gone";
  return call.state.unknowns.oldVariantEndpoints && !isGone ? answerList(call, listing) : answerPage(404);
}

/** What the old list shows of the records of the main one. @param stubs prints only when, and a link that carries the id */
export function toOldList(listing: Listing, old: OldList, stubs: WireFormat | undefined): Listing {
  if (old === "cancelled") return { ...listing, hiddenBy: ["archived_at"], derive: onlyWith("cancelled_at") };
  if (old === "archived") return { ...listing, hiddenBy: [], derive: onlyWith("archived_at") };
  return {
    ...listing,
    // Whole records, filtered by these two and nothing else.
    columns: { deleted_at: "datetime", id: "numeric" },
    hiddenBy: [],
    derive: (stored) => {
      const deleted_at = columnValue(stored.row, "archived_at");
      // The legacy name answers here whether or not the mirror is kept.
      return deleted_at === null ? undefined : { ...stored, row: { ...stored.row, deleted_at } };
    },
    ...(stubs && {
      print: ({ row }) => {
        const deletedAt = columnValue(row, "deleted_at");
        return {
          deleted_at: typeof deletedAt === "number" ? stubs.time(deletedAt) : null,
          ...stubs.links.to(`/${listing.plural}/${row.id}`),
        };
      },
    }),
  };
}

function onlyWith(column: string): NonNullable<Listing["derive"]> {
  return (stored) => (columnValue(stored.row, column) === null ? undefined : stored);
}

import { moment, word } from "../storage/columns.ts";
import { defineTable, type ActContext, type Deed } from "./define-table.ts";

interface Supplier {
  readonly archived_at: number | null;
}

/** From whom products are bought. What is archived leaves the list, says nothing of it, and cannot be asked for. */
export const productSuppliers = defineTable({
  path: "product_suppliers",
  subject: "product_supplier",
  columns: { archived_at: { ...moment(), unprinted: true }, name: word("Sample Supplies") },
  filters: ["name"],
  hiddenBy: [],
  parts: { "": ({ archived_at }) => archived_at === null },
  answersUnlisted: "archivedSuppliersAnswer",
  api: { required: ["name"], writable: ["name"], archive: true, delete: "archives" },
  endings: {
    archive: (row: Supplier, { seconds, unknowns }: ActContext): Deed<Supplier> | undefined =>
      row.archived_at === null
        ? {
            writes: { archived_at: seconds },
            tells: unknowns.archivedSuppliersAnswer ? [] : ["deleted"],
          }
        : undefined,
  },
});

import { decimal, link, moment, text, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable, moved, type Deed } from "./define-table.ts";

interface Stocked {
  readonly stock_level: string | null;
}

/** What is not tracked is neither there nor sold out. */
function isThere(level: unknown): boolean | undefined {
  return level === null || level === undefined || level === "" ? undefined : Number(level) > 0;
}

function turnsFrom(was: boolean): (before: unknown, after: unknown) => boolean {
  return (before, after) => isThere(before) === was && isThere(after) === !was;
}

const [sellsOut, comesBack] = [turnsFrom(true), turnsFrom(false)];

/** A count on the shelf: what was sold or came in is a stock adjustment, which moves the level by itself. */
function count({ stock_level }: Stocked, level: string, fact: string): Deed<Stocked> | undefined {
  const isTold = { out_of_stock: sellsOut, back_in_stock: comesBack }[fact];
  if (stock_level === level || isTold?.(stock_level, level) === false) return undefined;
  return { writes: { stock_level: level }, tells: [fact] };
}

/** What the clinic sells. */
export const products = defineTable({
  path: "products",
  subject: "product",
  columns: {
    archived_at: moment(),
    name: word("Resistance band"),
    item_code: text(),
    serial_number: text(),
    price_including_tax: decimal("22.00"),
    price_ex_tax: decimal("20.00"),
    cost_price: decimal("9.50"),
    stock_level: decimal("12.0"),
    tax_id: link("taxes"),
    product_supplier_id: link("product_suppliers"),
    notes: text(),
  },
  extras: ({ id, product_supplier_id }, { links }) => ({
    product_supplier_name: product_supplier_id === null ? null : "Sample Supplies",
    ...(product_supplier_id !== null && { product_supplier_id }),
    stock_adjustments: links.toThose("stock_adjustments", "product_id", id),
  }),
  filters: ["archived_at", "name", "tax_id"],
  hiddenBy: ["archived_at"],
  api: {
    required: ["name"],
    // The level may be given to a new one, and is moved by adjustments from then on.
    writable: ["name", "item_code", "serial_number", "cost_price", "tax_id", "product_supplier_id", "notes"],
    archive: true,
    delete: "archives",
  },
  facts: {
    ...ARCHIVABLE.facts,
    out_of_stock: {
      explains: ["stock_level"],
      shows: (before, after) => before !== undefined && sellsOut(before["stock_level"], after["stock_level"]),
    },
    back_in_stock: {
      explains: ["stock_level"],
      shows: (before, after) =>
        before !== undefined && comesBack(before["stock_level"], after["stock_level"]),
    },
    stock_changed: {
      explains: ["stock_level"],
      shows: (before, after) => {
        if (before === undefined || before["stock_level"] === after["stock_level"]) return false;
        const levels = [before["stock_level"], after["stock_level"]] as const;
        return !sellsOut(...levels) && !comesBack(...levels);
      },
    },
    price_changed: moved("price_including_tax", "price_ex_tax"),
  },
  noise: ["product_supplier_name", "stock_adjustments"],
  acts: {
    countAgain: (row: Stocked) => count(row, "11.0", "stock_changed"),
    sellOut: (row: Stocked) => count(row, "0.0", "out_of_stock"),
    restock: (row: Stocked) => count(row, "24.0", "back_in_stock"),
    reprice: (row): Deed<{ price_including_tax: string; price_ex_tax: string }> | undefined =>
      row.price_ex_tax === "22.00"
        ? undefined
        : { writes: { price_including_tax: "24.20", price_ex_tax: "22.00" }, tells: ["price_changed"] },
    ...ARCHIVABLE.acts,
  },
});

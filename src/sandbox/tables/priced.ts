import { moved, type Deed } from "./define-table.ts";

interface Priced {
  readonly price: string | null;
}

/** What stands in a price list. */
export const PRICED = {
  facts: { price_changed: moved("price") },
  acts: {
    reprice: ({ price }: Priced): Deed<Priced> | undefined =>
      price === "96.00" ? undefined : { writes: { price: "96.00" }, tells: ["price_changed"] },
  },
} as const;

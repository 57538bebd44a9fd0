import { differs } from "./rule-kinds.ts";
import type { Rule, Served } from "./transition.ts";

/** What something costs in a price list. @param after what an example changes it to */
export function repricing(after: Served): Rule<"price_changed", "price"> {
  return differs(["price_changed", { title: "Price changed", when: "`price` is another amount" }], {
    columns: ["price"],
    example: () => ({ after }),
  });
}

import { defineResource } from "./define-resource.ts";
import { type FieldValue, decimal, instant, linkBesides, optionalLink, sensitive, text } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { differs } from "./rule-kinds.ts";
import { archiving, deletion } from "./rules.ts";
import { defineRule } from "./transition.ts";

const PATH = "products/1430115520884016219";

/** Of a decimal as it is kept. What is not tracked has no level. */
function isInStock(level: FieldValue): boolean {
  return typeof level === "string" && level !== "0" && !level.startsWith("-");
}

const stock = defineRule({
  tells: {
    out_of_stock: {
      title: "{it} out of stock",
      when: "`stock_level` was above 0 and is not any longer",
      notWhen: "its stock is not tracked any more: `stock_level` is null",
      example: () => ({ after: { stock_level: "0.0" } }),
    },
    back_in_stock: {
      title: "{it} back in stock",
      when: "`stock_level` was 0 or less and is above it",
      notWhen: "its stock was not tracked before: `stock_level` was null",
      example: () => ({ before: { stock_level: "0.0" }, after: { stock_level: "24.0" } }),
    },
    stock_changed: {
      title: "Stock of a product changed",
      when: "`stock_level` changed in any other way",
      example: () => ({ after: { stock_level: "11.0" } }),
    },
  },
  fields: ["stock_level"],
  detect(before, after) {
    const [was, is] = [before?.("stock_level") ?? null, after("stock_level")];
    if (before === undefined || was === is) return [];
    if (was === null || is === null || isInStock(was) === isInStock(is)) return ["stock_changed"];
    return [isInStock(is) ? "back_in_stock" : "out_of_stock"];
  },
});

export const products = defineResource({
  path: "products",
  subject: "product",
  group: "money",
  tier: "quarter",
  title: "Products",
  noun: "product",
  one: "Something the clinic sells",
  about:
    "What it costs, and how much of it is there. Why its stock moved, the [stock adjustment](stock_adjustment.md) says.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    name: text("What it is called."),
    item_code: text("The clinic's own code."),
    serial_number: text("Serial number, or what stands under its bars."),
    price_including_tax: decimal("What it costs, with tax."),
    price_ex_tax: decimal("What it costs, without tax."),
    cost_price: sensitive(decimal("What the clinic pays for it.")),
    stock_level: decimal("How much of it is there; null when that is not tracked. May be negative."),
    tax: optionalLink("taxes", "Its tax; left out when there is none."),
    product_supplier: optionalLink("product_suppliers", "Who supplies it; left out when nobody does."),
    notes: text("Notes on the product."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: {
    product_supplier_name: text("The older form of `product_supplier`."),
    product_supplier_id: text("The id of `product_supplier` once more."),
    stock_adjustments: linkBesides("Link to the movements of its stock."),
  },
  rules: [
    deletion,
    archiving,
    stock,
    differs(
      ["price_changed", { title: "Price of a product changed", when: "one of its two prices changed" }],
      {
        columns: ["price_including_tax", "price_ex_tax"],
        example: () => ({ after: { price_including_tax: "24.20", price_ex_tax: "22.00" } }),
      },
    ),
  ],
  events: {
    updated: { when: "its name, codes, cost, tax, supplier or note changed" },
  },
  sample: {
    id: "1430115520884016219",
    created_at: "2026-11-04T03:11:27Z",
    name: "Resistance band",
    item_code: "RB-2",
    serial_number: null,
    price_including_tax: "22.00",
    price_ex_tax: "20.00",
    cost_price: "9.50",
    stock_level: "12.0",
    notes: null,
    archived_at: null,
    product_supplier_name: null,
    tax: linkTo("taxes/1085025583890430077"),
    stock_adjustments: linkTo(`${PATH}/stock_adjustments`),
  },
  examples: { updated: { after: { name: "Resistance band, green" } } },
});

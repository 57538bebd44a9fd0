import { count, date, decimal, integer, link, moment, parent, text } from "../storage/columns.ts";
import type { WireRecord } from "../wire/record.ts";
import { ARCHIVABLE, defineTable, isSet, turnsOn, type ActContext, type Deed } from "./define-table.ts";

const STATUSES: ReadonlyMap<unknown, string> = new Map([
  [10, "Open"],
  [20, "Paid"],
  [30, "Closed"],
  [40, "Open credit"],
]);
const METHODS: ReadonlyMap<unknown, string> = new Map([
  [1, "Legacy"],
  [2, "Tax exclusive"],
  [3, "Tax inclusive"],
]);
const OPEN = 10;
const PAID = 20;
const CLOSED = 30;
const CREDIT = 40;

interface Bill {
  readonly status: number | null;
  readonly closed_at: number | null;
  readonly total_amount: string | null;
}

const isSettled = ({ status }: { readonly status?: unknown }): boolean =>
  status === PAID || status === CLOSED;
const has = (status: number) => (record: WireRecord) => record["status"] === status;
const SETTLING = ["status", "status_description", "closed_at"];

/** From a state of which it can come into that one, with what is told of it. */
function settle(row: Bill, status: number, from: readonly number[], at: ActContext): Deed<Bill> | undefined {
  const before = row.status ?? OPEN;
  if (!from.includes(before)) return undefined;
  const told = [
    new Map([
      [PAID, "paid"],
      [CLOSED, "closed"],
      [CREDIT, "credited"],
    ]).get(status),
    isSettled(row) && !isSettled({ status }) ? "reopened" : undefined,
  ];
  return {
    writes: { status, closed_at: isSettled({ status }) ? at.seconds : null },
    tells: told.filter((fact) => fact !== undefined),
    moves: "paymentMovesInvoice",
  };
}

/** Who pays what. Nothing of it is written through the API. */
export const invoices = defineTable({
  path: "invoices",
  subject: "invoice",
  columns: {
    ...ARCHIVABLE.columns,
    status: integer(OPEN, { values: [OPEN, PAID, CLOSED, CREDIT] }),
    closed_at: moment(),
    issue_date: date("2026-11-02"),
    number: count(1),
    total_amount: decimal("88.00"),
    net_amount: decimal("80.00"),
    tax_amount: decimal("8.00"),
    discounted_amount: decimal(),
    calculation_method: integer(3, { values: [1, 2, 3] }),
    invoice_to: text(),
    patient_extra_information: text(),
    notes: text(),
    patient_id: parent("patients"),
    practitioner_id: parent("practitioners"),
    business_id: parent("businesses"),
    // By the older name of the list.
    appointment_id: link("appointments"),
    attendee_id: link("attendees"),
    original_invoice_id: link("invoices"),
  },
  extras: (row, { self, links }) => ({
    status_description: STATUSES.get(row.status) ?? null,
    calculation_method_description: METHODS.get(row.calculation_method) ?? null,
    online_payment_url: `https://pay.example.com/${row.id}`,
    invoice_items: links.to(`${self}/invoice_items`),
    reversed_invoices: links.toThose("invoices", "invoice_id", row.id),
  }),
  filters: [
    "appointment_id",
    "archived_at",
    "attendee_id",
    "business_id",
    "closed_at",
    "deleted_at",
    "issue_date",
    "number",
    "original_invoice_id",
    "patient_id",
    "practitioner_id",
    "status",
  ],
  doubted: { deleted_at: "deletedAtFilterable" },
  hiddenBy: ["archived_at"],
  oldLists: { deleted: "whole" },
  facts: {
    ...ARCHIVABLE.facts,
    paid: turnsOn(has(PAID), SETTLING),
    closed: turnsOn(has(CLOSED), SETTLING),
    credited: turnsOn(has(CREDIT), SETTLING),
    reopened: {
      explains: SETTLING,
      shows: (before, after) =>
        before !== undefined && isSettled(before) && (has(OPEN)(after) || has(CREDIT)(after)),
    },
    total_changed: {
      explains: ["total_amount", "net_amount", "tax_amount", "discounted_amount"],
      shows: (before, after) =>
        before !== undefined &&
        before["total_amount"] !== after["total_amount"] &&
        before["status"] === after["status"],
    },
    /** It is one, and says so when it appears. */
    credit_note: {
      explains: [],
      aside: true,
      shows: (before, after) => before === undefined && isSet(after["original_invoice"]),
    },
  },
  noise: [
    "status_description",
    "calculation_method_description",
    "online_payment_url",
    "invoice_items",
    "reversed_invoices",
  ],
  personal: ["invoice_to", "patient_extra_information", "notes"],
  acts: {
    reprice: (row: Bill): Deed<Bill & { net_amount: string; tax_amount: string }> | undefined =>
      row.total_amount === "110.00"
        ? undefined
        : {
            writes: { total_amount: "110.00", net_amount: "100.00", tax_amount: "10.00" },
            tells: ["total_changed"],
          },
    pay: (row: Bill, at) => settle(row, PAID, [OPEN], at),
    reopen: (row: Bill, at) => settle(row, OPEN, [PAID, CLOSED], at),
    close: (row: Bill, at) => settle(row, CLOSED, [OPEN], at),
    credit: (row: Bill, at) => settle(row, CREDIT, [OPEN, CLOSED], at),
    ...ARCHIVABLE.acts,
  },
});

import { defineResource } from "./define-resource.ts";
import {
  date,
  decimal,
  instant,
  integer,
  linkBesides,
  optionalLink,
  patientLink,
  personal,
  sensitive,
  text,
  usualLink,
} from "./field.ts";
import { linkTo } from "./link-to.ts";
import { becomes, differs } from "./rule-kinds.ts";
import { archiving, deletion } from "./rules.ts";
import { defineRule } from "./transition.ts";

const PATH = "invoices/1804400517702387124";

/** A credit note is an invoice of its own, for what another one said. */
const creditNote = defineRule({
  tells: {},
  remarks: ["credit_note"],
  fields: ["original_invoice"],
  detect: (before, after) =>
    before === undefined && after("original_invoice") !== null ? ["credit_note"] : [],
});

export const invoices = defineResource({
  path: "invoices",
  subject: "invoice",
  group: "money",
  tier: "minute",
  title: "Invoices",
  noun: "invoice",
  one: "An invoice",
  about:
    "What somebody is to pay, and whether it is settled. There is no payment, no balance and no due date in it: that a part was paid cannot be seen.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: true,
  variants: { archived_at: "deleted" },
  // Whether a payment moves `updated_at` is not known.
  rereads: (yesterday) => [["status:=10"], ["status:=40"], [`closed_at:>=${yesterday}`]],
  version: 1,
  watched: {
    status: integer("10 open, 20 paid, 30 closed, 40 open credit."),
    closed_at: instant("When it was settled; null while it is open."),
    issue_date: date("The day that stands on it."),
    number: integer("Its number, never used twice."),
    total_amount: sensitive(decimal("With tax. Of a credit note it is negative.")),
    net_amount: sensitive(decimal("Without tax.")),
    tax_amount: sensitive(decimal("The tax alone.")),
    discounted_amount: sensitive(decimal("What was taken off.")),
    calculation_method: integer("1 legacy, 2 tax exclusive, 3 tax inclusive."),
    invoice_to: personal(text("To whom it is addressed.")),
    patient_extra_information: personal(text("What stands beside the patient's name.")),
    notes: personal(text("The note on it.")),
    patient: patientLink("Whom it is for."),
    practitioner: usualLink("practitioners", "Whose work it is."),
    business: usualLink("businesses", "Where it was made."),
    appointment: optionalLink("individual_appointments", "The visit; left out when there is none."),
    attendee: optionalLink("attendees", "The attendee of that visit; left out when there is none."),
    original_invoice: optionalLink(
      "invoices",
      "The invoice that this one credits; left out when it is no credit note.",
    ),
    archived_at: instant("When it was archived, its payments with it; null otherwise."),
    deleted_at: instant("The older name for removal: may repeat `archived_at`."),
  },
  noise: {
    status_description: text("`status` in words."),
    calculation_method_description: text("`calculation_method` in words."),
    invoice_items: linkBesides("Link to its lines."),
    reversed_invoices: linkBesides("Link to its credit notes, whether or not there are any."),
    signature: linkBesides("Link to a signature that cannot be read."),
  },
  secret: ["online_payment_url"],
  rules: [
    deletion,
    archiving,
    becomes(
      "status",
      {
        paid: { to: [20], title: "{it} paid", when: "`status` became 20: nothing is left to pay" },
        closed: {
          to: [30],
          title: "{it} closed",
          when: "`status` became 30: settled without being paid, such as written off",
        },
        credited: {
          to: [40],
          title: "{it} leaves a credit",
          when: "`status` became 40: the patient has a credit",
        },
        reopened: {
          from: [20, 30],
          to: [10, 40],
          title: "{it} open again",
          when: "`status` was 20 or 30 and became 10 or 40",
        },
      },
      { also: ["closed_at"] },
    ),
    differs(
      [
        "total_changed",
        {
          title: "Total of an invoice changed",
          when: "`total_amount` changed",
          notWhen: "`status` changed with it",
        },
      ],
      {
        columns: ["total_amount"],
        also: ["net_amount", "tax_amount", "discounted_amount"],
        unless: "status",
        example: () => ({ after: { total_amount: "110.00", net_amount: "100.00", tax_amount: "10.00" } }),
      },
    ),
    creditNote,
  ],
  events: {
    created: {
      title: "Invoice made",
      when: "there is a new invoice; a credit note has `credit_note` among its transitions",
    },
    archived: { notWhen: "it was credited: that is an invoice of its own" },
  },
  sample: {
    id: "1804400517702387124",
    created_at: "2026-11-02T02:15:10Z",
    status: 10,
    status_description: "Open",
    closed_at: null,
    issue_date: "2026-11-02",
    number: 1042,
    total_amount: "88.00",
    net_amount: "80.00",
    tax_amount: "8.00",
    discounted_amount: null,
    calculation_method: 3,
    calculation_method_description: "Tax inclusive",
    invoice_to: null,
    patient_extra_information: null,
    notes: null,
    archived_at: null,
    deleted_at: null,
    patient: linkTo("patients/1941105738252288618"),
    practitioner: linkTo("practitioners/1085029878857728082"),
    business: linkTo("businesses/1085025583890432411"),
    appointment: linkTo("appointments/2087551254921216239"),
    invoice_items: linkTo(`${PATH}/invoice_items`),
    reversed_invoices: linkTo(`${PATH}/reversed_invoices`),
  },
  examples: { updated: { after: { issue_date: "2026-11-03" } } },
});

import { date, decimal, flag, ids, integer, link, moment, parent, text, word } from "../storage/columns.ts";
import type { WireRecord } from "../wire/record.ts";
import { ARCHIVABLE, defineTable, isSet, turning, type ActContext, type Deed } from "./define-table.ts";

interface Case {
  readonly closed_at: number | null;
  readonly max_sessions: number | null;
}

function isGreater(before: unknown, after: unknown): boolean {
  if (typeof before === "string" && typeof after === "string") return after > before;
  return typeof before === "number" && typeof after === "number" && after > before;
}

/** By the newer field where it is served. */
function isClosed(record: WireRecord): boolean {
  return "closed_at" in record ? isSet(record["closed_at"]) : record["closed"] === true;
}

/** What a patient is treated for. */
export const patientCases = defineTable({
  path: "patient_cases",
  subject: "patient_case",
  columns: {
    archived_at: ARCHIVABLE.columns.archived_at,
    patient_id: parent("patients"),
    contact_id: link("contacts"),
    name: word("Left knee"),
    notes: text(),
    issue_date: date(),
    expiry_date: date("2027-02-28"),
    max_sessions: integer(5),
    max_invoiceable_amount: decimal(),
    referral: flag(false),
    referral_type: text(null, { values: ["dva", "medicare"] }),
    include_cancelled_attendees: flag(false),
    include_dna_attendees: flag(true),
    closed_at: moment({ printedIf: "closedAtServed" }),
    /** Moves with every visit. */
    attendee_ids: ids(),
  },
  extras: ({ closed_at }, { self, links }) => ({
    // What there was before closed_at, and stands beside it.
    closed: closed_at !== null,
    attendees: links.to(`${self}/attendees`),
    bookings: links.to(`${self}/bookings`),
    invoices: links.to(`${self}/invoices`),
    patient_attachments: links.to(`${self}/patient_attachments`),
  }),
  filters: ["archived_at", "closed_at", "expiry_date", "issue_date", "name", "patient_id", "referral_type"],
  hiddenBy: ["archived_at"],
  // By what rule a case is active is not documented: [U].
  parts: { "": () => true, active: (row) => row.closed_at === null },
  api: {
    required: ["name", "patient_id"],
    writable: [
      "name",
      "patient_id",
      "contact_id",
      "notes",
      "issue_date",
      "expiry_date",
      "max_sessions",
      "max_invoiceable_amount",
      "referral",
      "referral_type",
      "include_cancelled_attendees",
      "include_dna_attendees",
    ],
    archive: true,
  },
  facts: {
    ...ARCHIVABLE.facts,
    ...turning(["closed", "reopened"], isClosed, ["closed_at"]),
    extended: {
      explains: ["expiry_date", "max_sessions"],
      shows: (before, after) =>
        before !== undefined &&
        (isGreater(before["expiry_date"], after["expiry_date"]) ||
          isGreater(before["max_sessions"], after["max_sessions"])),
    },
  },
  noise: ["closed", "attendee_ids", "attendees", "bookings", "invoices", "patient_attachments"],
  personal: ["name", "notes"],
  acts: {
    extend: (row: Case): Deed<{ expiry_date: string; max_sessions: number }> | undefined =>
      (row.max_sessions ?? 0) >= 10
        ? undefined
        : { writes: { expiry_date: "2027-08-31", max_sessions: 10 }, tells: ["extended"] },
    close: (row: Case, { seconds }: ActContext): Deed<Case> | undefined =>
      row.closed_at === null ? { writes: { closed_at: seconds }, tells: ["closed"] } : undefined,
    reopen: (row: Case): Deed<Case> | undefined =>
      row.closed_at === null ? undefined : { writes: { closed_at: null }, tells: ["reopened"] },
    ...ARCHIVABLE.acts,
  },
});

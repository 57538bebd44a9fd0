import { flag, integer, link, moment, text } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable, type FactRule } from "./define-table.ts";

const SENT = 1;
const RECEIVED = 2;
const MEMO = 12;

const DIRECTIONS = new Map([
  [SENT, "Sent"],
  [RECEIVED, "Received"],
]);
const TYPES = new Map([
  [1, "SMS"],
  [2, "Email"],
  [3, "Phone call"],
  [4, "Other"],
]);
/** From 1 on. */
const CATEGORIES = [
  "Appointment Reminder",
  "Patient Reply Forwarded",
  "Invoice",
  "Appointment Confirmation",
  "Letter",
  "Practitioner Appointment Notification",
  "SMS Message",
  "Reply from Patient",
  "Account Statement",
  "Cancelled appointment notification",
  "Auth Code",
  "Memo",
  "Reply from Practitioner",
  "Payment Receipt",
  "Bulk Email",
  "Appointment Cancellation",
  "Patient Form",
  "Upcoming appointments",
  "Completed Patient Form",
  "Online payment request",
  "New user",
  "Referred user signed up",
  "Referring user bonus notification",
  "Referred user bonus notification",
  "Password changed",
  "Data export complete notification",
  "SMS credit purchase reminder",
  "SMS credit purchase failed",
  "SMS credit purchase requires confirmation",
  "SMS credit purchase receipt",
  "Xero sync error notification",
  "Xero OAuth error",
  "Mailchimp integration disconnected",
  "Card automatically updated notification",
  "Card expiring notification",
  "Upcoming yearly payment alert",
  "Trial payment failure",
  "Subscription payment failure",
  "Trial ending reminder",
  "Stripe receipt",
  "Today's appointments for practitioner",
  "User email confirmation instructions",
  "User email changed",
  "Unlock instructions",
  "Reset password instructions",
  "Account ownership information updated",
  "Email OTP code",
  "Appointment Follow Up Message",
  "Subscription initiation alert",
  "Patient form renewal",
] as const;

/** What a new one is, in place of its being made. A memo is written down and goes nowhere. */
function went(direction: number): FactRule {
  return {
    explains: [],
    leads: true,
    shows: (before, after) =>
      before === undefined && after["direction_code"] === direction && after["category_code"] !== MEMO,
  };
}

/** What was sent and received, and memos of what was said. Only memos are written through the API, and only they are archived. */
export const communications = defineTable({
  path: "communications",
  subject: "communication",
  columns: {
    archived_at: moment(),
    direction_code: integer(null, { values: [...DIRECTIONS.keys()] }),
    category_code: integer(MEMO, { values: CATEGORIES.map((_, index) => index + 1) }),
    type_code: integer(3, { values: [...TYPES.keys()] }),
    confidential: flag(false),
    from: text(),
    to: text(),
    content: text("Rang about the exercises"),
    content_subject: text(),
    patient_id: link("patients"),
    attendee_id: link("attendees"),
    booking_id: link("bookings"),
    invoice_id: link("invoices"),
    // No list has them.
    letter_id: link("letters"),
    payment_id: link("payments"),
  },
  extras: ({ category_code, direction_code, type_code }) => ({
    category: CATEGORIES[(category_code ?? 0) - 1] ?? null,
    type: TYPES.get(type_code ?? 0) ?? null,
    direction_description: DIRECTIONS.get(direction_code ?? 0) ?? null,
  }),
  filters: ["archived_at", "category_code", "letter_id", "patient_id", "type_code"],
  hiddenBy: ["archived_at"],
  api: {
    required: ["patient_id"],
    writable: [
      "category_code",
      "confidential",
      "content",
      "direction_code",
      "from",
      "patient_id",
      "to",
      "type_code",
    ],
    archive: true,
    check: ({ category_code }): Record<string, string> =>
      (category_code ?? MEMO) === MEMO ? {} : { base: "is not a memo" },
    refuses: ({ category_code }): Record<string, string> =>
      category_code === MEMO ? {} : { base: "is not a memo" },
  },
  facts: { ...ARCHIVABLE.facts, sent: went(SENT), received: went(RECEIVED) },
  noise: ["category", "type", "direction_description", "letter_id", "payment_id"],
  personal: ["content", "content_subject", "from", "to"],
  acts: ARCHIVABLE.acts,
});

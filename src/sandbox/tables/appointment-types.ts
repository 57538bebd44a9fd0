import { count, decimal, flag, ids, integer, link, moment, text, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable, moved } from "./define-table.ts";
import { ONLINE } from "./staff.ts";

/** A kind of visit. Templates are named by ids that lead nowhere. */
export const appointmentTypes = defineTable({
  path: "appointment_types",
  subject: "appointment_type",
  columns: {
    archived_at: moment(),
    name: word("Standard consultation"),
    description: text(""),
    category: text(),
    color: word("#3d8b7a"),
    duration_in_minutes: count(30),
    max_attendees: count(1),
    show_in_online_bookings: flag(true),
    telehealth_enabled: flag(false),
    online_payments_enabled: flag(false),
    add_deposit_to_account_credit: flag(),
    online_payments_mode: text(null, { values: ["deposit_required", "optional", "required"] }),
    deposit_price: decimal(),
    online_bookings_lead_time_hours: integer(null, { values: [0, 1, 2, 4, 12, 18, 24, 48, 72, 168] }),
    appointment_confirmation_template_ids: ids(),
    appointment_reminder_template_ids: ids(),
    appointment_follow_up_template_ids: ids(),
    treatment_note_template_id: link("treatment_note_templates"),
  },
  extras: (_row, { self, links }) => ({
    practitioners: links.to(`${self}/practitioners`),
    appointment_type_billable_items: links.to(`${self}/appointment_type_billable_items`),
    appointment_type_products: links.to(`${self}/appointment_type_products`),
  }),
  filters: [
    "appointment_confirmation_template_ids",
    "appointment_follow_up_template_ids",
    "appointment_reminder_template_ids",
    "archived_at",
    "category",
    "online_payments_mode",
    "show_in_online_bookings",
  ],
  hiddenBy: ["archived_at"],
  oldLists: { archived: "whole" },
  api: {
    required: ["name", "duration_in_minutes"],
    writable: [
      "name",
      "description",
      "category",
      "color",
      "duration_in_minutes",
      "max_attendees",
      "show_in_online_bookings",
      "telehealth_enabled",
      "deposit_price",
      "treatment_note_template_id",
    ],
    archive: true,
    delete: "archives",
  },
  facts: {
    ...ARCHIVABLE.facts,
    ...ONLINE.facts,
    duration_changed: { ...moved("duration_in_minutes"), aside: true },
  },
  noise: ["practitioners", "appointment_type_billable_items", "appointment_type_products"],
  acts: { ...ONLINE.acts, ...ARCHIVABLE.acts },
});

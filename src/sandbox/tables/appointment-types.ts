import { count, flag, ids, moment, text, word } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

export const appointmentTypes = defineTable({
  path: "appointment_types",
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
    online_payments_mode: text(null, { values: ["deposit_required", "optional", "required"] }),
    appointment_confirmation_template_ids: ids(),
    appointment_reminder_template_ids: ids(),
  },
  extras: (_row, { self, links }) => ({ practitioners: links.to(`${self}/practitioners`) }),
  filters: [
    "appointment_confirmation_template_ids",
    "appointment_reminder_template_ids",
    "archived_at",
    "category",
    "online_payments_mode",
    "show_in_online_bookings",
  ],
  hiddenBy: ["archived_at"],
});

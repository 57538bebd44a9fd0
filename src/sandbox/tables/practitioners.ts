import { flag, link, parent, text, word } from "../storage/columns.ts";
import { ACTIVITY, ONLINE } from "./staff.ts";
import { defineTable } from "./define-table.ts";

/** Those who left are in a list of their own, and in no other. */
export const practitioners = defineTable({
  path: "practitioners",
  subject: "practitioner",
  columns: {
    active: flag(true),
    /** A record that does not say whether it is active: then only its list does. */
    says_active: { ...flag(true), unprinted: true },
    first_name: word("Sam"),
    last_name: word("Sample"),
    title: text(),
    designation: text(),
    description: text(),
    show_in_online_bookings: flag(true),
    default_appointment_type_id: link("appointment_types"),
    user_id: parent("users"),
  },
  extras: (row, { self, links }) => ({
    ...(row.says_active !== true && { active: null }),
    display_name: `${row.first_name} ${row.last_name}`,
    label: `${row.first_name} ${row.last_name}`,
    appointments: links.to(`${self}/appointments`),
    appointment_types: links.to(`${self}/appointment_types`),
    invoices: links.to(`${self}/invoices`),
    practitioner_reference_numbers: links.to(`${self}/practitioner_reference_numbers`),
  }),
  filters: ["active", "show_in_online_bookings", "user_id"],
  hiddenBy: [],
  parts: { "": (row) => row.active === true, inactive: (row) => row.active !== true },
  facts: { ...ACTIVITY.facts, ...ONLINE.facts },
  noise: ["label", "appointments", "appointment_types", "invoices", "practitioner_reference_numbers"],
  acts: { ...ACTIVITY.acts, ...ONLINE.acts },
});

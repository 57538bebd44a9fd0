import { flag, parent, text, word } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

/** Those who left are in a list of their own, and in no other. */
export const practitioners = defineTable({
  path: "practitioners",
  columns: {
    active: flag(true),
    first_name: word("Sam"),
    last_name: word("Sample"),
    title: text(),
    designation: text(),
    description: text(),
    show_in_online_bookings: flag(true),
    user_id: parent("users"),
  },
  extras: (row, { self, links }) => ({
    display_name: `${row.first_name} ${row.last_name}`,
    label: `${row.first_name} ${row.last_name}`,
    appointments: links.to(`${self}/appointments`),
    appointment_types: links.to(`${self}/appointment_types`),
    invoices: links.to(`${self}/invoices`),
    practitioner_reference_numbers: links.to(`${self}/practitioner_reference_numbers`),
  }),
  filters: ["user_id"],
  hiddenBy: [],
  parts: { "": (row) => row.active === true, inactive: (row) => row.active !== true },
});

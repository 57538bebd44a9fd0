import { flag, moment, text, word } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

export const businesses = defineTable({
  path: "businesses",
  columns: {
    archived_at: moment(),
    business_name: word(""),
    business_registration_name: text(""),
    business_registration_value: text(""),
    address_1: text("1 Example Street"),
    address_2: text(""),
    city: text("Northside"),
    state: text("QLD"),
    post_code: text("4000"),
    country: text("Australia"),
    country_code: text("AU"),
    contact_information: text(""),
    email_reply_to: text(""),
    show_in_online_bookings: flag(true),
    website_address: text(""),
    time_zone: word("Australia/Brisbane"),
  },
  extras: (row, { self, links }) => ({
    display_name: row.business_name,
    appointments: links.to(`${self}/appointments`),
    practitioners: links.to(`${self}/practitioners`),
  }),
  filters: [],
  hiddenBy: [],
});

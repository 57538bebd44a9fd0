import { defineResource } from "./define-resource.ts";
import { boolean, decimal, ids, instant, integer, json, linkBesides, optionalLink, text } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { remarks } from "./rule-kinds.ts";
import { archiving, deletion, onlineBooking } from "./rules.ts";

const PATH = "appointment_types/1085025583890441101";

export const appointmentTypes = defineResource({
  path: "appointment_types",
  subject: "appointment_type",
  group: "setup",
  tier: "quarter",
  title: "Appointment types",
  noun: "appointment type",
  one: "A kind of visit",
  about:
    "What can be booked, for how long, and whether online. What a visit puts on its invoice, its [billable items](appointment_type_billable_item.md) and [products](appointment_type_product.md) say.",
  reading: "whole",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: { archived_at: "archived" },
  followedBy: ["available_times", "appointment_type_billable_items", "appointment_type_products", "services"],
  version: 1,
  watched: {
    name: text("What it is called."),
    description: text("What patients who book online are told."),
    category: text("Under which heading it stands."),
    color: text("In the calendar, `#3d8b7a`."),
    duration_in_minutes: integer("How long a visit is at first."),
    max_attendees: integer("1, or how many a class takes."),
    show_in_online_bookings: boolean("Whether patients who book online find it."),
    telehealth_enabled: boolean("Whether it is by video."),
    online_payments_enabled: boolean("Whether it is paid for in booking online."),
    add_deposit_to_account_credit: boolean("Whether a deposit becomes the patient's credit."),
    online_payments_mode: text("deposit_required, optional, required, or null."),
    deposit_price: decimal("The deposit."),
    online_bookings_lead_time_hours: integer(
      "How long before it is booked at the latest: 0, 1, 2, 4, 12, 18, 24, 48, 72, 168, 336, 504 or 672; null for the clinic's.",
    ),
    appointment_confirmation_template_ids: ids("What a booking is confirmed with."),
    appointment_reminder_template_ids: ids("What patients are reminded with."),
    appointment_follow_up_template_ids: ids("What patients are sent afterwards."),
    treatment_note_template: optionalLink("treatment_note_templates", "What its notes begin as."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: {
    appointment_type_billable_items: linkBesides("Link to its billable items."),
    appointment_type_products: linkBesides("Link to its products."),
    practitioners: linkBesides("Link to who offers it."),
    billable_item: json("An older form of `appointment_type_billable_items`."),
    product: json("An older form of `appointment_type_products`."),
  },
  rules: [deletion, archiving, onlineBooking, remarks([["duration_in_minutes", "duration_changed"]])],
  events: {
    updated: {
      when: "its name, length, places, deposit, templates or place in online bookings changed",
      notWhen: "who offers it, or what it costs, changed",
    },
  },
  sample: {
    id: "1085025583890441101",
    created_at: "2026-10-01T00:05:02Z",
    name: "Standard consultation",
    description: "",
    category: "Consultation",
    color: "#3d8b7a",
    duration_in_minutes: 30,
    max_attendees: 1,
    show_in_online_bookings: true,
    telehealth_enabled: false,
    online_payments_enabled: false,
    add_deposit_to_account_credit: null,
    online_payments_mode: null,
    deposit_price: null,
    online_bookings_lead_time_hours: null,
    appointment_confirmation_template_ids: [],
    appointment_reminder_template_ids: ["1085025583890441880"],
    appointment_follow_up_template_ids: null,
    archived_at: null,
    practitioners: linkTo(`${PATH}/practitioners`),
    appointment_type_billable_items: linkTo(`${PATH}/appointment_type_billable_items`),
    appointment_type_products: linkTo(`${PATH}/appointment_type_products`),
  },
  examples: { updated: { after: { duration_in_minutes: 45 } } },
});

import { defineResource } from "./define-resource.ts";
import { boolean, linkBesides, optionalLink, text } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { activity } from "./rules-of-staff.ts";
import { deletion, onlineBooking } from "./rules.ts";

const PATH = "practitioners/1085029878857728082";

export const practitioners = defineResource({
  path: "practitioners",
  subject: "practitioner",
  group: "people",
  tier: "quarter",
  title: "Practitioners",
  noun: "practitioner",
  one: "Somebody who sees patients",
  about:
    "Also those who do not practise any longer: they are in a list of their own, and where a record leaves `active` unset its list decides. Their future appointments stay. Which types of appointment somebody offers is not said here.",
  reading: "whole",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  parts: { "": { active: true }, inactive: { active: false } },
  followedBy: ["available_times", "services"],
  version: 1,
  watched: {
    active: boolean(
      "Whether they practise. Where Cliniko leaves it unset: whether they are in the list of those who do.",
    ),
    show_in_online_bookings: boolean("Whether patients who book online find them."),
    first_name: text("Given name."),
    last_name: text("Family name."),
    display_name: text("The name that patients see."),
    title: text("Mr, Dr, …"),
    designation: text("What they are: physiotherapist."),
    description: text("What patients read of them."),
    default_appointment_type: optionalLink("appointment_types", "What is booked with them as a rule."),
    user: optionalLink("users", "As whom they sign in."),
  },
  noise: {
    label: text("The name once more."),
    appointments: linkBesides("Link to their appointments."),
    appointment_types: linkBesides("Link to what can be booked with them."),
    invoices: linkBesides("Link to their invoices."),
    practitioner_reference_numbers: linkBesides("Link to their provider numbers."),
  },
  rules: [deletion, activity("active"), onlineBooking],
  events: {
    deactivated: { when: "`active` became false: they are in the list of those who left" },
    updated: { when: "a name, title, text, default type or their place in online bookings changed" },
  },
  sample: {
    id: "1085029878857728082",
    created_at: "2026-10-01T00:12:30Z",
    active: true,
    show_in_online_bookings: true,
    first_name: "Alex",
    last_name: "Okafor",
    display_name: "Alex Okafor",
    label: "Alex Okafor",
    title: "Dr",
    designation: "Physiotherapist",
    description: null,
    user: linkTo("users/1085025583890432001"),
    appointments: linkTo(`${PATH}/appointments`),
    appointment_types: linkTo(`${PATH}/appointment_types`),
    invoices: linkTo(`${PATH}/invoices`),
    practitioner_reference_numbers: linkTo(`${PATH}/practitioner_reference_numbers`),
  },
  examples: { updated: { after: { show_in_online_bookings: false } } },
});

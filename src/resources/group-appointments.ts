import { defineResource } from "./define-resource.ts";
import {
  ids,
  instant,
  integer,
  linkBesides,
  link,
  optionalLink,
  repeatRule,
  sensitive,
  text,
  time,
} from "./field.ts";
import { linkTo } from "./link-to.ts";
import { archiving, deletion, identity, timing } from "./rules.ts";

const PATH = "group_appointments/2074376174305280118";

export const groupAppointments = defineResource({
  path: "group_appointments",
  subject: "group_appointment",
  group: "visits",
  byDefault: true,
  tier: "live",
  title: "Group appointments",
  noun: "class",
  one: "A class",
  about:
    "The time and place of a class are the group appointment's; who takes part, cancels or stays away is the [attendee](attendee.md)'s.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: true,
  variants: { archived_at: "deleted" },
  takesPlaceAt: "starts_at",
  followedBy: ["available_times"],
  version: 1,
  watched: {
    starts_at: time("When it begins."),
    ends_at: time("When it ends."),
    appointment_type: link("appointment_types", "What kind of class it is."),
    business: link("businesses", "Where it takes place."),
    practitioner: link("practitioners", "With whom."),
    repeated_from: optionalLink(
      "group_appointments",
      "The first of its series; left out when it is in none.",
    ),
    repeat_rule: repeatRule,
    max_attendees: integer("How many places there are."),
    archived_at: instant("When it was removed from the calendar; null while it is there."),
    deleted_at: instant("The older name for removal: may repeat `archived_at`."),
    notes: sensitive(text("The note on the class.")),
  },
  noise: {
    attendees: linkBesides("Link to its attendees."),
    conflicts: linkBesides("Link to what else is booked at that time."),
    repeats: linkBesides("Link to the rest of its series, or null."),
    patient_ids: ids("Who takes part. Each is reported as an attendee."),
    telehealth_url: sensitive(text("Of its video room.")),
  },
  rules: [deletion, archiving, timing, identity],
  events: {
    created: { title: "Class planned" },
    updated: {
      when: "note, type, practitioner, business, size or repeat rule changed",
      notWhen: "somebody joined or left (`attendee.added`, `attendee.archived`)",
    },
    archived: { title: "Class removed from the calendar", when: "it was removed from the calendar" },
  },
  /** On a Thursday, 18:00 in Sydney. */
  sample: {
    id: "2074376174305280118",
    created_at: "2026-11-02T02:15:10Z",
    starts_at: "2026-11-26T07:00:00Z",
    ends_at: "2026-11-26T08:00:00Z",
    archived_at: null,
    deleted_at: null,
    max_attendees: 8,
    notes: "Bring mats",
    patient_ids: ["1644476514697216204", "1941105738252288618"],
    telehealth_url: "https://video.example.com/room/0c4m2x",
    repeat_rule: { repeat_type: "Weekly", repeating_interval: 1, number_of_repeats: 6 },
    repeats: linkTo(`${PATH}/repeats`),
    appointment_type: linkTo("appointment_types/1338801720918016012"),
    business: linkTo("businesses/1085025583890432411"),
    practitioner: linkTo("practitioners/1085029878857728082"),
    attendees: linkTo(`${PATH}/attendees`),
    conflicts: linkTo(`${PATH}/conflicts`),
  },
  examples: {
    created: { after: { patient_ids: [] } },
    updated: { at: "2026-11-17T03:44:51Z", after: { max_attendees: 10 } },
    rescheduled: {
      at: "2026-11-18T06:02:13Z",
      after: { starts_at: "2026-11-26T07:30:00Z", ends_at: "2026-11-26T08:30:00Z" },
    },
  },
});

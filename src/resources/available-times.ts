import { z } from "zod";

import { defineResource } from "./define-resource.ts";
import { instant, link, openStructure } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { differs } from "./rule-kinds.ts";
import { defineRule } from "./transition.ts";

const times = (description: string) =>
  openStructure(description, () => z.array(z.string().meta({ format: "date-time" })));

const unpublishing = defineRule({
  tells: {
    unpublished: {
      title: "{it} no longer offered",
      when: "Cliniko has answered 404 for them twice, a minute apart: the place, the practitioner or the type is not offered online any longer",
      notWhen: "all of them are booked",
      example: () => ({ how: "gone" }),
    },
  },
  fields: [],
  detect: () => [],
});

export const availableTimes = defineResource({
  path: "available_times",
  subject: "availability",
  group: "setup",
  tier: "quarter",
  title: "Available times",
  noun: "available times",
  one: "The times at which one type of appointment can be booked online with one practitioner in one place",
  about:
    "Read only for those that the configuration names under `available_times`: each takes a request for seven days. `subject.id` is the business's id, the practitioner's and the appointment type's, with `:` between them; `timestamp` is when it was read. What is told is that the offer changed: never that time went by, nor what somebody holds while they book. So a change is told when it has lasted for as long as a time is held (`online_bookings.booking_reservation_minutes` of the settings).",
  reading: "perParent",
  identifiedBy: ["business", "practitioner", "appointment_type"],
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  createdAs: "published",
  deletedAs: "unpublished",
  version: 1,
  watched: {
    business: link("businesses", "Where."),
    practitioner: link("practitioners", "With whom."),
    appointment_type: link("appointment_types", "What."),
    times: times(
      "All that are offered in the days that are watched, in their order; null where only the next one is.",
    ),
    next: instant("The earliest one; null where all are watched."),
  },
  noise: {
    added: times("Those of `times` that were not offered before."),
    removed: times("Those that were, and are not any longer."),
  },
  rules: [
    unpublishing,
    differs(["changed", { title: "{it} changed", when: "other times are offered than before" }], {
      columns: ["times"],
      example: () => ({
        after: {
          times: ["2026-11-24T00:00:00Z", "2026-11-25T01:00:00Z"],
          added: ["2026-11-25T01:00:00Z"],
          removed: ["2026-11-24T00:30:00Z"],
        },
      }),
    }),
    differs(
      ["next_changed", { title: "Next available time changed", when: "the earliest time is another" }],
      {
        columns: ["next"],
        example: () => ({
          before: { times: null, next: "2026-11-24T00:00:00Z" },
          after: {
            times: null,
            next: "2026-11-25T01:00:00Z",
            added: ["2026-11-25T01:00:00Z"],
            removed: ["2026-11-24T00:00:00Z"],
          },
        }),
      },
    ),
  ],
  events: {
    published: {
      title: "Available times offered",
      when: "they are offered again after they were not any longer",
      notWhen: "they were named in the configuration just now",
    },
  },
  sample: {
    id: "1085025583890432411:1085029878857728082:1085031047102071299",
    created_at: "2026-11-22T00:20:14Z",
    business: linkTo("businesses/1085025583890432411"),
    practitioner: linkTo("practitioners/1085029878857728082"),
    appointment_type: linkTo("appointment_types/1085031047102071299"),
    times: ["2026-11-24T00:00:00Z", "2026-11-24T00:30:00Z"],
    next: null,
    added: [],
    removed: [],
  },
  examples: {},
});

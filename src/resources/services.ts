import { defineResource } from "./define-resource.ts";
import { link, links } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { differs } from "./rule-kinds.ts";
import { defineRule } from "./transition.ts";

const withdrawal = defineRule({
  tells: {
    withdrawn: {
      title: "{it} withdrawn",
      when: "the pair was in none of two whole readings of the list, a minute apart",
      notWhen: "a reading did not come to its end",
      example: () => ({ how: "gone" }),
    },
  },
  fields: [],
  detect: () => [],
});

export const services = defineResource({
  path: "services",
  subject: "service",
  group: "setup",
  tier: "quarter",
  title: "Services",
  noun: "service",
  one: "What can be booked in one place: one type of appointment there, and with whom",
  about:
    "Cliniko gives it neither an id nor a moment. It is what its two links lead to: `subject.id` is the business's id and the appointment type's, with `:` between them, and `timestamp` is when it was read. Whether Cliniko lists only what is offered online is not documented: what is withdrawn may still be practised.",
  reading: "sets",
  identifiedBy: ["business", "appointment_type"],
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  createdAs: "offered",
  deletedAs: "withdrawn",
  version: 1,
  watched: {
    business: link("businesses", "Where."),
    appointment_type: link("appointment_types", "What."),
    practitioners: links("practitioners", "With whom, in no order; null or `[]`: with nobody."),
  },
  noise: {},
  rules: [
    withdrawal,
    differs(
      [
        "practitioners_changed",
        { title: "Practitioners of a service changed", when: "others offer it than before" },
      ],
      {
        columns: ["practitioners"],
        example: () => ({
          after: {
            practitioners: [
              linkTo("practitioners/1085029878857728082"),
              linkTo("practitioners/1085029878857728551"),
            ],
          },
        }),
      },
    ),
  ],
  events: {
    offered: {
      title: "Service offered",
      when: "the pair of place and type is in the list for the first time after the first sync, or again after it was withdrawn",
    },
  },
  sample: {
    id: "1085025583890432411:1085031047102071299",
    created_at: "2026-10-01T00:20:14Z",
    business: linkTo("businesses/1085025583890432411"),
    appointment_type: linkTo("appointment_types/1085031047102071299"),
    practitioners: [linkTo("practitioners/1085029878857728082")],
  },
  examples: {},
});

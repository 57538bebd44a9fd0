import { defineResource } from "./define-resource.ts";
import { repeatRule, time, usualLink } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { deletion, identity, timing } from "./rules.ts";

export const availabilityBlocks = defineResource({
  path: "availability_blocks",
  subject: "availability_block",
  group: "visits",
  tier: "quarter",
  title: "Availability blocks",
  noun: "availability block",
  one: "Hours of a practitioner on one day",
  about:
    "Hours beside those of every week. The API cannot remove one; whoever does so in Cliniko leaves no trace in any list.",
  reading: "window",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  takesPlaceAt: "starts_at",
  followedBy: ["available_times"],
  version: 1,
  watched: {
    starts_at: time("When it begins."),
    ends_at: time("When it ends."),
    business: usualLink("businesses", "Where."),
    practitioner: usualLink("practitioners", "Who is there."),
    repeat_rule: repeatRule,
  },
  noise: {},
  rules: [deletion, timing, identity],
  events: {
    created: { title: "Hours added" },
    updated: { when: "its practitioner, business or repeat rule changed" },
  },
  sample: {
    id: "2084010339482011702",
    created_at: "2026-11-15T21:04:55Z",
    starts_at: "2026-11-28T22:00:00Z",
    ends_at: "2026-11-29T02:00:00Z",
    repeat_rule: null,
    business: linkTo("businesses/1085025583890432411"),
    practitioner: linkTo("practitioners/1085029878857728082"),
  },
  examples: {
    updated: {
      after: { repeat_rule: { repeat_type: "Weekly", repeating_interval: 1, number_of_repeats: 4 } },
    },
  },
});

import { defineResource } from "./define-resource.ts";
import { instant, linkBesides, optionalLink, repeatRule, sensitive, text, time, usualLink } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { archiving, deletion, identity, kind, timing } from "./rules.ts";

const PATH = "unavailable_blocks/2081420775912080311";

export const unavailableBlocks = defineResource({
  path: "unavailable_blocks",
  subject: "unavailable_block",
  group: "visits",
  tier: "minute",
  title: "Unavailable blocks",
  noun: "unavailable block",
  one: "A time at which a practitioner sees nobody",
  about: "Lunch, a meeting, a holiday: what stands in the calendar and is no visit.",
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
    business: usualLink("businesses", "Where."),
    practitioner: usualLink("practitioners", "Who sees nobody."),
    unavailable_block_type: optionalLink(
      "unavailable_block_types",
      "What it is for; left out when it has no type.",
    ),
    repeated_from: optionalLink(
      "unavailable_blocks",
      "The first of its series; left out when it is in none.",
    ),
    repeat_rule: repeatRule,
    archived_at: instant("When it was taken off the calendar; null otherwise."),
    deleted_at: instant("The older name for removal: may repeat `archived_at`."),
    notes: sensitive(text("The note on the block.")),
  },
  noise: {
    conflicts: linkBesides("Link to what else is booked at that time."),
    repeats: linkBesides("Link to the rest of its series, or null."),
  },
  rules: [deletion, archiving, timing, identity, kind],
  events: {
    created: { title: "Time blocked" },
    updated: { when: "its note, type, practitioner, business or repeat rule changed" },
    archived: {
      title: "Block taken off the calendar",
      when: "it was removed from the calendar",
    },
  },
  /** On a Thursday, 12:00 in Sydney. */
  sample: {
    id: "2081420775912080311",
    created_at: "2026-11-11T22:31:07Z",
    starts_at: "2026-11-26T01:00:00Z",
    ends_at: "2026-11-26T02:00:00Z",
    archived_at: null,
    deleted_at: null,
    notes: "Team lunch",
    repeat_rule: null,
    repeats: null,
    business: linkTo("businesses/1085025583890432411"),
    practitioner: linkTo("practitioners/1085029878857728082"),
    unavailable_block_type: linkTo("unavailable_block_types/1422040011093250627"),
    conflicts: linkTo(`${PATH}/conflicts`),
  },
  examples: {
    updated: { at: "2026-11-16T05:12:40Z", after: { notes: "Team lunch, at the park" } },
    rescheduled: {
      at: "2026-11-17T00:48:02Z",
      after: { starts_at: "2026-11-26T01:30:00Z", ends_at: "2026-11-26T02:30:00Z" },
    },
  },
});

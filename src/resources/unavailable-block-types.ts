import { defineResource } from "./define-resource.ts";
import { boolean, instant, integer, text } from "./field.ts";
import { archiving, deletion } from "./rules.ts";

export const unavailableBlockTypes = defineResource({
  path: "unavailable_block_types",
  subject: "unavailable_block_type",
  group: "setup",
  tier: "daily",
  title: "Types of unavailable blocks",
  noun: "block type",
  one: "Why a practitioner is not available",
  about:
    "What an [unavailable block](unavailable_block.md) is for: lunch, leave, … Not every account has them.",
  reading: "whole",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    name: text("What it is called."),
    color: text("In the calendar, `#9aa5b1`."),
    duration_in_minutes: integer("How long such a block is at first."),
    system_controlled: boolean("Whether it is Cliniko's own."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: {},
  rules: [deletion, archiving],
  events: { updated: { when: "its name, colour or length changed" } },
  sample: {
    id: "1085025583890460001",
    created_at: "2026-10-01T00:05:44Z",
    name: "Lunch",
    color: "#9aa5b1",
    duration_in_minutes: 60,
    system_controlled: false,
    archived_at: null,
  },
  examples: { updated: { after: { duration_in_minutes: 45 } } },
});

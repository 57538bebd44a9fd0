import { defineResource } from "./define-resource.ts";
import { instant, text } from "./field.ts";
import { archiving, deletion } from "./rules.ts";

export const concessionTypes = defineResource({
  path: "concession_types",
  subject: "concession_type",
  group: "setup",
  tier: "daily",
  title: "Concession types",
  noun: "concession type",
  one: "For whom another price holds",
  about: "Students, pensioners, … What they pay, the [concession prices](concession_price.md) say.",
  reading: "whole",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    name: text("What it is called."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: {},
  rules: [deletion, archiving],
  events: { updated: { when: "its name changed" } },
  sample: {
    id: "1085025583890434400",
    created_at: "2026-10-01T00:06:35Z",
    name: "Student",
    archived_at: null,
  },
  examples: { updated: { after: { name: "Student, full time" } } },
});

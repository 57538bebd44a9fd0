import { answersSchema } from "./answers.ts";
import { defineResource } from "./define-resource.ts";
import { fingerprinted, instant, json, openStructure, text } from "./field.ts";
import { archiving, deletion } from "./rules.ts";

export const treatmentNoteTemplates = defineResource({
  path: "treatment_note_templates",
  subject: "treatment_note_template",
  group: "setup",
  tier: "daily",
  title: "Templates of treatment notes",
  noun: "note template",
  one: "What a treatment note begins as",
  about:
    "Questions without answers, from which [treatment notes](treatment_note.md) are begun. What a template said before is not kept.",
  reading: "whole",
  hiddenBy: ["archived_at"],
  deletedHides: true,
  variants: { archived_at: "deleted" },
  version: 1,
  watched: {
    name: text("What it is called."),
    content: fingerprinted(openStructure("Sections of questions.", () => answersSchema)),
    print_settings: json("What is printed above a note: title, address, numbers."),
    archived_at: instant("When it was archived; null otherwise."),
    deleted_at: instant("The older name for removal: may repeat `archived_at`."),
  },
  noise: {},
  rules: [deletion, archiving],
  events: { updated: { when: "its name, its questions or what is printed changed" } },
  sample: {
    id: "1422040011093250990",
    created_at: "2026-10-06T04:25:31Z",
    name: "Follow-up",
    content: {
      sections: [{ name: "Subjective", questions: [{ name: "Complaint", type: "text" }] }],
    },
    print_settings: { title: "Follow-up", include_patient_address: false },
    archived_at: null,
    deleted_at: null,
  },
  examples: { updated: { after: { name: "Follow-up, short" } } },
});

import { answersSchema } from "./answers.ts";
import { defineResource } from "./define-resource.ts";
import { boolean, fingerprinted, instant, openStructure, text } from "./field.ts";
import { archiving, deletion } from "./rules.ts";

export const patientFormTemplates = defineResource({
  path: "patient_form_templates",
  subject: "patient_form_template",
  group: "setup",
  tier: "daily",
  title: "Templates of patient forms",
  noun: "form template",
  one: "What a patient form begins as",
  about:
    "Questions without answers, from which [forms](patient_form.md) are made. What a template asked before is not kept.",
  reading: "whole",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    name: text("What it is called."),
    content: fingerprinted(openStructure("Sections of questions.", () => answersSchema)),
    restricted_to_practitioner: boolean("Whether only the practitioner sees what is filled in."),
    email_to_patient_on_completion: boolean("Whether patients are sent what they filled in."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: {},
  rules: [deletion, archiving],
  events: { updated: { when: "its name, its questions or what becomes of a filled-in form changed" } },
  sample: {
    id: "1422040713925812302",
    created_at: "2026-10-06T04:31:12Z",
    name: "New patient",
    content: {
      sections: [{ name: "About you", questions: [{ name: "What brings you here?", type: "text" }] }],
    },
    restricted_to_practitioner: false,
    email_to_patient_on_completion: false,
    archived_at: null,
  },
  examples: { updated: { after: { restricted_to_practitioner: true } } },
});

import { defineResource } from "./define-resource.ts";
import { sensitive, text, usualLink } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { deletion } from "./rules.ts";

export const practitionerReferenceNumbers = defineResource({
  path: "practitioner_reference_numbers",
  subject: "practitioner_reference_number",
  group: "people",
  tier: "daily",
  title: "Reference numbers of practitioners",
  noun: "reference number",
  one: "A number under which a practitioner bills",
  about:
    "One a [practitioner](practitioner.md) and [business](business.md). One that is taken away leaves no trace: it is reported as deleted when Cliniko has answered twice that it is gone.",
  reading: "whole",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    name: text("What kind of number it is."),
    reference_number: sensitive(text("The number.")),
    business: usualLink("businesses", "Where it holds."),
    practitioner: usualLink("practitioners", "Whose it is."),
  },
  noise: {},
  rules: [deletion],
  events: { updated: { when: "the number, or what it is of, changed" } },
  sample: {
    id: "1085030120044519212",
    created_at: "2026-10-02T22:14:55Z",
    name: "Provider number",
    reference_number: "2426621B",
    business: linkTo("businesses/1085025583890432411"),
    practitioner: linkTo("practitioners/1085029878857728082"),
  },
  examples: { updated: { after: { name: "Provider number, Northside" } } },
});

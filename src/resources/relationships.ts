import { defineResource } from "./define-resource.ts";
import {
  PATIENTS,
  instant,
  integer,
  optionalLink,
  patientLink,
  personal,
  text,
  unfiltered,
} from "./field.ts";
import { linkTo } from "./link-to.ts";
import { archiving, deletion } from "./rules.ts";

export const relationships = defineResource({
  path: "relationships",
  subject: "relationship",
  group: "people",
  tier: "quarter",
  title: "Relationships",
  noun: "relationship",
  one: "What one patient is to another",
  about:
    "Each record is a fact of its own: whether Cliniko keeps the reverse as another record is not known, and none is made up here.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    patient: patientLink("Whose relation it is."),
    related_patient: personal(unfiltered(optionalLink(PATIENTS, "The other patient."))),
    relation: personal(
      integer("10 parent, 20 child, 30 sibling, 40 spouse, 50 partner, 60 relative, 70 other."),
    ),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: { relation_description: personal(text("The relation in words.")) },
  rules: [deletion, archiving],
  events: { updated: { when: "the relation, or one of the two patients, changed" } },
  sample: {
    id: "2085530127751184420",
    created_at: "2026-11-17T23:12:09Z",
    archived_at: null,
    relation: 10,
    relation_description: "Parent",
    patient: linkTo("patients/1941105738252288618"),
    related_patient: linkTo("patients/2087326859657216077"),
  },
  examples: { updated: { after: { relation: 60, relation_description: "Relative" } } },
});

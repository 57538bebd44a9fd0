import { defineResource } from "./define-resource.ts";
import {
  boolean,
  clinical,
  instant,
  optionalLink,
  patientLink,
  personal,
  openStructure,
  text,
  usualLink,
} from "./field.ts";
import { linkTo } from "./link-to.ts";
import { answersSchema } from "./answers.ts";
import { finalisation, pinning, writing } from "./rules-of-records.ts";
import { archiving, deletion } from "./rules.ts";

export const treatmentNotes = defineResource({
  path: "treatment_notes",
  subject: "treatment_note",
  group: "clinical",
  tier: "minute",
  confidential: true,
  title: "Treatment notes",
  noun: "treatment note",
  one: "What was written about a visit",
  about:
    "As far as the key's user may see them: practitioners and administrators do. A draft is saved often, and reported at most once a reading. What a note said before is not kept.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: true,
  variants: { archived_at: "deleted" },
  isHuge: true,
  version: 1,
  watched: {
    draft: boolean("True while it is written; null where Cliniko does not say."),
    finalized_at: instant("When it was finalised; null for a draft."),
    pinned_at: instant("When it was pinned to the top; null otherwise."),
    title: clinical(text("Its title.")),
    content: clinical(
      openStructure("Sections of questions and answers; answers may be HTML.", () => answersSchema),
    ),
    author_name: personal(text("Who wrote it.")),
    patient: patientLink("Whom it is about."),
    practitioner: usualLink("practitioners", "Whose note it is."),
    booking: optionalLink("bookings", "The visit; left out when there is none."),
    attendee: optionalLink("attendees", "The place in the visit; left out when there is none."),
    treatment_note_template: optionalLink("treatment_note_templates", "From which it was begun."),
    archived_at: instant("When it was archived; null otherwise."),
    deleted_at: instant("The older name for removal: may repeat `archived_at`."),
  },
  noise: {},
  rules: [deletion, archiving, finalisation, pinning, writing],
  events: {
    created: { title: "Treatment note begun" },
    updated: { when: "its author, practitioner, patient, visit or template changed" },
  },
  sample: {
    id: "2088230145537901993",
    created_at: "2026-11-21T05:02:18Z",
    archived_at: null,
    deleted_at: null,
    draft: true,
    finalized_at: null,
    pinned_at: null,
    title: "Follow-up",
    content: {
      sections: [
        {
          name: "Subjective",
          questions: [{ name: "Complaint", type: "text", answer: "Stiff in the morning" }],
        },
      ],
    },
    author_name: "Sam Sample",
    patient: linkTo("patients/1941105738252288618"),
    practitioner: linkTo("practitioners/1085029878857728082"),
    booking: linkTo("bookings/2087551254921216111"),
    treatment_note_template: linkTo("treatment_note_templates/1422040011093250990"),
  },
  examples: {
    updated: { after: { practitioner: linkTo("practitioners/1085029878857728999") } },
    content_changed: { after: { title: "Follow-up, knee" } },
  },
});

import { answersSchema } from "./answers.ts";
import { defineResource } from "./define-resource.ts";
import {
  boolean,
  clinical,
  instant,
  linkBesides,
  optionalLink,
  patientLink,
  personal,
  openStructure,
  text,
} from "./field.ts";
import { linkTo } from "./link-to.ts";
import { completion, editing, signing } from "./rules-of-records.ts";
import { archiving, deletion } from "./rules.ts";

export const patientForms = defineResource({
  path: "patient_forms",
  subject: "patient_form",
  group: "clinical",
  tier: "minute",
  confidential: true,
  title: "Patient forms",
  noun: "form",
  one: "A form that a patient fills in",
  about:
    "While a form is not completed, its answers change as the patient writes. Answers to connected questions change the [patient](patient.md) as well. The address at which it is filled in is neither kept nor delivered.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    completed_at: instant("When it was completed; null before."),
    edited_at: instant("When it was last changed after that; null otherwise."),
    name: personal(text("What it is called.")),
    content: clinical(openStructure("Sections of questions and answers.", () => answersSchema)),
    restricted_to_practitioner: boolean("Whether only the practitioner may see it."),
    email_to_patient_on_completion: boolean("Whether the patient gets a copy."),
    patient: patientLink("Who fills it in."),
    attendee: optionalLink("attendees", "The place in a visit; left out when there is none."),
    booking: optionalLink("bookings", "The visit; left out when there is none."),
    business: optionalLink("businesses", "For which business; left out when there is none."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: { signatures: linkBesides("Links to its signatures.") },
  secret: ["url"],
  rules: [deletion, archiving, completion, editing, signing],
  events: {
    created: { title: "Form sent" },
    updated: { when: "an answer changed before it was completed, or its name, visit or settings changed" },
  },
  sample: {
    id: "2088034410982337551",
    created_at: "2026-11-21T01:20:31Z",
    archived_at: null,
    completed_at: null,
    edited_at: null,
    name: "New patient form",
    content: {
      sections: [
        { name: "About you", questions: [{ name: "What brings you here?", type: "paragraph", answer: "" }] },
      ],
    },
    restricted_to_practitioner: false,
    email_to_patient_on_completion: false,
    signatures: [],
    patient: linkTo("patients/1941105738252288618"),
    attendee: linkTo(`attendees/2087551254921216240`),
    business: linkTo("businesses/1085025583890432411"),
  },
  examples: { updated: { after: { restricted_to_practitioner: true } } },
});

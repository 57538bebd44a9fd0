import { defineResource } from "./define-resource.ts";
import {
  PATIENTS,
  eitherLink,
  instant,
  optionalLink,
  patientLink,
  personal,
  text,
  unfiltered,
} from "./field.ts";
import { linkTo } from "./link-to.ts";
import { archiving, deletion } from "./rules.ts";

export const referralSources = defineResource({
  path: "referral_sources",
  subject: "referral_source",
  group: "people",
  tier: "quarter",
  title: "Referral sources",
  noun: "referral source",
  one: "How a patient came to the clinic",
  about:
    "One a [patient](patient.md), kept apart from the free text `referral_source` on the patient. Cliniko reads it below the patient, so that its link ends in no id: `id` is its own. An account whose referral sources have none is told of them by their patients' ids, and `created_at` and `updated_at` are when they were read.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  askedInList: true,
  idOtherwise: "patient",
  version: 1,
  watched: {
    patient: unfiltered(patientLink("Who came.")),
    referral_source_type: optionalLink("referral_source_types", "Of what kind it is."),
    referrer: personal(
      eitherLink(
        PATIENTS,
        "contacts",
        "Who sent the patient: a patient or a contact; left out when nobody did.",
      ),
    ),
    referrer_type: text("Patient, Contact, or null."),
    subcategory: text("More of the kind, in the clinic's words."),
    notes: personal(text("The note on it.")),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: {},
  rules: [deletion, archiving],
  events: {
    created: { title: "Referral source noted" },
    updated: { when: "its kind, its words, or who sent the patient changed" },
  },
  sample: {
    id: "2089102217730451023",
    created_at: "2026-11-22T23:16:02Z",
    archived_at: null,
    referrer_type: "Contact",
    subcategory: null,
    notes: null,
    patient: linkTo("patients/1941105738252288618"),
    referral_source_type: linkTo("referral_source_types/1085025583890432650"),
    referrer: linkTo("contacts/1512093377181099217"),
  },
  examples: { updated: { after: { subcategory: "Newsletter" } } },
});

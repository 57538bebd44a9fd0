import { defineResource } from "./define-resource.ts";
import { boolean, clinical, instant, integer, optionalLink, patientLink, text } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { pinning, processing } from "./rules-of-records.ts";
import { archiving, deletion } from "./rules.ts";

export const patientAttachments = defineResource({
  path: "patient_attachments",
  subject: "patient_attachment",
  group: "clinical",
  tier: "quarter",
  confidential: true,
  title: "Patient attachments",
  noun: "file",
  one: "A file in a patient's record",
  about:
    "Uploaded files, and exports of a whole patient: nothing tells them apart. The link to the file's bytes is neither kept nor delivered.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    processing_completed: boolean("Whether what was uploaded has been looked at."),
    processed_at: instant("When it was; null before."),
    pinned_at: instant("When it was pinned to the top; null otherwise."),
    filename: clinical(text("Its name; null until it is processed.")),
    description: clinical(text("What it is said to be.")),
    content_type: text("`application/pdf`, …"),
    size: integer("In bytes."),
    patient: patientLink("Whose file it is."),
    user: optionalLink("users", "Who added it; left out when nobody did."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: {},
  secret: ["content"],
  rules: [deletion, archiving, processing, pinning],
  events: {
    created: { title: "File added" },
    updated: { when: "its name, description, type, size or user changed" },
  },
  sample: {
    id: "2088410556203117804",
    created_at: "2026-11-21T23:15:44Z",
    archived_at: null,
    processing_completed: false,
    processed_at: null,
    pinned_at: null,
    filename: null,
    description: "Referral",
    content_type: null,
    size: null,
    patient: linkTo("patients/1941105738252288618"),
    user: linkTo("users/1085020411077230105"),
  },
  examples: {
    updated: { after: { description: "Referral of November" } },
    processed: {
      after: {
        processing_completed: true,
        processed_at: "2026-11-21T23:15:52Z",
        filename: "referral.pdf",
        content_type: "application/pdf",
        size: 48_213,
      },
      at: "2026-11-21T23:15:52Z",
    },
  },
});

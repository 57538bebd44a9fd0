import { flag, json, link, moment, parent, text, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable, isSet, moved, turning } from "./define-table.ts";
import { PINNABLE } from "./pinned.ts";

const NOTE = {
  sections: [
    { name: "Subjective", questions: [{ name: "Complaint", type: "paragraph", answer: "<p>Sore</p>" }] },
  ],
};

/** What a practitioner wrote about a visit. Written as a draft, and finalised later. */
export const treatmentNotes = defineTable({
  path: "treatment_notes",
  subject: "treatment_note",
  columns: {
    ...ARCHIVABLE.columns,
    ...PINNABLE.columns,
    draft: flag(true),
    finalized_at: moment(),
    title: word("Sample note"),
    content: json<unknown>({ sample: NOTE }),
    author_name: text("Sam Sample"),
    patient_id: parent("patients"),
    practitioner_id: parent("practitioners"),
    booking_id: link("bookings"),
    attendee_id: link("attendees"),
    treatment_note_template_id: link("treatment_note_templates"),
  },
  filters: [
    "archived_at",
    "attendee_id",
    "booking_id",
    "deleted_at",
    "draft",
    "patient_id",
    "practitioner_id",
    "treatment_note_template_id",
  ],
  doubted: { deleted_at: "deletedAtFilterable" },
  hiddenBy: ["archived_at"],
  oldLists: { deleted: "whole" },
  api: {
    required: ["patient_id", "title", "treatment_note_template_id"],
    writable: [
      "attendee_id",
      "booking_id",
      "content",
      "draft",
      "patient_id",
      "title",
      "treatment_note_template_id",
    ],
    archive: true,
    unarchive: true,
    delete: "archives",
  },
  facts: {
    ...ARCHIVABLE.facts,
    // Where draft and finalized_at disagree, draft decides.
    ...turning(
      ["finalised", "reopened"],
      ({ draft, finalized_at }) => (typeof draft === "boolean" ? !draft : isSet(finalized_at)),
      ["draft", "finalized_at"],
    ),
    ...PINNABLE.facts,
    content_changed: moved("content", "title"),
  },
  personal: ["author_name", "content", "title"],
  acts: {
    finalise: (row, { seconds }) =>
      row.draft === false
        ? undefined
        : { writes: { draft: false, finalized_at: seconds }, tells: ["finalised"] },
    ...PINNABLE.acts,
    reopen: (row) =>
      row.draft === false ? { writes: { draft: true, finalized_at: null }, tells: ["reopened"] } : undefined,
    ...ARCHIVABLE.acts,
  },
});

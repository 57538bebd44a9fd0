import { flag, integer, link, moment, parent, text } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable, isSet, turnsOn } from "./define-table.ts";
import { PINNABLE } from "./pinned.ts";

/** A file in a patient's record. It has no name until what was uploaded has been looked at. */
export const patientAttachments = defineTable({
  path: "patient_attachments",
  subject: "patient_attachment",
  columns: {
    archived_at: moment(),
    ...PINNABLE.columns,
    processing_completed: flag(false),
    processed_at: moment(),
    filename: text(),
    description: text("Sample file"),
    content_type: text(),
    size: integer(),
    patient_id: parent("patients"),
    user_id: link("users"),
  },
  // A way to the bytes of the file: whoever has it may need no key.
  extras: (_row, { self, links }) => ({ content: links.to(`${self}/content`) }),
  filters: [
    "archived_at",
    "content_type",
    "description",
    "filename",
    "patient_id",
    "processed_at",
    "size",
    "user_id",
  ],
  hiddenBy: ["archived_at"],
  api: {
    required: ["patient_id"],
    writable: ["description"],
    archive: true,
    delete: "archives",
  },
  facts: {
    ...ARCHIVABLE.facts,
    processed: turnsOn(
      ({ processing_completed, processed_at }) => processing_completed === true || isSet(processed_at),
      ["processing_completed", "processed_at", "filename", "content_type", "size"],
    ),
    ...PINNABLE.facts,
  },
  noise: ["content"],
  personal: ["description", "filename"],
  acts: {
    process: (row, { seconds }) =>
      row.processing_completed === true || row.processed_at !== null
        ? undefined
        : {
            writes: {
              processing_completed: true,
              processed_at: seconds,
              filename: "scan.pdf",
              content_type: "application/pdf",
              size: 48_213,
            },
            tells: ["processed"],
          },
    ...PINNABLE.acts,
    ...ARCHIVABLE.acts,
  },
});

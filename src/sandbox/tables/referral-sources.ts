import { link, moment, parent, text } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

/** How a patient came to the clinic: one a patient, read and written below the patient. */
export const referralSources = defineTable({
  path: "referral_sources",
  subject: "referral_source",
  under: { parent: "patient_id", end: "referral_source" },
  idsIf: "referralSourcesHaveIds",
  columns: {
    archived_at: moment(),
    patient_id: parent("patients"),
    referral_source_type_id: link("referral_source_types"),
    referrer_id: link("contacts", {
      leadsTo: ({ referrer_type }) => (referrer_type === "Patient" ? "patients" : "contacts"),
    }),
    referrer_type: text(null, { values: ["Contact", "Patient"] }),
    subcategory: text("Newsletter"),
    notes: text(),
  },
  // Not by whose it is.
  filters: ["archived_at", "referral_source_type_id", "referrer_id"],
  hiddenBy: ["archived_at"],
  api: { writable: ["notes", "referral_source_type_id", "referrer_id", "subcategory"] },
  facts: ARCHIVABLE.facts,
  personal: ["notes", "referrer_id"],
  acts: ARCHIVABLE.acts,
});

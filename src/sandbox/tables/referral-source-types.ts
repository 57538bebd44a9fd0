import { list, moment, text, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

/** Ways to come to the clinic. Only the screen writes them. */
export const referralSourceTypes = defineTable({
  path: "referral_source_types",
  subject: "referral_source_type",
  columns: {
    archived_at: moment(),
    name: word("Advertisement"),
    subcategories: list<string>({ sample: ["Newsletter", "Radio"] }),
    referrer_type: text(null, { values: ["Contact", "Patient"] }),
  },
  extras: (_row, { links }) => ({ referrers: links.to("/patients") }),
  filters: ["archived_at"],
  hiddenBy: ["archived_at"],
  facts: ARCHIVABLE.facts,
  noise: ["referrers"],
  acts: ARCHIVABLE.acts,
});

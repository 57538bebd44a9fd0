import { integer, list, text } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";
import { type PhoneNumber, toPhoneNumber } from "./patients.ts";

const TYPES: ReadonlyMap<unknown, string> = new Map([
  [0, "Standard"],
  [1, "Doctor"],
  [2, "3rd Party Payer"],
]);

/** What a client may write on a contact. */
const details = {
  type_code: integer(0, { values: [0, 1, 2] }),
  doctor_type: text(null, { values: ["general_practitioner", "specialist"] }),
  first_name: text("Sample"),
  last_name: text("Contact"),
  preferred_name: text(""),
  title: text(""),
  company_name: text(""),
  occupation: text(""),
  email: text(""),
  phone_numbers: list<PhoneNumber>({ sample: [toPhoneNumber("Work", "02 5550 0106")] }),
  address_1: text(""),
  address_2: text(""),
  address_3: text(""),
  city: text(""),
  state: text(""),
  post_code: text(""),
  country_code: text("AU"),
  provider_number: text(""),
  notes: text(""),
} as const;

/** Whoever refers patients, pays for them, or is in the address book for another reason. Unset text is empty, as in real rows. */
export const contacts = defineTable({
  path: "contacts",
  subject: "contact",
  columns: { ...ARCHIVABLE.columns, ...details },
  extras: ({ type_code }) => ({ type: TYPES.get(type_code) ?? null, country: "Australia" }),
  filters: [
    "archived_at",
    "company_name",
    "deleted_at",
    "email",
    "first_name",
    "last_name",
    "occupation",
    "type_code",
  ],
  doubted: { deleted_at: "deletedAtFilterable" },
  hiddenBy: ["archived_at"],
  api: {
    required: ["first_name", "last_name"],
    writable: Object.keys(details),
    archive: true,
    delete: "archives",
  },
  facts: ARCHIVABLE.facts,
  noise: ["type", "country"],
  acts: ARCHIVABLE.acts,
});

import type { Clinic } from "../../src/sandbox/clinic/clinic.ts";
import { type Random, createRandom } from "../../src/sandbox/clinic/random.ts";
import { toPhoneNumber, type PatientChanges, type PatientRow } from "../../src/sandbox/tables/patients.ts";
import type { Keyring } from "../../src/store/sealing/keyring.ts";
import { SHORTEST } from "./thief.ts";

/** Texts of a patient's record that tell who somebody is, or were written about them. */
const PERSONAL_FIELDS = [
  "first_name",
  "last_name",
  "preferred_first_name",
  "date_of_birth",
  "email",
  "address_1",
  "address_2",
  "address_3",
  "city",
  "post_code",
  "notes",
  "appointment_notes",
  "occupation",
  "emergency_contact",
  "medicare",
  "medicare_reference_number",
  "dva_card_number",
  "old_reference_id",
  "referral_source",
  "invoice_email",
  "invoice_extra_information",
] as const;

const CONSONANTS = "b d f g k l m n p r s t v z".split(" ");
const VOWELS = "a e i o u".split(" ");

/** What no two people have and no other text holds, so that every find is a leak and none is by chance. */
function inventDetails(random: Random): PatientChanges {
  const word = (): string => {
    const syllable = (): string => `${random.pick(CONSONANTS)}${random.pick(VOWELS)}`;
    const text = Array.from({ length: 5 }, syllable).join("");
    return text.charAt(0).toUpperCase() + text.slice(1);
  };
  const digits = (count: number): string =>
    `${random.integer(1, 9)}${Array.from({ length: count - 1 }, () => random.integer(0, 9)).join("")}`;
  const [first, last] = [word(), word()];
  return {
    first_name: first,
    last_name: last,
    preferred_first_name: word(),
    email: `${first}.${last}@example.com`.toLowerCase(),
    address_1: `${random.integer(1, 240)} ${word()} Street`,
    address_2: `Unit ${word()}`,
    address_3: `c/o ${word()}`,
    city: word(),
    post_code: word(),
    notes: `Says that the ${word()} hurts`,
    appointment_notes: `Bring the ${word()} “report”, ça va?`,
    occupation: `${word()} maker`,
    emergency_contact: `${word()} ${word()}, mother`,
    medicare: digits(10),
    medicare_reference_number: `ref-${digits(6)}`,
    dva_card_number: `QX${digits(6)}`,
    old_reference_id: `old-${digits(7)}`,
    referral_source: `Friend of ${word()}`,
    invoice_email: `${word()}@example.org`,
    invoice_extra_information: `PO ${word()}\nc/o ${word()}`,
    patient_phone_numbers: [toPhoneNumber("Mobile", `04${digits(8)}`)],
  };
}

/** Knows everything personal that has been in a clinic, also what has been corrected since. */
export interface PersonalData {
  /** Gives everybody who has none yet details of their own, and notes down all that is there now. Call it after every act. */
  noteDown(): void;
  /** Every text of it. */
  readonly texts: ReadonlySet<string>;
}

export function createPersonalData(clinic: Clinic, seed = 1): PersonalData {
  const random = createRandom(seed).fork("personal-data");
  const texts = new Set<string>();
  const known = new Set<string>();
  const add = (text: string | null): void => {
    if (text === null || text === "") return;
    // A text that is left out because it is short would be a leak that nobody sees.
    if (text.length < SHORTEST)
      throw new RangeError(`"${text}" is personal and too short to be searched for`);
    texts.add(text);
  };
  return {
    texts,
    noteDown() {
      const { desk } = clinic;
      for (const { id } of desk.patients()) {
        if (!known.has(id)) desk.changePatient(id, inventDetails(random));
        known.add(id);
      }
      for (const row of desk.patients()) for (const text of textsOf(row)) add(text);
      for (const row of desk.appointments()) {
        for (const text of [row.patient_name, row.notes, row.cancellation_note]) add(text);
      }
      for (const row of desk.attendees()) for (const text of [row.notes, row.cancellation_note]) add(text);
      for (const row of desk.practitioners()) add(`${row.first_name} ${row.last_name}`);
    },
  };
}

/** Everything personal in one patient's record. */
export function textsOf(row: PatientRow): string[] {
  const fields = PERSONAL_FIELDS.map((name) => row[name]);
  const phones = row.patient_phone_numbers.flatMap(({ number, normalized_number: digits }) => [
    number,
    digits,
  ]);
  return [...fields, ...phones, `${row.first_name} ${row.last_name}`].filter(
    (text): text is string => text !== null && text !== "",
  );
}

/** Encryption switched off: what is sealed lies open behind the same head. */
export function openKeyring(): Keyring {
  const head = Buffer.from([2, 0x6b, 0x31, ...Buffer.alloc(12)]);
  return {
    seal: (plaintext) => Buffer.concat([head, plaintext]),
    open: (sealed) => sealed.subarray(head.length),
    isCurrent: () => true,
    leavesOf: () => [],
    leavesIn: () => [],
    isErased: () => false,
  };
}

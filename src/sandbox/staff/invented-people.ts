import { toPhoneNumber } from "../tables/patients.ts";
import type { Random } from "../clinic/random.ts";
import type { PatientChanges } from "../tables/patients.ts";

const FIRST_NAMES = [
  "Ada",
  "Bram",
  "Clementine",
  "Darius",
  "Elowen",
  "Fitz",
  "Greta",
  "Hugo",
  "Ines",
  "Jasper",
  "Kiri",
  "Linus",
  "Maeve",
  "Nikau",
  "Odette",
  "Percy",
  "Quinn",
  "Rosalind",
  "Sunniva",
  "Tobias",
  "Uma",
  "Viggo",
  "Winifred",
  "Xanthe",
  "Yusuf",
  "Zelda",
  "Arlo",
  "Beatrix",
  "Caspian",
  "Dulcie",
] as const;

const LAST_NAMES = [
  "Quill",
  "Featherstone",
  "Marrow",
  "Tansy",
  "Inkwell",
  "Thistlewood",
  "Pebble",
  "Larkspur",
  "Candlewick",
  "Butterworth-Moon",
  "Fernsby",
  "Gumleaf",
  "Halfpenny",
  "Juniper",
  "Kettle",
  "Lanternfish",
  "Mossgrove",
  "Nettlebed",
  "Oatcake",
  "Pocketwatch",
  "Quokka",
  "Ravenscroft",
  "Saltmarsh",
  "Teaspoon",
  "Underhill",
  "Wattlebird",
  "Yarrow",
  "Zephyr",
] as const;

const STREETS = [
  "Example Street",
  "Placeholder Road",
  "Sample Lane",
  "Specimen Avenue",
  "Fictional Parade",
] as const;
const OCCUPATIONS = [
  "",
  "Baker",
  "Cartographer",
  "Lighthouse keeper",
  "Piano tuner",
  "Teacher",
  "Tram driver",
] as const;

/** Mobile numbers that the Australian regulator keeps free for fiction. */
const FICTITIOUS_MOBILES = [
  "0491 570 006",
  "0491 570 156",
  "0491 570 157",
  "0491 570 158",
  "0491 570 159",
  "0491 570 110",
  "0491 570 313",
  "0491 570 737",
  "0491 571 266",
  "0491 571 491",
  "0491 571 804",
  "0491 572 549",
  "0491 572 665",
  "0491 572 983",
  "0491 573 770",
  "0491 573 087",
  "0491 574 118",
  "0491 574 632",
  "0491 575 254",
  "0491 575 789",
  "0491 576 398",
  "0491 576 801",
  "0491 577 426",
  "0491 577 644",
  "0491 578 957",
  "0491 578 148",
  "0491 578 888",
  "0491 579 212",
  "0491 579 760",
  "0491 579 455",
] as const;

export const PRACTITIONERS = [
  { first_name: "Imogen", last_name: "Brightwater", title: "Dr", designation: "Osteopath" },
  { first_name: "Callum", last_name: "Redgum", title: "Mr", designation: "Physiotherapist" },
  { first_name: "Priya", last_name: "Starling", title: "Ms", designation: "Podiatrist" },
  { first_name: "Oskar", last_name: "Willowby", title: "Mr", designation: "Massage therapist" },
  { first_name: "Freya", last_name: "Lilypilly", title: "Dr", designation: "Chiropractor" },
  { first_name: "Mateo", last_name: "Cloudberry", title: "Mr", designation: "Exercise physiologist" },
] as const;

export const NOTES = [
  "Prefers the ground-floor room",
  "Left knee, worse on stairs",
  "Bring the scan from last week",
  "Runs ten minutes late as a rule",
  "Neck and shoulder, desk work",
  "Please call before the visit",
  "Interpreter booked",
] as const;

/** A patient who does not exist, reachable nowhere. */
export function inventPatient(random: Random): PatientChanges {
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  const phones = [toPhoneNumber("Mobile", random.pick(FICTITIOUS_MOBILES))];
  if (random.chance(0.3)) {
    const area = random.pick(["(02) 5550", "(02) 7010"]);
    phones.push(toPhoneNumber("Home", `${area} ${String(random.integer(0, 9999)).padStart(4, "0")}`));
  }
  const born = `${random.integer(1938, 2016)}-${twoDigits(random.integer(1, 12))}-${twoDigits(random.integer(1, 28))}`;
  return {
    first_name: first,
    last_name: last,
    date_of_birth: born,
    email: random.chance(0.85) ? `${first}.${last}${random.integer(1, 99)}@example.com`.toLowerCase() : null,
    address_1: `${random.integer(1, 240)} ${random.pick(STREETS)}`,
    city: "Northside",
    state: "QLD",
    post_code: "4000",
    occupation: random.pick(OCCUPATIONS),
    notes: random.chance(0.2) ? random.pick(NOTES) : "",
    accepted_privacy_policy: random.chance(0.8) ? true : null,
    accepted_sms_marketing: random.chance(0.4) ? true : null,
    patient_phone_numbers: phones,
  };
}

export function inventAddress(random: Random): string {
  return `${random.integer(1, 240)} ${random.pick(STREETS)}`;
}

export function inventMobile(random: Random): string {
  return random.pick(FICTITIOUS_MOBILES);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

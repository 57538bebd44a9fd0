/** A made-up practice: who and what the examples are about. Its ids are of the kind that Cliniko gives out. */
export const EXAMPLE_IDS = {
  business: "1085025583890432411",
  practitioner: "1085029878857728082",
  otherPractitioner: "1465588215971840097",
  appointmentType: "1085035532779520310",
  classType: "1338801720918016012",
  patient: "1644476514697216204",
  otherPatient: "1941105738252288618",
  duplicate: "2087326859657216077",
  appointment: "2084586142040064553",
  class: "2074376174305280118",
  attendee: "2087551254921216240",
} as const;

const BASE_URL = "https://api.au1.cliniko.com/v1";

export function linkTo(path: string): { readonly links: { readonly self: string } } {
  return { links: { self: `${BASE_URL}/${path}` } };
}

import type { Clinic } from "../clinic/clinic.ts";
import { type TableName, specs } from "../tables/tables.ts";
import { OWN_WORK } from "./mail-and-stock.ts";
import type { ActReport, Reception } from "./reception.ts";

/** What lies in the cabinets before anybody works with it. */
const FILED = 4;
/** Of what is done, so much is a record that is made. */
const MADE_SHARE = 0.25;
/** Where a day brings about something of its own, so much is that. */
const OWN_SHARE = 0.7;

/** What has no stamp and is soon what it was before might as well be of an older cache: nobody who reads it can tell. */
const UNSTAMPED_GAP_MS = 900_000;

/** Some records of each, which nobody is called for: before anybody looks at the clinic. */
export function fillCabinets({ plant }: Pick<Clinic, "plant">, tables: readonly TableName[]): void {
  for (const name of tables) for (let index = 0; index < FILED; index += 1) plant.record(name);
}

/**
 * Work with records that no visit brings about: what a day brings about in its cabinet, or one is made like another, or what its
 * table says can happen to it happens.
 */
export function officeWork(given: Reception, name: TableName | undefined): ActReport | undefined {
  if (name === undefined) return undefined;
  const isQuiet = (id: string): boolean =>
    // The owner's key is in use: nobody makes its user inactive.
    id !== given.clinic.ownerId && given.isQuiet(id, isStamped(name) ? 0 : UNSTAMPED_GAP_MS);
  const reception = { ...given, isQuiet };
  const { clinic, random } = reception;
  const own = OWN_WORK[name];
  if (own && random.chance(OWN_SHARE)) return own(reception);
  const { acts = {}, single, subject = name } = specs[name];
  const desk = clinic.desk.of(name);
  const rows = desk.rows().filter(({ id }) => isQuiet(id));
  if (rows.length === 0) return undefined;
  const row = random.pick(rows);
  const called = (id: string): string => `${subject.replaceAll("_", " ")} …${id.slice(-4)}`;
  const deeds = Object.keys(acts);
  if (!single && (deeds.length === 0 || random.next() < MADE_SHARE)) {
    const id = desk.create({ ...row });
    return { recordIds: [id], line: `office: ${called(id)} is written down` };
  }
  const first = random.integer(0, Math.max(0, deeds.length - 1));
  const possible = [...deeds.slice(first), ...deeds.slice(0, first)];
  const deed = possible.find((one) => desk.perform(row.id, one));
  if (deed === undefined) return undefined;
  return { recordIds: [row.id], line: `office: ${called(row.id)}, ${toWords(deed)}` };
}

function isStamped(name: TableName): boolean {
  const { identifiedBy, single } = specs[name];
  return identifiedBy === undefined && single === undefined;
}

/** `markArrived` → "mark arrived". */
function toWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

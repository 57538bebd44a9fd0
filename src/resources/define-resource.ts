import { type Fields, PATIENTS } from "./field.ts";
import type { Definition, Resource } from "./resource.ts";
import { CREATED, UPDATED, anonymisation, firstSeen } from "./rules.ts";
import type { Rule, Transition } from "./transition.ts";

/** What every record has, and is no news of it. */
export const STAMPS = ["id", "created_at", "updated_at", "links"] as const;

/** @throws RangeError two parts of a definition do not fit together: the message names resource and field. */
export function defineResource<
  const Path extends string,
  const Watched extends Fields,
  const Noise extends Fields,
  const Rules extends readonly Rule<string, keyof Watched & string>[],
>(definition: Definition<Path, Watched, Noise, Rules>): Resource<Path, Watched & Noise> {
  const {
    path,
    watched,
    noise,
    secret = [],
    rules,
    // The one object was always there: it is only ever updated.
    createdAs = definition.reading === "single" ? "updated" : "created",
    deletedAs = "deleted",
  } = definition;
  const identifiedBy = "identifiedBy" in definition ? definition.identifiedBy : [];
  const hasStamps = definition.reading === "window" || definition.reading === "whole";
  const shape = { ...watched, ...noise };
  assertOnce(path, [...STAMPS, ...Object.keys(watched), ...Object.keys(noise), ...secret]);
  assertOnce(path, [...new Set([createdAs, "updated"]), ...rules.flatMap(({ tells }) => Object.keys(tells))]);
  const own = rules.flatMap(({ tells: told }) => Object.entries<Transition>(told));
  const appearing = own.filter(([, { appearance }]) => appearance);
  // What makes a row what it is does not change: another one is another row.
  const explained = new Set<string>([...identifiedBy, ...rules.flatMap(({ fields }) => fields)]);
  const canUpdate = Object.keys(watched).some((name) => !explained.has(name)) || hasStamps;
  const tells: Readonly<Record<string, Transition>> = Object.fromEntries([
    ...appearing,
    ...(createdAs === "updated" ? [] : [[createdAs, CREATED] as const]),
    ...own,
    ...(canUpdate ? [["updated", UPDATED] as const] : []),
  ]);
  const aboutPatient = namesWith(watched, "aboutPatient");
  const patientLinks = aboutPatient.filter((name) => isPatientLink(watched, name));
  const nameLinks = patientLinks.filter((name) => watched[name]?.leftOut !== true);
  const witnessedLinks = [...nameLinks, ...namesWith(watched, "seldomUnset")];
  const { isHuge = false } = definition;
  const allRules = [
    ...rules,
    ...(nameLinks.length > 0 ? [anonymisation(nameLinks)] : []),
    ...(isHuge ? [firstSeen] : []),
  ];
  return {
    byDefault: false,
    urgent: false,
    confidential: false,
    secret: [],
    parts: {},
    takesPlaceAt: undefined,
    rereads: undefined,
    keptIf: undefined,
    moves: [],
    followedBy: [],
    ...definition,
    createdAs,
    deletedAs,
    restoredAs: deletedAs === "deleted" ? "restored" : createdAs,
    hasStamps,
    isComputed: definition.reading === "perParent",
    identifiedBy,
    appearances: [...appearing.map(([told]) => told), createdAs],
    rules: allRules,
    shape,
    fields: Object.fromEntries(Object.entries(watched).map(([name, { kind }]) => [name, kind])),
    standIns: Object.entries(watched).flatMap(([name, { insteadOf: newer }]) =>
      newer === undefined ? [] : [[name, newer] as const],
    ),
    noise: [...(hasStamps ? STAMPS : []), ...Object.keys(noise), ...secret],
    leftOut: namesWith(watched, "leftOut"),
    sensitive: namesWith(shape, "sensitive"),
    aboutPatient,
    patientLinks,
    nameLinks,
    witnessedLinks,
    unfiltered: namesWith(watched, "unfiltered"),
    tells,
    transitions: Object.keys(tells),
    remarks: allRules.flatMap(({ remarks = [] }) => remarks),
    stamps: new Map(
      Object.entries(tells).flatMap(([told, { stamp }]) => (stamp === undefined ? [] : [[told, stamp]])),
    ),
  };
}

function namesWith(
  fields: Fields,
  mark: "aboutPatient" | "leftOut" | "seldomUnset" | "sensitive" | "unfiltered",
): string[] {
  return Object.entries(fields).flatMap(([name, field]) => (field[mark] ? [name] : []));
}

function isPatientLink(fields: Fields, name: string): boolean {
  const kind = fields[name]?.kind;
  return typeof kind === "object" && kind.link === PATIENTS;
}

function assertOnce(path: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`${path}.${twice} is defined twice`);
}

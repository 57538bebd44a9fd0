import * as all from "./all.ts";
import { type FieldKind, PATIENTS } from "./field.ts";
import { GROUPS, type Resource } from "./resource.ts";

type Defined = (typeof all)[keyof typeof all];
export type ResourceName = Defined["path"];
export type KnownResource = Resource<ResourceName>;

/**
 * In the order of the groups, in a group by subject, and what another resource decides on (`keptIf`) after the rest.
 */
const inOrder = ordered(Object.values(all));
const byName: Readonly<Record<string, KnownResource>> = Object.fromEntries(
  inOrder.map((resource) => [resource.path, resource]),
);

/** Every resource, by its path. */
export const resources = byName as Readonly<Record<ResourceName, KnownResource>>;

export const RESOURCE_NAMES: readonly ResourceName[] = inOrder.map(({ path }) => path);

/** Resources whose records name a patient, and hang on them. */
export const NAMING_PATIENTS = RESOURCE_NAMES.filter((name) => resources[name].patientLinks.length > 0);

/** Resources of which a record may change without its stamp when one of another resource is made. */
export const MOVED_BY_OTHERS: ReadonlySet<string> = new Set(RESOURCE_NAMES.flatMap(movedBy));

/** What is to be read at once when something of a resource was told. */
export function followersOf(name: ResourceName): string[] {
  return [...new Set([...movedBy(name), ...resources[name].followedBy, ...standingOn(name)])];
}

/** Resources whose records may give way to others, without a word, when that on which they stand is changed. */
export function standingOn(name: ResourceName): ResourceName[] {
  return RESOURCE_NAMES.filter((other) => {
    const { fields, replacedWithin: link } = resources[other];
    return link !== undefined && targetOf(fields[link]) === name;
  });
}

/** Paths of what a resource's records move. */
function movedBy(name: ResourceName): string[] {
  const { fields, moves } = resources[name];
  return moves.flatMap((link) => targetOf(fields[link]) ?? []);
}

/** The path that a link leads to; undefined: it is none. */
export function targetOf(kind: FieldKind | undefined): string | undefined {
  return typeof kind === "object" ? kind.link : undefined;
}

export function isResourceName(name: string): name is ResourceName {
  return Object.hasOwn(resources, name);
}

/** @throws RangeError no resource is at that path */
export function resourceAt(path: string): KnownResource {
  const resource = byName[path];
  if (!resource) throw new RangeError(`there is no resource ${path}`);
  return resource;
}

/** Whether a record's own id is the number of the patient whose it is. */
export function goesByPatient({
  identifiedBy,
  patientLinks,
  path,
}: Pick<KnownResource, "identifiedBy" | "patientLinks" | "path">): boolean {
  return path === PATIENTS || identifiedBy.some((link) => patientLinks.includes(link));
}

/** The same resource as it is of accounts that serve it without ids; undefined: it is never served so. */
export function withoutIds(resource: KnownResource): KnownResource | undefined {
  return bare.get(resource);
}

const bare: ReadonlyMap<KnownResource, KnownResource> = new Map(
  Object.values(resources).flatMap((resource) => {
    const { idOtherwise: link } = resource;
    if (link === undefined) return [];
    const rows = { reading: "sets", hasStamps: false, identifiedBy: [link] } as const;
    return [[resource, { ...resource, ...rows, hiddenBy: [], deletedHides: false, variants: {} }] as const];
  }),
);

/** The resource that tells of a subject; undefined: no record does (`connection`, `endpoint`). */
export function resourceOf(subject: string): KnownResource | undefined {
  return bySubject.get(subject);
}

const bySubject = new Map(Object.values(resources).map((resource) => [resource.subject, resource]));

/** Fields of a subject that stay out of payloads unless an endpoint includes them. */
export function sensitiveFieldsOf(subject: string): readonly string[] {
  return resourceOf(subject)?.sensitive ?? [];
}

/** @throws RangeError two resources are of one name, or one speaks of another that there is not. */
export function ordered<Of extends Resource>(given: readonly Of[]): Of[] {
  const groups = Object.keys(GROUPS);
  const order = ({ group, keptIf, subject }: Of): string =>
    [groups.indexOf(group), keptIf ? 1 : 0, subject].join(" ");
  for (const { path, subject, fields, followedBy, keptIf, moves } of given) {
    if (given.some((other) => other.path !== path && other.subject === subject))
      throw new RangeError(`${path}.subject is another resource's: ${subject}`);
    for (const name of keptIf ? [keptIf.leadsTo, keptIf.otherwise] : []) {
      if (given.every((other) => other.path !== name))
        throw new RangeError(`${path}.keptIf names no resource: ${name}`);
    }
    const stranger = followedBy.find((name) => given.every((other) => other.path !== name));
    if (stranger !== undefined) throw new RangeError(`${path}.followedBy names no resource: ${stranger}`);
    for (const link of moves) {
      // What is to be read again is named by the patient where there is one (pollers/scan/reread.ts).
      const moved = given.find((other) => other.path === targetOf(fields[link]));
      if (moved?.patientLinks.length !== 0)
        throw new RangeError(`${path}.moves names no resource without patients: ${link}`);
    }
  }
  return given.toSorted((left, right) => (order(left) < order(right) ? -1 : 1));
}

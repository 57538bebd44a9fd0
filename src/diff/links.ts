import type { FieldKind } from "../resources/field.ts";
import { type ResourceName, isResourceName, resourceOf } from "../resources/registry.ts";
import type { Projection } from "../resources/resource.ts";
import type { WebhookEvent } from "./event.ts";
import { FieldShapeError, normaliseField } from "./normalise.ts";

/** A record that another one leads to. */
export interface LinkedRecord {
  /** The link's field: `practitioner`. */
  readonly name: string;
  readonly resource: ResourceName;
  readonly id: string;
}

/** Where a visit is read: which of the two a link to it means is not said. */
const BOOKINGS: readonly ResourceName[] = ["individual_appointments", "group_appointments"];

/** The fields that lead to one record each, with the resources in which it may be; where that cannot be known, to none. */
export function linksOf({
  fields,
}: Pick<Projection, "fields">): ReadonlyMap<string, readonly ResourceName[]> {
  return new Map(
    Object.entries(fields).flatMap(([name, kind]) => {
      const targets = targetsOf(kind);
      return targets.length === 0 ? [] : [[name, targets] as const];
    }),
  );
}

function targetsOf(kind: FieldKind): readonly ResourceName[] {
  if (typeof kind !== "object" || kind.link === undefined || kind.many) return [];
  const paths = kind.or === undefined ? [kind.link] : [kind.link, kind.or];
  return paths.flatMap((path) => (path === "bookings" ? BOOKINGS : isResourceName(path) ? [path] : []));
}

/** What an event's record leads to, or last led to; a link that may lead into several resources once for each. */
export function linkedRecords({ subject, data }: Pick<WebhookEvent, "subject" | "data">): LinkedRecord[] {
  const resource = resourceOf(subject.type);
  if (!resource) return [];
  const record = data.object ?? data.previous;
  return [...linksOf(resource)].flatMap(([name, targets]) => {
    const id = linkedIdIn(resource.fields[name], record[name]);
    if (id === undefined) return [];
    const [list = "", own] = id.split("/");
    if (own !== undefined) return isResourceName(list) ? [{ name, resource: list, id: own }] : [];
    return targets
      .slice(0, isEither(resource.fields[name]) ? 1 : undefined)
      .map((target) => ({ name, resource: target, id }));
  });
}

function isEither(kind: FieldKind | undefined): boolean {
  return typeof kind === "object" && kind.or !== undefined;
}

function linkedIdIn(kind: FieldKind | undefined, wire: unknown): string | undefined {
  try {
    const value = kind === undefined ? null : normaliseField("", kind, wire);
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch (error) {
    // A link of another shape leads nowhere: taking the record over fails on it.
    if (error instanceof FieldShapeError) return undefined;
    throw error;
  }
}

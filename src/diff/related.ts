import type { FieldValue } from "../resources/field.ts";
import { PATIENTS } from "../resources/field.ts";
import { type ResourceName, resourceOf, resources } from "../resources/registry.ts";
import type { Projection } from "../resources/resource.ts";
import { recordRefuses } from "./consent.ts";
import { type WebhookEvent, baseUrlOf } from "./event.ts";
import { linkedRecords, linksOf } from "./links.ts";
import { namedPatient, toWire } from "./normalise.ts";
import { patientsOf } from "./patient-links.ts";

/** What an event's record led to, as it was known when the event was committed. */
export interface Related {
  /** What is about a patient who refused the clinic's privacy policy is not told. */
  readonly holdsBack: boolean;
  /** By the link's field. A record that was never read is not among them. */
  readonly parts: ReadonlyMap<string, RelatedPart>;
}

export type RelatedPart =
  | {
      readonly state: "read";
      readonly resource: ResourceName;
      readonly id: string;
      readonly values: ReadonlyMap<string, FieldValue>;
    }
  | { readonly state: "deleted" | "forgotten" | "unreadable" };

/** Why a record that was asked for is not there. */
export const ABSENCES = ["not_read", "deleted", "forgotten", "withheld", "unreadable"] as const;
export type Absence = (typeof ABSENCES)[number];

export interface ExpandedParts {
  readonly related: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  /** By link; none where all are there or unset. */
  readonly related_absent?: Readonly<Record<string, Absence>>;
}

/** Under these names the record is kept by whose time zone the event's times are told: its own place's, or the account's. */
export const ZONE = "@zone";
export const HOME = "@home";

/** Every link, but for what was written in confidence. */
export const ALL_LINKS = "*";

export const NOTHING_RELATED: Related = { holdsBack: false, parts: new Map() };

/** What of `data.related` somebody gets. */
interface Asked {
  readonly expand?: readonly string[] | undefined;
  readonly include: readonly string[];
}

/** The links of a resource that are asked for. What was written in confidence is asked for by name; a sensitive link is included, too. */
function askedLinks(
  { fields, sensitive }: Pick<Projection, "fields" | "sensitive">,
  { expand = [], include }: Asked,
): readonly string[] {
  if (expand.length === 0) return [];
  return [...linksOf({ fields })].flatMap(([name, targets]) => {
    if (sensitive.includes(name) && !include.includes(name)) return [];
    const isOpen = targets.some((target) => !resources[target].confidential);
    return expand.includes(name) || (expand.includes(ALL_LINKS) && isOpen) ? [name] : [];
  });
}

/** What becomes of each link that is asked for: the record, why it is not there, or nothing where the link is not set. */
function askedParts(
  event: WebhookEvent,
  { holdsBack, parts }: Related,
  asked: Asked,
): ReadonlyMap<string, ReadPart | Absence | undefined> {
  const resource = resourceOf(event.subject.type);
  if (!resource) return new Map();
  const led = new Set(linkedRecords(event).map(({ name }) => name));
  const become = (name: string): ReadPart | Absence | undefined => {
    const part = parts.get(name);
    if (!led.has(name)) return undefined;
    if (part?.state !== "read") return part?.state ?? "not_read";
    return holdsBack && isOfOthers(event, part) ? "withheld" : part;
  };
  return new Map(askedLinks(resource, asked).map((name) => [name, become(name)]));
}

/** The records that an event's record led to: watched fields as Cliniko serves them. Null: there is no such link, or it is absent. */
export function expandParts(event: WebhookEvent, known: Related, asked: Asked): ExpandedParts | undefined {
  const found = askedParts(event, known, asked);
  if (found.size === 0) return undefined;
  const baseUrl = baseUrlOf(event.data.object ?? {});
  const related: Record<string, Readonly<Record<string, unknown>> | null> = {};
  const absent: Record<string, Absence> = {};
  for (const [name, part] of found) {
    related[name] = typeof part === "object" ? toRecord(part, asked.include, baseUrl) : null;
    if (typeof part === "string") absent[name] = part;
  }
  return Object.keys(absent).length === 0 ? { related } : { related, related_absent: absent };
}

type ReadPart = Extract<RelatedPart, { state: "read" }>;

/**
 * Whether it tells of a patient who refused, or of one of whom that is not known: whom the event itself tells of was asked for
 * before it was told.
 */
function isOfOthers(event: WebhookEvent, part: ReadPart): boolean {
  if (part.resource === PATIENTS) return recordRefuses(Object.fromEntries(part.values));
  const known = patientsOf(event);
  return patientsIn(part).some((patient) => !known.includes(patient));
}

/** Whom a part tells of. */
function patientsIn({ id, resource, values }: ReadPart): readonly string[] {
  if (resource === PATIENTS) return [id];
  return resources[resource].patientLinks.flatMap((link) => namedPatient(values.get(link)) ?? []);
}

/** Whom an event tells of with what it led to: what a receiver answers may repeat it. */
export function patientsTold(event: WebhookEvent, { parts }: Related): readonly string[] {
  const others = [...parts.values()].flatMap((part) => (part.state === "read" ? patientsIn(part) : []));
  return [...new Set([...patientsOf(event), ...others])];
}

/** What came along, as the access log names it. */
export function subjectsTold(event: WebhookEvent, known: Related, asked: Asked): readonly string[] {
  return [...askedParts(event, known, asked).values()].flatMap((part) =>
    typeof part === "object" ? [`${resources[part.resource].subject}/${part.id}`] : [],
  );
}

function toRecord(
  { id, resource, values }: ReadPart,
  include: readonly string[],
  baseUrl: string,
): Readonly<Record<string, unknown>> {
  const { fields, sensitive } = resources[resource];
  const shown = [...values].filter(
    ([name]) =>
      fields[name] !== undefined &&
      fields[name] !== "digest" &&
      (include.includes(name) || !sensitive.includes(name)),
  );
  return {
    id,
    ...Object.fromEntries(
      shown.map(([name, value]) => [name, toWire(fields[name] ?? "text", value, baseUrl)]),
    ),
  };
}

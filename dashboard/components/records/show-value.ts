import { formatMoment } from "../format/moment.tsx";
import type { NamedSubject } from "./record-link.tsx";

/**
 * How a field's value is shown. empty: it is not set · text: in words · moment: in the reader's time, with the raw one
 * beside it · link: to another record, `subject` where we have a page for it · json: as it is, indented.
 */
export type ShownValue =
  | { readonly kind: "empty" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "moment"; readonly text: string; readonly raw: string }
  | { readonly kind: "link"; readonly text: string; readonly subject: NamedSubject | undefined }
  | { readonly kind: "json"; readonly text: string };

/** What Cliniko calls a kind of record in its addresses, and what events call it. */
export type SubjectNames = ReadonlyMap<string, string>;

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

export function showValue(value: unknown, subjects: SubjectNames): ShownValue {
  if (value === null || value === undefined || value === "") return { kind: "empty" };
  if (typeof value === "boolean") return { kind: "text", text: value ? "Yes" : "No" };
  if (typeof value === "number") return { kind: "text", text: String(value) };
  if (typeof value !== "string") return showObject(value, subjects);
  return MOMENT.test(value) && !Number.isNaN(Date.parse(value))
    ? { kind: "moment", text: formatMoment(value), raw: value }
    : { kind: "text", text: value };
}

function showObject(value: unknown, subjects: SubjectNames): ShownValue {
  const link = linkOf(value, subjects);
  if (link) return link;
  const lines = linesOf(value);
  if (lines) return { kind: "text", text: lines };
  const text = JSON.stringify(value, null, 2);
  return text === undefined || text === "{}" || text === "[]" ? { kind: "empty" } : { kind: "json", text };
}

/** Things with a few plain facts each, like phone numbers: a line for each. */
function linesOf(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const lines = value.map((item: unknown) => {
    if (typeof item !== "object" || item === null) return isPlain(item) ? String(item) : undefined;
    const facts = Object.entries(item);
    return facts.length > 0 && facts.every(([, fact]) => isPlain(fact))
      ? facts.map(([name, fact]) => `${name.replaceAll("_", " ")}: ${String(fact ?? "empty")}`).join(", ")
      : undefined;
  });
  return lines.every((line) => line !== undefined) ? lines.join("\n") : undefined;
}

function isPlain(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** `{ links: { self: ".../patients/17" } }`: Cliniko's way to name another record. */
function linkOf(value: unknown, subjects: SubjectNames): ShownValue | undefined {
  if (typeof value !== "object" || value === null || !("links" in value)) return undefined;
  const { links } = value;
  if (typeof links !== "object" || links === null || !("self" in links) || typeof links.self !== "string") {
    return undefined;
  }
  const [, resource, id] = /([a-z_]+)\/(\d+)$/.exec(links.self) ?? [];
  // Of a list, like the repeats of an appointment.
  if (resource === undefined || id === undefined) return { kind: "text", text: links.self };
  const type = subjects.get(resource);
  const words = type === undefined ? singular(resource) : type.replaceAll("_", " ");
  return {
    kind: "link",
    text: `${words.charAt(0).toUpperCase()}${words.slice(1)} ${id}`,
    subject: type === undefined ? undefined : { type, id },
  };
}

function singular(resource: string): string {
  const words = resource.replaceAll("_", " ");
  if (words.endsWith("sses")) return words.slice(0, -2);
  return words.endsWith("s") ? words.slice(0, -1) : words;
}

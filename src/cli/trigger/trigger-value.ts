import type { WebhookEvent } from "../../diff/event.ts";
import { isRecord } from "../../shared/is-record.ts";
import { parseMoment } from "../../shared/iso-time.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { resourceOf } from "../../resources/registry.ts";
import type { Field } from "./trigger-fields.ts";

export type ReadValue = { readonly value: unknown } | { readonly problem: string };

/** What was typed, as the kind of value that belongs there. */
export function readValue(field: Field, path: string, text: string, event: WebhookEvent): ReadValue {
  const { kinds, time } = field;
  const allowed = (kind: Field["kinds"][number]): boolean => kinds.includes(kind);
  if (text === "null" && allowed("null")) return { value: null };
  if (time && parseMoment(text, "optional") === undefined)
    return { problem: `"${path}" is a time, like 2026-11-23T23:00:00Z` };
  if (allowed("link") && /^\d+$/.test(text)) return toLink(path, text, event);
  if ((text === "true" || text === "false") && allowed("boolean")) return { value: text === "true" };
  if (allowed("json")) {
    const json = readJson(text);
    if (json) return json;
  }
  if (allowed("string")) return { value: text };
  if (/^-?\d+$/.test(text) && allowed("integer")) return { value: Number(text) };
  const wanted = kinds.filter((kind) => kind !== "link" || !allowed("json")).map((kind) => WORDS[kind]);
  const id = allowed("link") ? ["the id of another record"] : [];
  return { problem: `"${path}" is ${[...new Set([...id, ...wanted])].join(" or ")}, not "${text}"` };
}

const WORDS: Readonly<Record<Field["kinds"][number], string>> = {
  string: "text",
  boolean: "true or false",
  integer: "a whole number",
  null: "null",
  json: "JSON",
  link: "the id of another record",
};

function readJson(text: string): ReadValue | undefined {
  const value = parseJson(text);
  return value === undefined ? undefined : { value };
}

/** An id in place of a link: the record of that kind in the same Cliniko account. */
function toLink(path: string, id: string, { subject, data }: WebhookEvent): ReadValue {
  const name = path.slice(path.lastIndexOf(".") + 1);
  const kind = resourceOf(subject.type)?.fields[name];
  if (typeof kind !== "object") return { problem: `"${path}" is a link: give it as JSON` };
  return { value: { links: { self: `${baseUrlOf(data.object)}/${kind.link}/${id}` } } };
}

/** As the event's own record shows it; none in events of records that are gone. */
function baseUrlOf(object: WebhookEvent["data"]["object"]): string {
  const links = object?.["links"];
  const self = isRecord(links) ? links["self"] : undefined;
  return typeof self === "string" ? self.split("/").slice(0, -2).join("/") : "";
}

import { isObject } from "../wire/record.ts";

/** The fields of a JSON object that a client sent, or undefined when it sent something else. */
export type Fields = Readonly<Record<string, unknown>>;

export function parseBody(body: string | undefined): Fields | undefined {
  if (body === undefined || body.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Ids are sent as text or, by older clients, as numbers. */
export function toId(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

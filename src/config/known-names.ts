import { z } from "zod";

import { closest } from "./closest.ts";
import { problem } from "./config-fields.ts";

/** Names of accounts and endpoints: they become part of Redis keys, job ids and metric labels. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** A name that the operator gives to an account or an endpoint. */
export function entryName(what: string): z.ZodString {
  return z.string().regex(NAME, {
    error: () => `is not a usable ${what} name: use lower-case letters, digits, "-" and "_", at most 63`,
  });
}

/** One of a closed set of names; a misspelt one is answered with the nearest. */
export function knownName(what: string, known: readonly string[]): z.ZodType<string, string> {
  return z.string().superRefine((name, context) => {
    if (known.includes(name)) return;
    const meant = closest(name, known);
    problem(
      context,
      `there is no ${what} "${name}"`,
      meant ? `did you mean "${meant}"?` : `use some of: ${known.join(", ") || "(there is none)"}`,
    );
  });
}

/** `*`, `<subject>.*` or an event type. */
export function eventPattern(eventTypes: readonly string[]): z.ZodType<string, string> {
  return z.string().superRefine((pattern, context) => {
    if (pattern === "*" || eventTypes.includes(pattern)) return;
    const subjects = [...new Set(eventTypes.map((type) => type.slice(0, type.indexOf("."))))];
    const known = [...eventTypes, ...subjects.map((subject) => `${subject}.*`)];
    if (known.includes(pattern)) return;
    const meant = closest(pattern, known);
    problem(
      context,
      `there is no event type "${pattern}"`,
      meant
        ? `did you mean "${meant}"?`
        : `use "*", ${subjects.map((subject) => `"${subject}.*"`).join(", ")} or one of the types in docs/events.md`,
    );
  });
}

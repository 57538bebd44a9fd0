import { z } from "zod";

import { closest } from "./closest.ts";
import { problem } from "./config-fields.ts";
import { echo } from "./echo.ts";

/** Names of accounts and endpoints: they become part of Redis keys, job ids and metric labels. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** A name that the operator gives to an account or an endpoint. */
export function entryName(what: string): z.ZodString {
  return z.string().regex(NAME, {
    error: () => `is not a usable ${what} name: use lower-case letters, digits, "-" and "_", at most 63`,
  });
}

export const MOST_NAME_CHARACTERS = 100;

function anyName(): z.ZodString {
  return z.string().max(MOST_NAME_CHARACTERS, {
    abort: true,
    error: `use at most ${MOST_NAME_CHARACTERS} characters`,
  });
}

/** One of a closed set of names; a misspelt one is answered with the nearest. */
export function knownName(what: string, known: readonly string[]): z.ZodType<string, string> {
  return anyName().superRefine((name, context) => {
    if (!known.includes(name)) problem(context, ...unknownName(what, name, known));
  });
}

/** A field that leads to another record, or `*` for every one. */
export function linkName(links: readonly string[]): z.ZodType<string, string> {
  return anyName().superRefine((name, context) => {
    if (name !== "*" && !links.includes(name)) problem(context, ...unknownName("link", name, links));
  });
}

/** What is said of a name that is none of the known ones. */
export function unknownName(
  what: string,
  name: string,
  known: readonly string[],
): [message: string, remedy: () => string] {
  return [
    `there is no ${what} "${echo(name)}"`,
    () => {
      const meant = closest(name, known);
      return meant ? `did you mean "${meant}"?` : `use some of: ${known.join(", ") || "(there is none)"}`;
    },
  ];
}

/** `*`, `<subject>.*` or an event type. */
export function eventPattern(eventTypes: readonly string[]): z.ZodType<string, string> {
  return anyName().superRefine((pattern, context) => {
    if (pattern === "*" || eventTypes.includes(pattern)) return;
    const subjects = [...new Set(eventTypes.map((type) => type.slice(0, type.indexOf("."))))];
    const known = [...eventTypes, ...subjects.map((subject) => `${subject}.*`)];
    if (known.includes(pattern)) return;
    problem(context, `there is no event type "${echo(pattern)}"`, () => {
      const meant = closest(pattern, known);
      return meant
        ? `did you mean "${meant}"?`
        : `use "*", ${subjects.map((subject) => `"${subject}.*"`).join(", ")} or one of the types in docs/events.md`;
    });
  });
}

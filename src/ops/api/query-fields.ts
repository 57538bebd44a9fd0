import { z } from "zod";

import type { Caller } from "../../admin/access/caller.ts";
import { accountsOf, maySeeSensitive } from "../../admin/access/caller.ts";
import type { Base } from "../../admin/base.ts";
import { NAMEABLE } from "../../admin/nameable.ts";
import { problem } from "../../config/config-fields.ts";
import { parseDurationMs } from "../../config/duration.ts";
import { eventPattern, knownName, linkName, unknownName } from "../../config/known-names.ts";
import type { PayloadLevel } from "../../diff/event.ts";
import { MOST_PROBLEMS } from "../../config/issue-problems.ts";
import type { Problem } from "../../shared/errors.ts";
import { parseMoment } from "../../shared/iso-time.ts";
import { ApiError } from "./api-error.ts";

/** A text with an end: what refuses a request must not work longer, or answer more, than what carries it out. */
export function boundedText(mostCharacters: number): z.ZodString {
  return z.string().max(mostCharacters, { abort: true, error: `use at most ${mostCharacters} characters` });
}

/** `a,b`: several values in one parameter. Left out: none. */
function listed<Item>(item: z.ZodType<Item, string>): z.ZodType<readonly Item[], string | undefined> {
  return boundedText(8_000)
    .default("")
    .transform((text) => (text === "" ? [] : text.split(",").map((part) => part.trim())))
    .pipe(z.array(item).max(100, "name at most 100"));
}

/** A moment, as unix ms. */
export function moment(description: string): z.ZodType<number | undefined, string | undefined> {
  return boundedText(40)
    .transform((text, context) => {
      const ms = parseMoment(text, "required");
      if (ms !== undefined) return ms;
      return problem(context, "is not a moment", "write one that exists, like 2026-11-22T03:15:00Z");
    })
    .optional()
    .meta({ description, format: "date-time", examples: ["2026-11-22T03:15:00Z"] });
}

/** How long to wait, as ms. */
export function waiting(maxMs: number, description: string): z.ZodType<number, string | undefined> {
  return boundedText(20)
    .default("0s")
    .transform((text, context) => {
      const ms = parseDurationMs(text);
      if (ms !== undefined && ms <= maxMs) return ms;
      return problem(context, "is not a wait", `use 0s to ${maxMs / 1_000}s`);
    })
    .meta({ description, examples: ["30s"] });
}

/** One that names a place for each of many accounts. */
export const longCursor = z
  .string()
  .max(12_000, "use what `next` of the former page says")
  .optional()
  .meta({ description: "`next` of the former page. Left out: from the beginning." });

export const typesQuery = listed(eventPattern(NAMEABLE.eventTypes)).meta({
  description:
    "Event types, `<subject>.*` or `*`, with commas between. Left out: all, to a subscriber but for what is confidential.",
  examples: ["appointment.cancelled,patient.*"],
});

export const accountsQuery = listed(z.string()).meta({
  description: "Accounts, with commas between. Left out: all that you may see.",
  examples: ["northside"],
});

export const includeQuery = listed(knownName("sensitive field", NAMEABLE.sensitiveFields)).meta({
  description: "Sensitive fields to show all the same, with commas between.",
  examples: ["notes"],
});

export const expandQuery = listed(linkName(NAMEABLE.links)).meta({
  description:
    "Links whose records come along in `data.related`, with commas between, or `*`: as they were last read when the event was committed.",
  examples: ["patient,practitioner"],
});

/** Whether times come along by the clock of the record's place. */
export const localTimeQuery = z.enum(["true", "false"]).default("false").meta({
  description: "`true`: the record's times come along in `data.local` by the clock of its business.",
});

/** @throws ApiError there are no values at payload level ids */
export function assertHasValues({
  payload,
  expand,
  local_time: localTime,
}: {
  readonly payload?: PayloadLevel | undefined;
  readonly expand: readonly string[];
  readonly local_time: "true" | "false";
}): void {
  if (payload !== "ids" || (expand.length === 0 && localTime === "false")) return;
  throw badRequest({
    path: expand.length > 0 ? "query.expand" : "query.local_time",
    message: "brings values, and payload ids has none",
    remedy: "leave it out, or use payload changes or full",
  });
}

export const subjectField = z
  .string()
  .max(40, "is longer than any")
  .meta({
    description: "What kind of record: the part of an event type before the dot.",
    examples: ["appointment"],
  });

/** Ids of records are Cliniko's, those of accounts and endpoints the operator's. */
export const recordIdField = z
  .string()
  .max(100, "is longer than any id")
  .meta({
    description: "Id of the record.",
    examples: ["1390726237298631770"],
  });

/** Words to look for in a list. @param where what they are looked for in */
export function searchQuery(where: string): z.ZodType<string | undefined, string | undefined> {
  return z
    .string()
    .max(100, "use at most 100 letters")
    .optional()
    .meta({ description: `A part of ${where}, in upper or lower case. Left out: all.`, examples: ["north"] });
}

/** @throws ApiError when the caller may not have sensitive fields, and asks for some */
export function assertMayInclude(caller: Caller, include: readonly string[], path = "query.include"): void {
  if (include.length === 0 || maySeeSensitive(caller)) return;
  throw badRequest({
    path,
    message: "asks for sensitive fields, which this token may not have",
    remedy: "leave it out, or ask the operator for a token that may",
  });
}

/** The accounts asked for; undefined: none in particular. @throws ApiError for one that does not exist for the caller */
export function toAccounts(
  { config }: Pick<Base, "config">,
  caller: Caller,
  names: readonly string[],
): readonly string[] | undefined {
  if (names.length === 0) return undefined;
  const known = accountsOf(caller, config);
  const unknown = names.filter((name) => !known.includes(name)).slice(0, MOST_PROBLEMS);
  const problems = unknown.map((name) => unknownAccount(name, known));
  if (problems.length > 0) throw badRequest(...problems);
  return names;
}

function unknownAccount(name: string, known: readonly string[]): Problem {
  const [message, remedy] = unknownName("account", name, known);
  return { path: "query.accounts", message, remedy: remedy() };
}

export function badRequest(...problems: readonly Problem[]): ApiError {
  return new ApiError("bad_request", "The request is not as it should be.", { problems });
}

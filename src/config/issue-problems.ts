import { z } from "zod";

import type { Problem } from "../shared/errors.ts";
import { isRecord } from "../shared/is-record.ts";
import { closest } from "./closest.ts";
import { echo } from "./echo.ts";

/** Where a setting stands, as the one who wrote it would say. */
export type PlaceOf = (path: readonly PropertyKey[]) => Pick<Problem, "path" | "line">;

/** Problems of a request that are told. Of the operator's own file all are. */
export const MOST_PROBLEMS = 20;

/**
 * What zod says, in the operator's words: what is wrong and what to do. `schema` knows what could have been meant, and
 * `shownBy` is where it can be seen how it is done. However much is wrong, telling costs no more than the `most` that are
 * told, and what was written is repeated only in part.
 */
export function toProblems(
  issues: readonly z.core.$ZodIssue[],
  placeOf: PlaceOf,
  schema: z.ZodType,
  { shownBy = "notifier.example.yaml", most = Number.POSITIVE_INFINITY } = {},
): Problem[] {
  let names: readonly string[] | undefined;
  const known = (): readonly string[] => (names ??= settingNames(schema));
  const problems: Problem[] = [];
  for (const issue of issues) {
    const left = most - problems.length;
    if (left <= 0) break;
    problems.push(...toProblemsOf(issue, left, placeOf, known, shownBy));
  }
  return problems.map((problem) => ({ ...problem, path: echo(problem.path) }));
}

function toProblemsOf(
  issue: z.core.$ZodIssue,
  most: number,
  placeOf: PlaceOf,
  known: () => readonly string[],
  shownBy: string,
): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, most).map((key) => ({
      ...placeOf([...issue.path, key]),
      message: "is not a known setting",
      remedy: suggestSetting(key, known(), shownBy),
    }));
  }
  return [toProblem(issue, placeOf, shownBy)];
}

function toProblem(
  issue: Exclude<z.core.$ZodIssue, z.core.$ZodIssueUnrecognizedKeys>,
  placeOf: PlaceOf,
  shownBy: string,
): Problem {
  const at = placeOf(issue.path);
  switch (issue.code) {
    case "custom":
      return { ...at, message: issue.message, remedy: remedyOf(issue.params) };
    case "invalid_type":
      return issue.input === undefined
        ? { ...at, message: "is missing", remedy: `add it (${issue.expected}); ${shownBy} shows how` }
        : { ...at, message: `is not of the right kind`, remedy: `write ${article(issue.expected)} here` };
    case "invalid_value":
      return { ...at, message: "is not one of the known values", remedy: `use ${issue.values.join(", ")}` };
    case "too_small":
    case "too_big":
      return { ...at, message: "is out of range", remedy: issue.message };
    case "invalid_key":
      return { ...at, ...split(issue.issues[0]?.message ?? "is not a usable name", shownBy) };
    case "invalid_format":
    case "invalid_union":
    case "invalid_element":
    case "not_multiple_of":
      return { ...at, ...split(issue.message, shownBy) };
  }
}

/** As `problem` gave it: a text, or what finds it. */
export function remedyOf(params: Readonly<Record<string, unknown>> | undefined): string {
  const remedy = params?.["remedy"];
  return String(typeof remedy === "function" ? remedy() : (remedy ?? "mend this value"));
}

/** Our own messages put the remedy behind the first colon. */
function split(message: string, shownBy: string): { message: string; remedy: string } {
  const [fault = message, ...remedy] = message.split(": ");
  return { message: fault, remedy: remedy.join(": ") || `see ${shownBy}` };
}

function article(kind: string): string {
  const words: Record<string, string> = {
    array: "a list",
    object: "a block of settings",
    record: "named entries",
  };
  return words[kind] ?? `a ${kind}`;
}

/** Every setting's name, read off the schema itself. */
function settingNames(schema: z.ZodType): string[] {
  const names = new Set<string>();
  const collect = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(collect);
    if (!isRecord(node)) return;
    if (isRecord(node["properties"])) for (const name of Object.keys(node["properties"])) names.add(name);
    Object.values(node).forEach(collect);
  };
  collect(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  return [...names];
}

function suggestSetting(key: string, known: readonly string[], shownBy: string): string {
  const meant = closest(key, known);
  if (meant === key) return `move it to its place: ${shownBy} shows where`;
  return meant ? `did you mean "${meant}"? Otherwise remove it` : "remove it";
}

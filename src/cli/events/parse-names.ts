import { InvalidArgumentError } from "commander";
import type { z } from "zod";

import { NAMEABLE } from "../../admin/nameable.ts";
import { remedyOf } from "../../config/issue-problems.ts";
import { eventPattern, knownName } from "../../config/known-names.ts";
import { parseList } from "../terminal/arguments.ts";

/** Patterns of event types, with commas between them. @throws InvalidArgumentError */
export function parseTypes(text: string): readonly string[] {
  const pattern = eventPattern(NAMEABLE.eventTypes);
  return parseList(text).map((name) => checked(pattern, name));
}

/** Sensitive fields, with commas between them. @throws InvalidArgumentError */
export function parseFields(text: string): readonly string[] {
  const field = knownName("sensitive field", NAMEABLE.sensitiveFields);
  return parseList(text).map((name) => checked(field, name));
}

function checked(schema: z.ZodType<string>, text: string): string {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const remedy = issue?.code === "custom" ? `: ${remedyOf(issue.params)}` : "";
  throw new InvalidArgumentError(`${issue?.message ?? "It is not known"}${remedy}`);
}

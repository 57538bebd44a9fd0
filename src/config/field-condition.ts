import { z } from "zod";

import { problem } from "./config-fields.ts";
import type { FieldCondition } from "./endpoint-settings.ts";
import { knownName } from "./known-names.ts";

export const MOST_VALUE_CHARACTERS = 1_000;

/** One entry of an endpoint's `when`. */
export function fieldCondition(fields: readonly string[]): z.ZodType<FieldCondition> {
  return z.strictObject({
    field: knownName("watched field", fields),
    from: conditionValue().optional(),
    to: conditionValue().optional(),
  });
}

function conditionValue(): z.ZodType<string | number | boolean | null> {
  return z.unknown().transform((value, context) => {
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      return problem(
        context,
        "has more digits than a number keeps",
        "put quotes around it: ids are compared as text",
      );
    }
    if (typeof value === "string" && value.length > MOST_VALUE_CHARACTERS) {
      return problem(context, "is too long", `use at most ${MOST_VALUE_CHARACTERS} characters`);
    }
    if (value === null || typeof value === "string" || typeof value === "number") return value;
    if (typeof value === "boolean") return value;
    return problem(
      context,
      "is not a single value",
      "write a text, a number, true, false, or null for what is not set",
    );
  });
}

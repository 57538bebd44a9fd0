/** What happens to the people of a clinic. */
import { turns } from "./rule-kinds.ts";
import type { Rule } from "./transition.ts";

/** Whether somebody still works here. @param column that says so */
export function activity<const Column extends string>(
  column: Column,
): Rule<"deactivated" | "reactivated", Column> {
  return turns(
    column,
    false,
    ["deactivated", { title: "{it} made inactive", when: `\`${column}\` became false` }],
    ["reactivated", { title: "{it} active again", when: `\`${column}\` was false and is not any longer` }],
  );
}

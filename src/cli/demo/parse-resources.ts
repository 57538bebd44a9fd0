import { InvalidArgumentError } from "commander";

import { NAMEABLE } from "../../admin/nameable.ts";
import { resourcesSchema } from "../../config/config-schema.ts";
import { toProblems } from "../../config/issue-problems.ts";
import { type ResourceName, isResourceName } from "../../resources/registry.ts";

/** Names of resources and of their groups, with commas between them; null: what is read by default. @throws InvalidArgumentError */
export function parseResources(text: string | null): readonly ResourceName[] {
  if (text === null) return NAMEABLE.defaultResources.filter(isResourceName);
  const schema = resourcesSchema(NAMEABLE);
  const { data, error } = schema.safeParse(text.split(",").map((name) => name.trim()));
  if (data) return data.filter(isResourceName);
  const problems = toProblems(error.issues, () => ({ path: "" }), schema);
  throw new InvalidArgumentError(problems.map(({ message, remedy }) => `${message}: ${remedy}`).join("; "));
}

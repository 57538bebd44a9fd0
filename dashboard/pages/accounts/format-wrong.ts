import type { ResourceStatus } from "../../api/answers.ts";
import { stateWords } from "../../components/status/source-state.ts";
import { formatResource } from "../../components/format/format-resource.ts";

/** `Patients: degraded · Attendees: degraded`, or in short what is so of all of an account's kinds of record. */
export function formatWrong(wrong: readonly ResourceStatus[], kinds: number): string {
  const names = new Set(wrong.map((status) => stateWords(status).name));
  const [only] = names;
  if (only !== undefined && names.size === 1 && wrong.length === kinds) return `Everything: ${only}`;
  return wrong.map((status) => `${formatResource(status.resource)}: ${stateWords(status).name}`).join(" · ");
}

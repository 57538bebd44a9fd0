import type { ResourceStatus } from "../../api/answers.ts";
import { stateWords } from "../../components/status/source-state.ts";
import { spellResource } from "../../components/format/spell-resource.ts";

/** `Patients: degraded · Attendees: degraded`, or in short what is so of all of an account's kinds of record. */
export function spellWrong(wrong: readonly ResourceStatus[], kinds: number): string {
  const names = new Set(wrong.map((status) => stateWords(status).name));
  const [only] = names;
  if (only !== undefined && names.size === 1 && wrong.length === kinds) return `Everything: ${only}`;
  return wrong.map((status) => `${spellResource(status.resource)}: ${stateWords(status).name}`).join(" · ");
}

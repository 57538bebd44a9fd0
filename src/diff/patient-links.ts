import type { WebhookEvent } from "./event.ts";
import { normaliseField } from "./normalise.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The patient that a record's `patient` link names. A link of another shape names nobody: taking the record over fails on it. */
export function linkedPatient(record: Fields): string | undefined {
  try {
    const id = normaliseField("patient", { link: "patients" }, record["patient"]);
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

/** The patients that an event tells of: its subject, or whom its appointment or place is for, or was before. */
export function patientsOf({ subject, data }: Pick<WebhookEvent, "subject" | "data">): readonly string[] {
  if (subject.type === "patient") return [subject.id];
  const linked = [data.object ?? {}, data.previous].map(linkedPatient);
  return [...new Set(linked.filter((id) => id !== undefined))];
}

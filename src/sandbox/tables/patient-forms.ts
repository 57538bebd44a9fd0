import { flag, json, link, moment, parent, word } from "../storage/columns.ts";
import { hashText } from "../clinic/random.ts";
import { isObject, isSame, type WireRecord } from "../wire/record.ts";
import { ARCHIVABLE, defineTable, isSet, turning } from "./define-table.ts";

interface Question {
  readonly name: string;
  readonly type: string;
  readonly answer?: string;
  readonly signature_id?: string;
}

const ANSWERED: Question = { name: "What brings you here?", type: "paragraph", answer: "Knee" };

function withQuestions(...questions: readonly Question[]): object {
  return { sections: [{ name: "About you", questions }] };
}

/** In no order that counts. */
function signaturesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(signaturesIn).toSorted();
  if (!isObject(value)) return [];
  return Object.entries(value)
    .flatMap(([key, inner]) =>
      key === "signature_id" && isSet(inner) ? [String(inner)] : signaturesIn(inner),
    )
    .toSorted();
}

function isCompleted({ completed_at }: WireRecord): boolean {
  return isSet(completed_at);
}

/** A form that a patient fills in. What the answers of connected questions do to the patient is not played. */
export const patientForms = defineTable({
  path: "patient_forms",
  subject: "patient_form",
  columns: {
    archived_at: moment(),
    completed_at: moment(),
    edited_at: moment(),
    name: word("New patient form"),
    content: json<unknown>({ sample: withQuestions(ANSWERED) }),
    restricted_to_practitioner: flag(false),
    email_to_patient_on_completion: flag(false),
    patient_id: parent("patients"),
    attendee_id: link("attendees"),
    booking_id: link("bookings"),
    business_id: link("businesses"),
  },
  extras: (row, { self, links }) => ({
    url: `https://forms.example.com/f/${hashText(row.id).toString(36)}`,
    signatures: signaturesIn(row.content).map((id) => links.to(`${self}/signatures/${id}`)),
  }),
  filters: ["archived_at", "attendee_id", "completed_at", "patient_id"],
  hiddenBy: ["archived_at"],
  api: {
    required: ["name", "patient_id"],
    writable: [
      "attendee_id",
      "business_id",
      "content",
      "email_to_patient_on_completion",
      "name",
      "patient_id",
      "restricted_to_practitioner",
    ],
    archive: true,
  },
  facts: {
    ...ARCHIVABLE.facts,
    // While it is not completed, the patient is filling it in: that is an update.
    ...turning(["completed", "completion_reverted"], isCompleted, ["completed_at", "content"]),
    edited: {
      explains: ["edited_at", "content"],
      shows: (before, after) =>
        before !== undefined &&
        isCompleted(before) &&
        isCompleted(after) &&
        isSet(after["edited_at"]) &&
        !isSame(before["edited_at"], after["edited_at"]),
    },
    signed: {
      explains: ["content"],
      shows: (before, after) => {
        if (before === undefined || isCompleted(before) !== isCompleted(after)) return false;
        const [had, has] = [signaturesIn(before["content"]), signaturesIn(after["content"])];
        return has.length > had.length && had.every((id) => has.includes(id));
      },
    },
  },
  noise: ["signatures", "url"],
  personal: ["content", "name"],
  acts: {
    sign: (row) =>
      signaturesIn(row.content).length > 0
        ? undefined
        : {
            writes: {
              content: withQuestions(ANSWERED, { name: "Signature", type: "signature", signature_id: "41" }),
            },
            tells: ["signed"],
          },
    complete: (row, { seconds }) =>
      row.completed_at === null ? { writes: { completed_at: seconds }, tells: ["completed"] } : undefined,
    edit: (row, { seconds }) =>
      row.completed_at === null || row.edited_at !== null
        ? undefined
        : {
            writes: { edited_at: seconds, content: withQuestions({ ...ANSWERED, answer: "Both knees" }) },
            tells: ["edited"],
          },
    revertCompletion: (row) =>
      row.completed_at === null
        ? undefined
        : { writes: { completed_at: null }, tells: ["completion_reverted"] },
    ...ARCHIVABLE.acts,
  },
});

import { differs, moment, remarks, turns } from "./rule-kinds.ts";
import { type Read, type Rule, type Transition, defineRule } from "./transition.ts";

/** Of every record. What it is called on first sight is the resource's. */
export const CREATED: Transition = {
  title: "{it} created",
  when: "it is seen for the first time after the first sync",
  notWhen: "it was there when watching began",
  example: ({ created_at: at }) => ({ how: "new", at: String(at) }),
};

/** The least telling: what no other transition explains. */
export const UPDATED: Transition = {
  title: "{it} changed",
  when: "a watched field changed and no other type says it better",
  example: () => ({}),
};

/** `deleted_at` that says the same moment as `archived_at` is the legacy mirror of archiving, not a deletion. */
function isDeleted(read: Read): boolean {
  return read("deleted_at") !== null && read("deleted_at") !== read("archived_at");
}

/**
 * Of every record, also of one without such a stamp: Cliniko's answer is evidence as well. Archived ("deleted" in the clinic's
 * screen) and deleted are two facts: docs/decisions/0003-archived-or-deleted.md.
 */
export const deletion = defineRule({
  tells: {
    deleted: {
      title: "{it} gone for good",
      when: "`deleted_at` was set, apart from archiving; or Cliniko answered 404 for it twice, a minute apart",
      notWhen: "it is absent from a list",
      stamp: "deleted_at",
      example: () => ({ how: "gone" }),
    },
    restored: {
      title: "{it} there again",
      when: "`deleted_at` was cleared; or it can be read again after it was reported as deleted",
      example: () => ({ how: "back" }),
    },
  },
  fields: [],
  also: ["archived_at", "deleted_at"],
  detect(before, after) {
    const was = before !== undefined && isDeleted(before);
    if (was === isDeleted(after)) return [];
    return [was ? "restored" : "deleted"];
  },
});

export const archiving = moment(
  "archived_at",
  ["archived", { title: "{it} archived", when: "it was archived" }],
  ["unarchived", { title: "{it} brought back", when: "it was brought back: `archived_at` was cleared" }],
  { also: ["deleted_at"], beside: (at) => ({ deleted_at: at }) },
);

export const cancellation = moment(
  "cancelled_at",
  ["cancelled", { title: "{it} cancelled", when: "`cancelled_at` was set" }],
  ["reinstated", { title: "Cancellation taken back", when: "`cancelled_at` was cleared" }],
  {
    also: ["cancellation_reason", "cancellation_note"],
    beside: () => ({ cancellation_reason: 30, cancellation_reason_description: "Sick" }),
  },
);

const absent = { title: "Patient did not arrive", when: "the patient was marked as a no-show" };
const notAbsent = {
  title: "No-show taken back",
  when: "the mark that the patient did not come was taken back",
};
const present = { title: "Patient arrived", when: "the patient was marked as arrived" };
const notPresent = {
  title: "Arrival taken back",
  when: "the mark that the patient arrived was taken back",
};

/** The two marks of an appointment. */
export const arrival = [
  turns("did_not_arrive", true, ["did_not_arrive", absent], ["did_not_arrive_reverted", notAbsent]),
  turns("patient_arrived", true, ["arrived", present], ["arrival_reverted", notPresent]),
] as const;

/** An attendee's `arrived`: true came, false did not, null nobody has said. Source: docs/upstream.md §6. */
export const attendance = [
  turns(
    "arrived",
    false,
    [
      "did_not_arrive",
      { ...absent, when: "`arrived` became false", notWhen: "it became null: nobody has said" },
    ],
    ["did_not_arrive_reverted", { ...notAbsent, when: "`arrived` was false and is not any longer" }],
  ),
  turns(
    "arrived",
    true,
    ["arrived", { ...present, when: "`arrived` became true" }],
    ["arrival_reverted", { ...notPresent, when: "`arrived` was true and is not any longer" }],
  ),
] as const;

/** `rescheduled` means that the time moved; another practitioner or business alone does not. */
export const timing = differs(
  ["rescheduled", { title: "{it} moved in time", when: "`starts_at` or `ends_at` moved" }],
  {
    columns: ["starts_at", "ends_at"],
    example: ({ starts_at: from, ends_at: to }) => ({
      after: { starts_at: dayLater(from), ends_at: dayLater(to) },
    }),
  },
);

/**
 * Of every record that names its patient: the clinic took the name away, which Cliniko does to what it keeps of a deleted patient
 * where it was told to. What was written about the patient goes along (diff/seen.ts).
 */
export function anonymisation(links: readonly string[]): Rule<never> {
  return defineRule<never, never, "anonymised">({
    tells: {},
    remarks: ["anonymised"],
    fields: [],
    detect: (before, after) =>
      before && links.some((link) => typeof before(link) === "string" && after(link) === false)
        ? ["anonymised"]
        : [],
  });
}

/** Of a record that is older than anything that was read, and was met because it changed: from what is not known. */
export const FIRST_SEEN = "first_seen";

export const firstSeen = defineRule<never, never, typeof FIRST_SEEN>({
  tells: {},
  remarks: [FIRST_SEEN],
  fields: [],
  // Two versions do not show it: see `toChange` in diff/adopt.ts.
  detect: () => [],
});

export const identity = remarks([
  ["practitioner", "practitioner_changed"],
  ["business", "business_changed"],
]);

/** Of a block in the calendar. */
export const kind = remarks([["unavailable_block_type", "type_changed"]]);

/** Whether patients who book online find it. */
export const onlineBooking = remarks([
  ["show_in_online_bookings", "shown_in_online_bookings", (_, is) => is === true],
  ["show_in_online_bookings", "hidden_from_online_bookings", (was) => was === true],
]);

/** The duplicate of a merge: archived in the same act. */
export const merge = defineRule({
  tells: {
    merged: {
      title: "Duplicate patient merged",
      when: "a duplicate was merged into another: `merged_with_patient` names the survivor",
      stamp: "merged_at",
      example: (_, at) => ({ after: { archived_at: at, merged_at: at } }),
    },
  },
  fields: ["merged_at", "merged_with_patient"],
  detect: (before, after) =>
    after("merged_at") !== null && (before?.("merged_at") ?? null) === null ? ["merged"] : [],
});

function dayLater(iso: unknown): string {
  return new Date(Date.parse(String(iso)) + 86_400_000).toISOString().replace(".000Z", "Z");
}

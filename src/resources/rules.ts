import {
  type Occasion,
  type Read,
  type Rule,
  type Served,
  type Transition,
  defineRule,
} from "./transition.ts";

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

/** A moment that is set or not: its setting and its clearing. `beside`: what is set with it, in examples. */
export function moment<Set extends string, Cleared extends string, const Column extends string>(
  column: Column,
  [set, made]: readonly [Set, Occasion],
  [cleared, undone]: readonly [Cleared, Occasion],
  { also, beside }: Required<Pick<Rule, "also">> & { readonly beside: (at: unknown) => Served },
): Rule<Set | Cleared, Column> {
  const whole = (ordinary: Served, at: unknown): Served =>
    Object.fromEntries(
      Object.entries({ [column]: at, ...beside(at) }).filter(([name]) => Object.hasOwn(ordinary, name)),
    );
  const tells: Record<string, Transition> = {
    [set]: { ...made, stamp: column, example: (ordinary, at) => ({ after: whole(ordinary, at) }) },
    [cleared]: {
      ...undone,
      example: (ordinary) => ({ before: whole(ordinary, ordinary["created_at"]), after: ordinary }),
    },
  };
  return defineRule({
    tells: tells as Record<Set | Cleared, Transition>,
    fields: [column],
    also,
    detect(before, after) {
      const was = before !== undefined && before(column) !== null;
      const is = after(column) !== null;
      if (was === is) return [];
      return [is ? set : cleared];
    },
  });
}

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
      when: "`deleted_at` was cleared; or it can be read again after it was told as deleted",
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

/** What was said of a visit, and its taking back. */
const said = (
  column: string,
  value: boolean,
  [made, undone]: readonly [Occasion, Occasion],
): readonly [Transition, Transition] => [
  { ...made, example: () => ({ after: { [column]: value } }) },
  { ...undone, example: () => ({ before: { [column]: value }, after: { [column]: null } }) },
];

const [absent, notAbsent] = said("did_not_arrive", true, [
  { title: "Patient did not arrive", when: "the patient was marked as a no-show" },
  { title: "No-show taken back", when: "the mark that the patient did not come was taken back" },
]);
const [present, notPresent] = said("patient_arrived", true, [
  { title: "Patient arrived", when: "the patient was marked as arrived" },
  { title: "Arrival taken back", when: "the mark that the patient arrived was taken back" },
]);

export const arrival = defineRule({
  tells: {
    did_not_arrive: absent,
    did_not_arrive_reverted: notAbsent,
    arrived: present,
    arrival_reverted: notPresent,
  },
  fields: ["did_not_arrive", "patient_arrived"],
  detect(before, after) {
    const [wasAbsent, isAbsent] = [before?.("did_not_arrive") === true, after("did_not_arrive") === true];
    const [wasHere, isHere] = [before?.("patient_arrived") === true, after("patient_arrived") === true];
    return [
      ...(wasAbsent === isAbsent ? [] : ([isAbsent ? "did_not_arrive" : "did_not_arrive_reverted"] as const)),
      ...(wasHere === isHere ? [] : ([isHere ? "arrived" : "arrival_reverted"] as const)),
    ];
  },
});

const [missed, notMissed] = said("arrived", false, [
  { ...absent, when: "`arrived` became false", notWhen: "it became null: nobody has said" },
  { ...notAbsent, when: "`arrived` was false and is not any longer" },
]);
const [came, notCame] = said("arrived", true, [
  { ...present, when: "`arrived` became true" },
  { ...notPresent, when: "`arrived` was true and is not any longer" },
]);

/** An attendee's `arrived`: true came, false did not, null nobody has said. Source: docs/upstream.md §6. */
export const attendance = defineRule({
  tells: {
    did_not_arrive: missed,
    did_not_arrive_reverted: notMissed,
    arrived: came,
    arrival_reverted: notCame,
  },
  fields: ["arrived"],
  detect(before, after) {
    const was = before?.("arrived") ?? null;
    const is = after("arrived");
    if (was === is) return [];
    return [
      ...(was === null ? [] : ([was === true ? "arrival_reverted" : "did_not_arrive_reverted"] as const)),
      ...(is === null ? [] : ([is === true ? "arrived" : "did_not_arrive"] as const)),
    ];
  },
});

/** `rescheduled` means that the time moved; another practitioner or business alone does not. */
export const timing = defineRule({
  tells: {
    rescheduled: {
      title: "{it} moved in time",
      when: "`starts_at` or `ends_at` moved",
      example: ({ starts_at: from, ends_at: to }) => ({
        after: { starts_at: dayLater(from), ends_at: dayLater(to) },
      }),
    },
  },
  fields: ["starts_at", "ends_at"],
  detect: (before, after) =>
    before && (["starts_at", "ends_at"] as const).some((field) => before(field) !== after(field))
      ? ["rescheduled"]
      : [],
});

/** Which part of an update it was: what a change of each field is called beside it. */
function parts<const Column extends string>(
  named: readonly (readonly [column: Column, remark: string])[],
): Rule<never, Column> {
  return defineRule<never, Column, string>({
    tells: {},
    remarks: named.map(([, remark]) => remark),
    fields: named.map(([column]) => column),
    detect: (before, after) =>
      before ? named.flatMap(([column, remark]) => (before(column) === after(column) ? [] : [remark])) : [],
  });
}

export const identity = parts([
  ["practitioner", "practitioner_changed"],
  ["business", "business_changed"],
]);

/** Of a block in the calendar. */
export const kind = parts([["unavailable_block_type", "type_changed"]]);

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

import type { FieldValue } from "./normalise.ts";

/** Reads a field of one version of a record; null when it is unset. */
export type Read = (field: string) => FieldValue;

/** One kind of thing that can happen to a record, told from its two versions alone. */
export interface Fact {
  /** Every transition this fact can tell, for the catalogue of event types. */
  readonly transitions: readonly string[];
  /** The fields whose change it explains. */
  readonly fields: readonly string[];
  /** `before` is undefined on first sight: then only the states that differ from a fresh record's are told. */
  readonly detect: (before: Read | undefined, after: Read) => readonly string[];
}

/** A moment that is set or not: its setting and its clearing. */
function moment(column: string, set: string, cleared: string, extra: readonly string[] = []): Fact {
  return {
    transitions: [set, cleared],
    fields: [column, ...extra],
    detect(before, after) {
      const was = before !== undefined && before(column) !== null;
      const is = after(column) !== null;
      if (was === is) return [];
      return [is ? set : cleared];
    },
  };
}

/** A flag that is up or down. */
function flag(column: string, raised: string, lowered: string): Fact {
  return {
    transitions: [raised, lowered],
    fields: [column],
    detect(before, after) {
      const was = before?.(column) === true;
      const is = after(column) === true;
      if (was === is) return [];
      return [is ? raised : lowered];
    },
  };
}

function combine(...facts: readonly Fact[]): Fact {
  return {
    transitions: facts.flatMap((fact) => fact.transitions),
    fields: facts.flatMap((fact) => fact.fields),
    detect: (before, after) => facts.flatMap((fact) => fact.detect(before, after)),
  };
}

/** `deleted_at` that says the same moment as `archived_at` is the legacy mirror of archiving, not a deletion. */
function isDeleted(read: Read): boolean {
  return read("deleted_at") !== null && read("deleted_at") !== read("archived_at");
}

/** Archived ("deleted" in the clinic's screen) and deleted are two facts: docs/decisions/0003-archived-or-deleted.md. */
export const removal: Fact = combine(moment("archived_at", "archived", "unarchived"), {
  transitions: ["deleted", "restored"],
  fields: ["deleted_at"],
  detect(before, after) {
    const was = before !== undefined && isDeleted(before);
    if (was === isDeleted(after)) return [];
    return [was ? "restored" : "deleted"];
  },
});

export const cancellation: Fact = moment("cancelled_at", "cancelled", "reinstated", [
  "cancellation_reason",
  "cancellation_note",
]);

export const arrival: Fact = combine(
  flag("did_not_arrive", "did_not_arrive", "did_not_arrive_reverted"),
  flag("patient_arrived", "arrived", "arrival_reverted"),
);

/** An attendee's `arrived`: true came, false did not, null nobody has said. Source: cliniko-api.md §6. */
export const attendance: Fact = {
  transitions: ["did_not_arrive", "did_not_arrive_reverted", "arrived", "arrival_reverted"],
  fields: ["arrived"],
  detect(before, after) {
    const was = before?.("arrived") ?? null;
    const is = after("arrived");
    if (was === is) return [];
    const undone = was === null ? [] : [was === true ? "arrival_reverted" : "did_not_arrive_reverted"];
    const done = is === null ? [] : [is === true ? "arrived" : "did_not_arrive"];
    return [...undone, ...done];
  },
};

/** `rescheduled` means that the time moved; another practitioner or business alone does not. */
export const timing: Fact = {
  transitions: ["rescheduled"],
  fields: ["starts_at", "ends_at"],
  detect(before, after) {
    if (!before) return [];
    return ["starts_at", "ends_at"].some((field) => before(field) !== after(field)) ? ["rescheduled"] : [];
  },
};

/** Facts that say which part of an update it was; they are no event types of their own. */
export const identity: Fact = {
  transitions: [],
  fields: ["practitioner", "business"],
  detect(before, after) {
    if (!before) return [];
    return ["practitioner", "business"]
      .filter((field) => before(field) !== after(field))
      .map((field) => `${field}_changed`);
  },
};

/** The duplicate of a merge: archived in the same act. */
export const merge: Fact = {
  transitions: ["merged"],
  fields: ["merged_at", "merged_with_patient"],
  detect: (before, after) =>
    after("merged_at") !== null && (before?.("merged_at") ?? null) === null ? ["merged"] : [],
};

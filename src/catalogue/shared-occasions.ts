import type { Occasion } from "./subject.ts";

type Words = Omit<Occasion, "title">;

/** What is said alike of every kind of record. */
export const SEEN_FIRST: Words = {
  when: "it is seen for the first time after the first sync",
  notWhen: "it was there when watching began",
};

export const CANCELLATION = {
  cancelled: { when: "`cancelled_at` was set" },
  reinstated: { when: "`cancelled_at` was cleared" },
} as const satisfies Record<string, Words>;

export const REMOVAL = {
  archived: { when: "it was removed from the calendar" },
  unarchived: { when: "it was brought back: `archived_at` was cleared" },
  deleted: {
    when: "`deleted_at` was set, apart from archiving; or Cliniko answered 404 for it twice, a minute apart",
    notWhen: "it is absent from a list",
  },
  restored: { when: "`deleted_at` was cleared; or it can be read again after it was told as deleted" },
} as const satisfies Record<string, Words>;

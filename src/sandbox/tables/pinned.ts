import { moment } from "../storage/columns.ts";
import { isSet, turning, type ActContext, type Deed } from "./define-table.ts";

interface Pinnable {
  readonly pinned_at: number | null;
}

/** What stands at the top of a patient's record. */
export const PINNABLE = {
  columns: { pinned_at: moment() },
  facts: turning(["pinned", "unpinned"], ({ pinned_at }) => isSet(pinned_at), ["pinned_at"]),
  acts: {
    pin: ({ pinned_at }: Pinnable, { seconds }: ActContext): Deed<Pinnable> | undefined =>
      pinned_at === null ? { writes: { pinned_at: seconds }, tells: ["pinned"] } : undefined,
    unpin: ({ pinned_at }: Pinnable): Deed<Pinnable> | undefined =>
      pinned_at === null ? undefined : { writes: { pinned_at: null }, tells: ["unpinned"] },
  },
} as const;

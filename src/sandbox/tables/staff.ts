import { turning, type Deed } from "./define-table.ts";
import type { WireRecord } from "../wire/record.ts";

/** What practitioners, users and businesses have in common. */

interface Active {
  readonly active: boolean | null;
}

interface Bookable {
  readonly show_in_online_bookings: boolean | null;
}

/** Somebody leaves, and comes back. */
export const ACTIVITY = {
  facts: turning(["deactivated", "reactivated"], ({ active }) => active === false, ["active", "user_active"]),
  acts: {
    deactivate: (row: Active): Deed<Active> | undefined =>
      row.active === false
        ? undefined
        : { writes: { active: false }, tells: ["deactivated"], moves: "activeMovesUpdatedAt" },
    reactivate: (row: Active): Deed<Active> | undefined =>
      row.active === false
        ? { writes: { active: true }, tells: ["reactivated"], moves: "activeMovesUpdatedAt" }
        : undefined,
  },
} as const;

function isShown(record: WireRecord | undefined): boolean {
  return record?.["show_in_online_bookings"] === true;
}

/** Patients who book online find it, or do not. Both are told beside the update. */
export const ONLINE = {
  facts: {
    shown_in_online_bookings: {
      explains: ["show_in_online_bookings"],
      aside: true,
      shows: (before: WireRecord | undefined, after: WireRecord) =>
        before !== undefined && !isShown(before) && isShown(after),
    },
    hidden_from_online_bookings: {
      explains: ["show_in_online_bookings"],
      aside: true,
      shows: (before: WireRecord | undefined, after: WireRecord) =>
        before !== undefined && isShown(before) && !isShown(after),
    },
  },
  acts: {
    hideOnline: (row: Bookable): Deed<Bookable> | undefined =>
      row.show_in_online_bookings === true
        ? {
            writes: { show_in_online_bookings: false },
            tells: ["hidden_from_online_bookings", "updated"],
          }
        : undefined,
    showOnline: (row: Bookable): Deed<Bookable> | undefined =>
      row.show_in_online_bookings === true
        ? undefined
        : { writes: { show_in_online_bookings: true }, tells: ["shown_in_online_bookings", "updated"] },
  },
} as const;

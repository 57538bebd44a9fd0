import type { Failure, Row } from "../../cliniko/outcome.ts";
import { FieldShapeError, normaliseField } from "../../diff/normalise.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import { type FindByIdsDeps, findAllByIds } from "./find-by-ids.ts";

/** The rows of a page that are ours to tell of. */
export type Authority = (rows: readonly Row[]) => Promise<readonly Row[] | Failure>;

export interface AuthorityDeps extends FindByIdsDeps {
  readonly store: Pick<AccountStore, "loadSnapshots">;
  readonly account: string;
}

/**
 * One authority per fact: an individual appointment tells of itself, so that only the attendees of group appointments
 * are taken over. An attendee names its booking and not the kind of it: what is known of both kinds decides, and a
 * booking that is known as neither is asked for. (One that becomes visible late is met again within the overlap.)
 */
export function groupAttendees(deps: AuthorityDeps): Authority {
  const { account, store } = deps;
  return async (rows) => {
    const bookings = new Map<string, string | undefined>();
    try {
      for (const row of rows) bookings.set(row.id, bookingOf(row));
    } catch (error) {
      if (!(error instanceof FieldShapeError)) throw error;
      return { kind: "schema_changed", detail: error.message };
    }
    const ids = [...new Set(bookings.values())].filter((id) => id !== undefined);
    const groups = new Set((await store.loadSnapshots(account, "group_appointments", ids)).keys());
    const open = ids.filter((id) => !groups.has(id));
    const individual = await store.loadSnapshots(account, "individual_appointments", open);
    const unknown = open.filter((id) => !individual.has(id));
    const found = await findAllByIds(deps, account, "group_appointments", unknown, { orVisible: true });
    if ("kind" in found) return found;
    for (const { id } of found) groups.add(id);
    return rows.filter((row) => groups.has(bookings.get(row.id) ?? ""));
  };
}

function bookingOf(row: Row): string | undefined {
  const booking = normaliseField("booking", { link: "bookings" }, row.record["booking"]);
  return typeof booking === "string" ? booking : undefined;
}

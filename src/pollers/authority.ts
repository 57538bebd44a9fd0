import type { ClinikoClient } from "../cliniko/client.ts";
import type { Failure, Row } from "../cliniko/outcome.ts";
import { resources } from "../cliniko/resources.ts";
import { FieldShapeError, normaliseField } from "../diff/normalise.ts";
import type { AccountStore } from "../store/account-store.ts";

/** The rows of a page that are ours to tell of. */
export type Authority = (rows: readonly Row[]) => Promise<readonly Row[] | Failure>;

export interface AuthorityDeps {
  readonly client: Pick<ClinikoClient, "listPage">;
  readonly store: Pick<AccountStore, "loadSnapshots">;
  readonly account: string;
}

/**
 * One authority per fact: an individual appointment tells of itself, so that only the attendees of group appointments
 * are taken over. An attendee names its booking and not the kind of it: what is known of both kinds decides, and a
 * booking that is known as neither is asked for. (One that becomes visible late is met again within the overlap.)
 */
export function groupAttendees({ client, store, account }: AuthorityDeps): Authority {
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
    if (unknown.length > 0) {
      const { hiddenBy } = resources.group_appointments;
      const pass = { since: "updated_at", wildcards: hiddenBy, variant: undefined };
      const conditions = [`id:=${unknown.join(",")}`];
      const request = { pass, order: "id", since: undefined, after: undefined, conditions } as const;
      const answer = await client.listPage(resources.group_appointments, request);
      if (answer.kind !== "ok") return answer;
      for (const { id } of answer.page.rows) if (unknown.includes(id)) groups.add(id);
    }
    return rows.filter((row) => groups.has(bookings.get(row.id) ?? ""));
  };
}

function bookingOf(row: Row): string | undefined {
  const booking = normaliseField("booking", { link: "bookings" }, row.record["booking"]);
  return typeof booking === "string" ? booking : undefined;
}

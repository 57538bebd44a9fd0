import type { LedgerEntry } from "../../../src/sandbox/audit/ledger.ts";
import type { ClinicOptions } from "../../../src/sandbox/clinic/clinic-state.ts";
import { DAY, openClinic, type OpenClinic } from "./clinic-fixture.ts";

export interface OpenClass {
  readonly open: OpenClinic;
  readonly group: string;
  /** Ada's place in it. */
  readonly place: string;
  /** What was told since the class was set up, with noise: resource, id, facts. */
  readonly told: () => [string, string, ...string[]][];
  /** The record as it is served, hidden or not. */
  readonly read: (path: string) => Record<string, unknown>;
}

/** A class tomorrow, eight places, Ada has one. A minute has passed since. */
export function openClass(options: Partial<ClinicOptions> = {}): OpenClass {
  const open = openClinic(options);
  const { clinic, ids, clock } = open;
  const type = clinic.plant.appointmentType({ name: "Pilates class", max_attendees: 8 });
  const group = clinic.desk.bookGroup({
    practitionerId: ids.practitioner,
    businessId: ids.business,
    appointmentTypeId: type,
    startsAt: clock.now + DAY,
  });
  const place = clinic.desk.addToGroup(group, ids.ada);
  const from = clinic.ledger.entries.length;
  clock.now += 60_000;
  return {
    open,
    group,
    place,
    told: () =>
      clinic.ledger.entries
        .slice(from)
        .map(({ resource, id, facts }: LedgerEntry) => [resource, id, ...facts]),
    read: (path) => {
      const wildcards = path.startsWith("/attendees")
        ? "q[]=archived_at:*&q[]=cancelled_at:*"
        : "q[]=archived_at:*";
      const reply = open.get(`${path}?${wildcards}`);
      if (reply.status !== 200) throw new Error(`${path} is ${reply.status}`);
      return reply.json;
    },
  };
}

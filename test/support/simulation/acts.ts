import fc from "fast-check";

import type { World } from "./world.ts";

/** One thing that somebody at the desk may do, told by numbers so that it can be shrunk: `at` picks the record. */
export interface Act {
  readonly kind: keyof typeof ACTS;
  readonly at: number;
  readonly value: number;
}

/** Writes that every release must tell of, and some that it must not. Each does nothing when it cannot be done. */
const ACTS = {
  note: ({ desk }, id, value) => void desk.editNote(id, `note ${value}`),
  move: ({ desk }, id, value) => void desk.move(id, Date.UTC(2026, 10, 24) + value * 60_000),
  handOver: ({ desk }, id, value) => {
    const practitioners = desk.practitioners();
    desk.changePractitioner(id, practitioners[value % practitioners.length]?.id ?? "");
  },
  moveAndNote: ({ desk }, id, value) =>
    void desk.change(id, { startsAt: Date.UTC(2026, 10, 25) + value * 60_000, notes: `moved ${value}` }),
  cancel: ({ desk }, id) => void desk.cancel(id, { reason: 50 }),
  reinstate: ({ desk }, id) => void desk.reinstate(id),
  archive: ({ desk }, id) => void desk.archive(id),
  unarchive: ({ desk }, id) => void desk.unarchiveAppointment(id),
  arrive: ({ desk }, id) => void desk.markArrived(id),
  clearArrival: ({ desk }, id) => void desk.clearArrival(id),
  noShow: ({ desk }, id) => void desk.markDidNotArrive(id),
  clearNoShow: ({ desk }, id) => void desk.clearDidNotArrive(id),
  touch: ({ desk }, id) => void desk.touch(id),
  remind: ({ desk }, id) => void desk.sendReminders([id]),
  invoice: ({ desk }, id, value) => void desk.setInvoiceStatus(id, value % 2 === 0 ? 10 : 20),
  twiceInOneSecond: ({ desk }, id, value) => {
    desk.editNote(id, `first ${value}`);
    desk.editNote(id, `second ${value}`);
  },
  thereAndBack: ({ desk }, id, value) => {
    desk.editNote(id, `there ${value}`);
    desk.editNote(id, "back");
  },
  bulkMove: ({ desk }, _id, value) =>
    void desk.bulkMove(
      desk.appointments().map((row) => row.id),
      ((value % 7) + 1) * 60_000,
    ),
  book: ({ desk }, _id, value) => {
    const [patient, practitioner, business, type] = [
      desk.patients().find((row) => row.archived_at === null),
      desk.practitioners()[0],
      desk.businesses()[0],
      desk.appointmentTypes()[0],
    ];
    if (!patient || !practitioner || !business || !type) return;
    desk.bookSeries(
      {
        patientId: patient.id,
        practitionerId: practitioner.id,
        businessId: business.id,
        appointmentTypeId: type.id,
        startsAt: Date.UTC(2026, 10, 26) + value * 60_000,
      },
      { repeat_type: "Weekly", repeating_interval: 1, number_of_repeats: value % 3 },
    );
  },
  rename: ({ desk }, _id, value) => void desk.renamePatient(patientAt(desk, value), `Ada ${value}`, "Quill"),
  changePatient: ({ desk }, _id, value) =>
    void desk.changePatient(patientAt(desk, value), { email: `ada${value}@example.com` }),
  register: ({ desk }, _id, value) => void desk.registerPatient({ first_name: `New ${value}` }),
  archivePatient: ({ desk }, _id, value) => void desk.archivePatient(patientAt(desk, value)),
  unarchivePatient: ({ desk }, _id, value) => void desk.unarchivePatient(patientAt(desk, value)),
  merge: ({ desk }, _id, value) => {
    const [loser, survivor] = desk.patients().filter((row) => row.archived_at === null);
    if (loser && survivor && value % 2 === 0) desk.mergePatients(loser.id, survivor.id);
  },
} as const satisfies Record<string, (clinic: World["clinic"], id: string, value: number) => void>;

function patientAt(desk: World["clinic"]["desk"], value: number): string {
  const rows = desk.patients().filter((row) => row.merged_at === null);
  return rows[value % rows.length]?.id ?? "";
}

export function perform({ clinic }: Pick<World, "clinic">, act: Act): void {
  const rows = clinic.desk.appointments();
  const id = rows[act.at % rows.length]?.id;
  if (id !== undefined) ACTS[act.kind](clinic, id, act.value);
}

/** The same record is hit often: that is where the trouble is. */
export const actArbitrary: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(...(Object.keys(ACTS) as (keyof typeof ACTS)[])),
  at: fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(30) }),
  value: fc.nat(999),
});

export function describeAct({ kind, at, value }: Act): string {
  return `${kind}(${at}, ${value})`;
}

import { change, create, perform, remove, scribble } from "../acts/act.ts";
import { rowOf } from "../acts/enact.ts";
import { placesOf } from "../acts/follow.ts";
import { deletePatientForGood, mergePatients } from "../acts/patients.ts";
import { addToGroup } from "../acts/places.ts";
import { book, cancel } from "../acts/series.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import type { PatientChanges } from "../tables/patients.ts";
import type { Row, TableName } from "../tables/tables.ts";
import type { RepeatRule } from "../tables/visits.ts";
import {
  toClassColumns,
  toReason,
  toVisitColumns,
  type AppointmentChanges,
  type Cancellation,
  type GroupChanges,
  type NewAppointment,
  type NewGroup,
} from "./visit-forms.ts";

/**
 * The screen of the practice: what a person at the desk sees and does. Everything done here and everything done
 * through the API ends in the same acts, and so in the ledger. An impossible act throws; one that changes nothing
 * does nothing.
 */
export interface Desk extends AppointmentDesk, ClassDesk, PatientDesk {
  /** Whatever can be done to the records of any table. */
  readonly of: <Name extends TableName>(name: Name) => TableDesk<Name>;
  readonly appointments: () => readonly Row<"individual_appointments">[];
  readonly groupAppointments: () => readonly Row<"group_appointments">[];
  /** Of appointments and of classes. */
  readonly attendees: () => readonly AttendeeRow[];
  /** Of one appointment or class. */
  readonly attendeesOf: (bookingId: string) => readonly AttendeeRow[];
  readonly patients: () => readonly Row<"patients">[];
  readonly practitioners: () => readonly Row<"practitioners">[];
  readonly businesses: () => readonly Row<"businesses">[];
  readonly appointmentTypes: () => readonly Row<"appointment_types">[];
  /** Moves a practitioner to the list of the inactive, or back. */
  readonly setPractitionerActive: (id: string, active: boolean) => void;
}

export interface TableDesk<Name extends TableName> {
  readonly rows: () => readonly Row<Name>[];
  readonly create: (values: Partial<Row<Name>>) => string;
  /** False when nothing changed. */
  readonly change: (id: string, values: Partial<Row<Name>>) => boolean;
  /** One of the acts of the table. False when the record is not in a state for it. */
  readonly perform: (id: string, act: string, values?: Partial<Row<Name>>) => boolean;
  /** Noise: whatever is written, nobody is owed an event. `moves` says whether updated_at does. */
  readonly scribble: (id: string, values?: Partial<Row<Name>>, moves?: boolean) => void;
  /** For good, without a trace. */
  readonly remove: (id: string) => void;
}

export interface AppointmentDesk {
  readonly book: (booking: NewAppointment) => string;
  /** Ids of all occurrences, the first one first. */
  readonly bookSeries: (booking: NewAppointment, rule: RepeatRule) => readonly string[];
  /** Moves, hands over, edits the note: whatever is named. False when nothing changed. */
  readonly change: (id: string, changes: AppointmentChanges) => boolean;
  readonly move: (id: string, startsAt: number) => boolean;
  readonly editNote: (id: string, notes: string | null) => boolean;
  readonly changePractitioner: (id: string, practitionerId: string) => boolean;
  /** Ids that were cancelled. */
  readonly cancel: (id: string, cancellation: Cancellation) => readonly string[];
  readonly reinstate: (id: string) => void;
  readonly archive: (id: string) => void;
  /** There is no way to do it today. A client should survive it all the same. */
  readonly unarchiveAppointment: (id: string) => void;
  readonly markArrived: (id: string) => void;
  readonly clearArrival: (id: string) => void;
  readonly markDidNotArrive: (id: string) => void;
  readonly clearDidNotArrive: (id: string) => void;
  /** Moves all of them by so many ms, at the same instant. */
  readonly bulkMove: (ids: readonly string[], byMs: number) => void;
  readonly bulkCancel: (ids: readonly string[], cancellation: Cancellation) => void;
  /** Noise, with a new updated_at. */
  readonly sendReminders: (ids: readonly string[]) => void;
  /** Noise: a new updated_at and nothing else. */
  readonly touch: (id: string) => void;
  /** 10 open, 20 paid, 30 closed, 40 open credit. Derived from the invoice: noise, without a new updated_at. */
  readonly setInvoiceStatus: (id: string, status: number) => void;
  /** 10 draft, 90 final. Derived from the note: noise, without a new updated_at. */
  readonly setTreatmentNoteStatus: (id: string, status: number) => void;
}

/**
 * Classes and who comes to them. A place is an attendee of a class; the attendee of an individual appointment follows
 * its appointment, and acting on it as on a place throws.
 */
export interface ClassDesk {
  readonly bookGroup: (booking: NewGroup) => string;
  /** False when nothing changed. */
  readonly changeGroup: (id: string, changes: GroupChanges) => boolean;
  readonly moveGroup: (id: string, startsAt: number) => boolean;
  readonly archiveGroup: (id: string) => void;
  readonly unarchiveGroup: (id: string) => void;
  /** Answers the id of the attendee. */
  readonly addToGroup: (groupId: string, patientId: string) => string;
  readonly cancelPlace: (attendeeId: string, cancellation: Omit<Cancellation, "applyToRepeats">) => void;
  readonly reinstatePlace: (attendeeId: string) => void;
  readonly archivePlace: (attendeeId: string) => void;
  readonly unarchivePlace: (attendeeId: string) => void;
  readonly markPlaceArrived: (attendeeId: string) => void;
  readonly markPlaceDidNotArrive: (attendeeId: string) => void;
  /** Takes back either mark. */
  readonly clearPlace: (attendeeId: string) => void;
  /** Of any attendee; noise on that of an individual appointment. */
  readonly editAttendeeNote: (attendeeId: string, notes: string | null) => boolean;
  /** Noise, of any attendee: the system asks how it went. */
  readonly sendFollowUps: (attendeeIds: readonly string[]) => void;
}

export interface PatientDesk {
  readonly registerPatient: (details: PatientChanges) => string;
  readonly changePatient: (id: string, changes: PatientChanges) => boolean;
  readonly renamePatient: (id: string, firstName: string, lastName: string) => boolean;
  readonly archivePatient: (id: string) => void;
  readonly unarchivePatient: (id: string) => void;
  /** Ids of the appointments that moved to the survivor. */
  readonly mergePatients: (loserId: string, survivorId: string) => readonly string[];
  /** Ids of the appointments that went with the patient. The patient must be archived. */
  readonly deletePatientForGood: (id: string) => readonly string[];
}

export function createDesk(state: ClinicState): Desk {
  const { tables } = state;
  return {
    ...createAppointmentDesk(state),
    ...createClassDesk(state),
    ...createPatientDesk(state),
    of: (name) => createTableDesk(state, name),
    appointments: () => tables.individual_appointments.currentRows(),
    groupAppointments: () => tables.group_appointments.currentRows(),
    attendees: () => tables.attendees.currentRows(),
    attendeesOf: (bookingId) => placesOf(state, bookingId),
    patients: () => tables.patients.currentRows(),
    practitioners: () => tables.practitioners.currentRows(),
    businesses: () => tables.businesses.currentRows(),
    appointmentTypes: () => tables.appointment_types.currentRows(),
    setPractitionerActive: (id, active) =>
      void perform(state, "practitioners", id, active ? "reactivate" : "deactivate"),
  };
}

function createTableDesk<Name extends TableName>(state: ClinicState, name: Name): TableDesk<Name> {
  return {
    rows: () => state.tables[name].currentRows(),
    create: (values) => create(state, name, values),
    change: (id, values) => change(state, name, id, values),
    perform: (id, act, values) => perform(state, name, id, act, values),
    scribble: (id, values, moves) => scribble(state, name, id, values, moves),
    remove: (id) => remove(state, name, id),
  };
}

function createAppointmentDesk(state: ClinicState): AppointmentDesk {
  const { change: edit, scribble: note, perform: act } = createTableDesk(state, "individual_appointments");
  const doing = (name: string) => (id: string) => void act(id, name);
  const cancelOne = (id: string, given: Cancellation): readonly string[] =>
    cancel(state, id, toReason(given), given.applyToRepeats === true);
  return {
    book: (booking) => book(state, toVisitColumns(booking))[0] ?? "",
    bookSeries: (booking, repeat_rule) => book(state, { ...toVisitColumns(booking), repeat_rule }),
    change: (id, changes) => edit(id, toVisitColumns(changes)),
    move: (id, startsAt) => edit(id, toVisitColumns({ startsAt })),
    editNote: (id, notes) => edit(id, { notes }),
    changePractitioner: (id, practitioner_id) => edit(id, { practitioner_id }),
    cancel: cancelOne,
    reinstate: doing("reinstate"),
    archive: doing("archive"),
    unarchiveAppointment: doing("unarchive"),
    markArrived: doing("markArrived"),
    clearArrival: doing("clearArrival"),
    markDidNotArrive: doing("markDidNotArrive"),
    clearDidNotArrive: doing("clearDidNotArrive"),
    bulkMove: (ids, byMs) => {
      for (const id of ids) {
        const { starts_at } = rowOf(state, "individual_appointments", id);
        edit(id, toVisitColumns({ startsAt: starts_at * 1000 + byMs }));
      }
    },
    bulkCancel: (ids, cancellation) => {
      for (const id of ids) cancelOne(id, cancellation);
    },
    sendReminders: (ids) => {
      for (const id of ids) note(id, { email_reminder_sent: true, sms_reminder_sent: true });
    },
    touch: (id) => note(id),
    setInvoiceStatus: (id, invoice_status) => note(id, { invoice_status }, false),
    setTreatmentNoteStatus: (id, treatment_note_status) => note(id, { treatment_note_status }, false),
  };
}

function createClassDesk(state: ClinicState): ClassDesk {
  const classes = createTableDesk(state, "group_appointments");
  const places = createTableDesk(state, "attendees");
  const doing = (name: string) => (id: string) => void places.perform(id, name);
  return {
    bookGroup: (booking) => classes.create(toClassColumns(booking)),
    changeGroup: (id, changes) => classes.change(id, toClassColumns(changes)),
    moveGroup: (id, startsAt) => classes.change(id, toClassColumns({ startsAt })),
    archiveGroup: (id) => void classes.perform(id, "archive"),
    unarchiveGroup: (id) => void classes.perform(id, "unarchive"),
    addToGroup: (groupId, patientId) => addToGroup(state, groupId, patientId),
    cancelPlace: (id, cancellation) => void places.perform(id, "cancel", toReason(cancellation)),
    reinstatePlace: doing("reinstate"),
    archivePlace: doing("archive"),
    unarchivePlace: doing("unarchive"),
    markPlaceArrived: doing("markArrived"),
    markPlaceDidNotArrive: doing("markDidNotArrive"),
    clearPlace: doing("clear"),
    editAttendeeNote: (id, notes) => places.change(id, { notes }),
    sendFollowUps: (ids) => {
      for (const id of ids) {
        const { sent_email_follow_ups_count: sent } = rowOf(state, "attendees", id);
        places.scribble(id, { sent_email_follow_ups_count: sent + 1 });
      }
    },
  };
}

function createPatientDesk(state: ClinicState): PatientDesk {
  const patients = createTableDesk(state, "patients");
  return {
    registerPatient: patients.create,
    changePatient: patients.change,
    renamePatient: (id, first_name, last_name) => patients.change(id, { first_name, last_name }),
    archivePatient: (id) => void patients.perform(id, "archive"),
    unarchivePatient: (id) => void patients.perform(id, "unarchive"),
    mergePatients: (loserId, survivorId) => mergePatients(state, loserId, survivorId),
    deletePatientForGood: (id) => deletePatientForGood(state, id),
  };
}

import {
  appointmentOf,
  archiveAppointment,
  book,
  cancelAppointment,
  changeAppointment,
  reinstateAppointment,
  unarchiveAppointment,
  type AppointmentChanges,
  type Cancellation,
  type NewAppointment,
} from "../acts/appointment-acts.ts";
import { clearArrival, clearDidNotArrive, markArrived, markDidNotArrive } from "../acts/attendance-acts.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { placesOf } from "../acts/group-acts.ts";
import { createGroupDesk, type GroupDesk } from "./group-desk.ts";
import {
  sendReminders,
  setInvoiceStatus,
  setTreatmentNoteStatus,
  touchAppointment,
} from "../acts/noise-acts.ts";
import {
  archivePatient,
  changePatient,
  deletePatientForGood,
  mergePatients,
  registerPatient,
  unarchivePatient,
  type PatientChanges,
} from "../acts/patient-acts.ts";
import type {
  AppointmentRow,
  AppointmentTypeRow,
  AttendeeRow,
  BusinessRow,
  GroupAppointmentRow,
  PatientRow,
  PractitionerRow,
  RepeatRule,
} from "../storage/rows.ts";
import { toEpochSeconds } from "../wire/time.ts";

/**
 * The screen of the practice: what a person at the desk sees and does. Everything done here and everything done
 * through the API ends in the same acts, and so in the ledger. An impossible act throws.
 */
export interface Desk extends AppointmentDesk, GroupDesk, PatientDesk {
  readonly appointments: () => readonly AppointmentRow[];
  readonly groupAppointments: () => readonly GroupAppointmentRow[];
  /** Of appointments and of classes. */
  readonly attendees: () => readonly AttendeeRow[];
  /** Of one appointment or class. */
  readonly attendeesOf: (bookingId: string) => readonly AttendeeRow[];
  readonly patients: () => readonly PatientRow[];
  readonly practitioners: () => readonly PractitionerRow[];
  readonly businesses: () => readonly BusinessRow[];
  readonly appointmentTypes: () => readonly AppointmentTypeRow[];
  /** Moves a practitioner to the list of the inactive, or back. */
  readonly setPractitionerActive: (id: string, active: boolean) => void;
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
  /** Noise, without a new updated_at. */
  readonly setInvoiceStatus: (id: string, status: number) => void;
  /** Noise, without a new updated_at. */
  readonly setTreatmentNoteStatus: (id: string, status: number) => void;
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
  return {
    ...createAppointmentDesk(state),
    ...createGroupDesk(state),
    ...createPatientDesk(state),
    appointments: () => state.appointments.currentRows(),
    groupAppointments: () => state.groupAppointments.currentRows(),
    attendees: () => state.attendees.currentRows(),
    attendeesOf: (bookingId) => placesOf(state, bookingId),
    patients: () => state.patients.currentRows(),
    practitioners: () => state.practitioners.currentRows(),
    businesses: () => state.businesses.currentRows(),
    appointmentTypes: () => state.appointmentTypes.currentRows(),
    setPractitionerActive: (id, active) => {
      const row = state.practitioners.current(id)?.row;
      if (row === undefined || row.active === active) return;
      state.practitioners.put({ ...row, active, updated_at: toEpochSeconds(state.now()) }, state.now());
    },
  };
}

function createAppointmentDesk(state: ClinicState): AppointmentDesk {
  return {
    book: (booking) => book(state, booking)[0] ?? "",
    bookSeries: (booking, rule) => book(state, booking, rule),
    change: (id, changes) => changeAppointment(state, id, changes),
    move: (id, startsAt) => changeAppointment(state, id, { startsAt }),
    editNote: (id, notes) => changeAppointment(state, id, { notes }),
    changePractitioner: (id, practitionerId) => changeAppointment(state, id, { practitionerId }),
    cancel: (id, cancellation) => cancelAppointment(state, id, cancellation),
    reinstate: (id) => {
      reinstateAppointment(state, id);
    },
    archive: (id) => {
      archiveAppointment(state, id);
    },
    unarchiveAppointment: (id) => {
      unarchiveAppointment(state, id);
    },
    markArrived: (id) => {
      markArrived(state, id);
    },
    clearArrival: (id) => {
      clearArrival(state, id);
    },
    markDidNotArrive: (id) => {
      markDidNotArrive(state, id);
    },
    clearDidNotArrive: (id) => {
      clearDidNotArrive(state, id);
    },
    bulkMove: (ids, byMs) => {
      for (const id of ids) {
        changeAppointment(state, id, { startsAt: appointmentOf(state, id).starts_at * 1000 + byMs });
      }
    },
    bulkCancel: (ids, cancellation) => {
      for (const id of ids) cancelAppointment(state, id, cancellation);
    },
    sendReminders: (ids) => {
      sendReminders(state, ids);
    },
    touch: (id) => {
      touchAppointment(state, id);
    },
    setInvoiceStatus: (id, status) => {
      setInvoiceStatus(state, id, status);
    },
    setTreatmentNoteStatus: (id, status) => {
      setTreatmentNoteStatus(state, id, status);
    },
  };
}

function createPatientDesk(state: ClinicState): PatientDesk {
  return {
    registerPatient: (details) => registerPatient(state, details),
    changePatient: (id, changes) => changePatient(state, id, changes),
    renamePatient: (id, firstName, lastName) =>
      changePatient(state, id, { first_name: firstName, last_name: lastName }),
    archivePatient: (id) => {
      archivePatient(state, id);
    },
    unarchivePatient: (id) => {
      unarchivePatient(state, id);
    },
    mergePatients: (loserId, survivorId) => mergePatients(state, loserId, survivorId),
    deletePatientForGood: (id) => deletePatientForGood(state, id),
  };
}

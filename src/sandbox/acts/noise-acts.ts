import { appointmentOf } from "./appointment-acts.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { commitAppointment } from "./commit.ts";
import type { AppointmentRow } from "../storage/rows.ts";
import { toEpochSeconds } from "../wire/time.ts";

/** Changes that move a record, and often its updated_at, without anything a subscriber should be called for. */
export function sendReminders(state: ClinicState, ids: readonly string[]): void {
  for (const id of ids) {
    commitNoise(
      state,
      { ...appointmentOf(state, id), email_reminder_sent: true, sms_reminder_sent: true },
      true,
    );
  }
}

/** A background job writes the record and changes nothing. */
export function touchAppointment(state: ClinicState, id: string): void {
  commitNoise(state, { ...appointmentOf(state, id) }, true);
}

/** 10 open, 20 paid, 30 closed, 40 open credit. Derived from the invoice: updated_at stays. */
export function setInvoiceStatus(state: ClinicState, id: string, status: number): void {
  commitNoise(state, { ...appointmentOf(state, id), invoice_status: status }, false);
}

/** 10 draft, 90 final. Derived from the note: updated_at stays. */
export function setTreatmentNoteStatus(state: ClinicState, id: string, status: number): void {
  commitNoise(state, { ...appointmentOf(state, id), treatment_note_status: status }, false);
}

function commitNoise(state: ClinicState, row: AppointmentRow, moves: boolean): void {
  commitAppointment(state, { ...row, updated_at: moves ? toEpochSeconds(state.now()) : row.updated_at }, []);
}

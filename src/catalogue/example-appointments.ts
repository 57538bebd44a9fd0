import { EXAMPLE_IDS, linkTo } from "./example-clinic.ts";
import type { RecordExample } from "./make-example.ts";

const path = `individual_appointments/${EXAMPLE_IDS.appointment}`;

/** Booked on a Monday for the Tuesday of the week after, 10:00 in Sydney. */
export const exampleAppointment = {
  id: EXAMPLE_IDS.appointment,
  created_at: "2026-11-16T04:20:33Z",
  updated_at: "2026-11-16T04:20:33Z",
  starts_at: "2026-11-23T23:00:00Z",
  ends_at: "2026-11-23T23:30:00Z",
  archived_at: null,
  cancelled_at: null,
  deleted_at: null,
  booking_ip_address: null,
  cancellation_note: null,
  cancellation_reason: null,
  cancellation_reason_description: "",
  did_not_arrive: false,
  patient_arrived: false,
  email_reminder_sent: false,
  sms_reminder_sent: false,
  has_patient_appointment_notes: false,
  online_booking_policy_accepted: null,
  invoice_status: null,
  treatment_note_status: null,
  notes: "Knee, second visit",
  patient_name: "Ada Quill",
  telehealth_url: "https://video.example.com/room/1v5k0q",
  repeat_rule: {},
  repeats: null,
  appointment_type: linkTo(`appointment_types/${EXAMPLE_IDS.appointmentType}`),
  business: linkTo(`businesses/${EXAMPLE_IDS.business}`),
  practitioner: linkTo(`practitioners/${EXAMPLE_IDS.practitioner}`),
  patient: linkTo(`patients/${EXAMPLE_IDS.patient}`),
  attendees: linkTo(`${path}/attendees`),
  conflicts: linkTo(`${path}/conflicts`),
  ...linkTo(path),
};

const cancelled = {
  cancelled_at: "2026-11-23T01:12:40Z",
  cancellation_reason: 30,
  cancellation_reason_description: "Sick",
  cancellation_note: "Rang in the morning",
};
const notCancelled = {
  cancelled_at: null,
  cancellation_reason: null,
  cancellation_reason_description: "",
  cancellation_note: null,
};

/** By transition. */
export const appointmentExamples: Readonly<Record<string, RecordExample>> = {
  created: { at: "2026-11-16T04:20:33Z", how: "new", sequence: 1 },
  updated: {
    at: "2026-11-20T05:41:07Z",
    after: { practitioner: linkTo(`practitioners/${EXAMPLE_IDS.otherPractitioner}`) },
  },
  rescheduled: {
    at: "2026-11-22T03:15:00Z",
    after: { starts_at: "2026-11-25T04:30:00Z", ends_at: "2026-11-25T05:00:00Z" },
    sequence: 3,
  },
  cancelled: { at: "2026-11-23T01:12:40Z", after: cancelled, sequence: 3 },
  reinstated: { at: "2026-11-23T01:19:02Z", before: cancelled, after: notCancelled, sequence: 4 },
  arrived: { at: "2026-11-23T22:54:18Z", after: { patient_arrived: true } },
  arrival_reverted: {
    at: "2026-11-23T22:56:31Z",
    before: { patient_arrived: true },
    after: { patient_arrived: null, did_not_arrive: null },
    sequence: 3,
  },
  did_not_arrive: { at: "2026-11-23T23:22:50Z", after: { did_not_arrive: true } },
  did_not_arrive_reverted: {
    at: "2026-11-23T23:26:11Z",
    before: { did_not_arrive: true },
    after: { patient_arrived: null, did_not_arrive: null },
    sequence: 3,
  },
  archived: {
    at: "2026-11-20T00:31:29Z",
    after: { archived_at: "2026-11-20T00:31:29Z", deleted_at: "2026-11-20T00:31:29Z" },
  },
  unarchived: {
    at: "2026-11-20T00:33:05Z",
    before: { archived_at: "2026-11-20T00:31:29Z", deleted_at: "2026-11-20T00:31:29Z" },
    after: { archived_at: null, deleted_at: null },
    sequence: 3,
  },
  deleted: { at: "2026-11-21T14:02:36Z", how: "gone" },
  restored: { at: "2026-11-22T23:08:44Z", how: "back", sequence: 3 },
};

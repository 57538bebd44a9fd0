import { EXAMPLE_IDS, linkTo } from "./example-clinic.ts";
import type { RecordExample } from "./make-example.ts";

const path = `attendees/${EXAMPLE_IDS.attendee}`;

export const exampleAttendee = {
  id: EXAMPLE_IDS.attendee,
  created_at: "2026-11-20T06:31:42Z",
  updated_at: "2026-11-20T06:31:42Z",
  archived_at: null,
  cancelled_at: null,
  deleted_at: null,
  arrived: null,
  booking_ip_address: "203.0.113.24",
  cancellation_note: null,
  cancellation_reason: null,
  cancellation_reason_description: "",
  cancellation_url: "https://bookings.example.com/cancel/7d1f3k",
  email_reminder_sent: false,
  sms_reminder_sent: false,
  sent_email_reminders_count: 0,
  sent_sms_reminders_count: 0,
  sent_email_follow_ups_count: 0,
  sent_sms_follow_ups_count: 0,
  invoice_status: 10,
  treatment_note_status: null,
  notes: null,
  online_booking_policy_accepted: true,
  telehealth_url: "https://video.example.com/room/0c4m2x",
  booking: linkTo(`bookings/${EXAMPLE_IDS.class}`),
  patient: linkTo(`patients/${EXAMPLE_IDS.otherPatient}`),
  patient_forms: linkTo(`${path}/patient_forms`),
  invoices: linkTo(`${path}/invoices`),
  ...linkTo(path),
};

const cancelled = {
  cancelled_at: "2026-11-25T21:47:16Z",
  cancellation_reason: 60,
  cancellation_reason_description: "Work",
};
const notCancelled = {
  cancelled_at: null,
  cancellation_reason: null,
  cancellation_reason_description: "",
};

/** By transition. */
export const attendeeExamples: Readonly<Record<string, RecordExample>> = {
  added: { at: "2026-11-20T06:31:42Z", how: "new", sequence: 1 },
  updated: { at: "2026-11-24T01:05:39Z", after: { notes: "First class" } },
  cancelled: { at: "2026-11-25T21:47:16Z", after: cancelled },
  reinstated: { at: "2026-11-25T22:10:04Z", before: cancelled, after: notCancelled, sequence: 3 },
  arrived: { at: "2026-11-26T06:53:58Z", after: { arrived: true } },
  arrival_reverted: {
    at: "2026-11-26T06:55:12Z",
    before: { arrived: true },
    after: { arrived: null },
    sequence: 3,
  },
  did_not_arrive: { at: "2026-11-26T07:20:33Z", after: { arrived: false } },
  did_not_arrive_reverted: {
    at: "2026-11-26T07:21:15Z",
    before: { arrived: false },
    after: { arrived: null },
    sequence: 3,
  },
  archived: {
    at: "2026-11-24T04:18:22Z",
    after: { archived_at: "2026-11-24T04:18:22Z", deleted_at: "2026-11-24T04:18:22Z" },
  },
  unarchived: {
    at: "2026-11-24T04:19:57Z",
    before: { archived_at: "2026-11-24T04:18:22Z", deleted_at: "2026-11-24T04:18:22Z" },
    after: { archived_at: null, deleted_at: null },
    sequence: 3,
  },
  deleted: { at: "2026-11-21T14:02:41Z", how: "gone" },
  restored: { at: "2026-11-22T23:08:49Z", how: "back", sequence: 3 },
};

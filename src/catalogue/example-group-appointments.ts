import { EXAMPLE_IDS, linkTo } from "./example-clinic.ts";
import type { RecordExample } from "./make-example.ts";

const path = `group_appointments/${EXAMPLE_IDS.class}`;

/** A class on a Thursday, 18:00 in Sydney. */
export const exampleGroupAppointment = {
  id: EXAMPLE_IDS.class,
  created_at: "2026-11-02T02:15:10Z",
  updated_at: "2026-11-02T02:15:10Z",
  starts_at: "2026-11-26T07:00:00Z",
  ends_at: "2026-11-26T08:00:00Z",
  archived_at: null,
  deleted_at: null,
  max_attendees: 8,
  notes: "Bring mats",
  patient_ids: [EXAMPLE_IDS.patient, EXAMPLE_IDS.otherPatient],
  telehealth_url: "https://video.example.com/room/0c4m2x",
  repeat_rule: { repeat_type: "Weekly", repeating_interval: 1, number_of_repeats: 6 },
  repeats: linkTo(`${path}/repeats`),
  appointment_type: linkTo(`appointment_types/${EXAMPLE_IDS.classType}`),
  business: linkTo(`businesses/${EXAMPLE_IDS.business}`),
  practitioner: linkTo(`practitioners/${EXAMPLE_IDS.practitioner}`),
  attendees: linkTo(`${path}/attendees`),
  conflicts: linkTo(`${path}/conflicts`),
  ...linkTo(path),
};

/** By transition. */
export const groupAppointmentExamples: Readonly<Record<string, RecordExample>> = {
  created: { at: "2026-11-02T02:15:10Z", how: "new", after: { patient_ids: [] }, sequence: 1 },
  updated: { at: "2026-11-17T03:44:51Z", after: { max_attendees: 10 } },
  rescheduled: {
    at: "2026-11-18T06:02:13Z",
    after: { starts_at: "2026-11-26T07:30:00Z", ends_at: "2026-11-26T08:30:00Z" },
  },
  archived: {
    at: "2026-11-19T05:20:47Z",
    after: { archived_at: "2026-11-19T05:20:47Z", deleted_at: "2026-11-19T05:20:47Z", patient_ids: [] },
  },
  unarchived: {
    at: "2026-11-19T05:23:30Z",
    before: { archived_at: "2026-11-19T05:20:47Z", deleted_at: "2026-11-19T05:20:47Z" },
    after: { archived_at: null, deleted_at: null },
    sequence: 3,
  },
  deleted: { at: "2026-11-21T14:02:38Z", how: "gone" },
  restored: { at: "2026-11-22T23:08:46Z", how: "back", sequence: 3 },
};

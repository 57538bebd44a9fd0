import { z } from "zod";

import {
  anything,
  cancellationReason,
  flag,
  integer,
  link,
  optionalLink,
  optionalTime,
  patientLink,
  recordFields,
  sensitive,
  text,
} from "./fields.ts";
import { CANCELLATION, REMOVAL } from "./shared-occasions.ts";
import type { SubjectWords } from "./subject.ts";

export const attendeeRecord = z
  .looseObject({
    ...recordFields("the attendee"),
    booking: link("The class: its id is the group appointment's."),
    patient: patientLink("Who has the place."),
    patient_case: optionalLink("The case it belongs to; left out when there is none."),
    arrived: flag("True: came. False: did not come. Null: nobody has said."),
    cancelled_at: optionalTime("When the place was cancelled; null when it is not."),
    cancellation_reason: cancellationReason,
    cancellation_note: sensitive(text("What was written when it was cancelled.")),
    archived_at: optionalTime("When the patient was taken off the list; null otherwise."),
    deleted_at: optionalTime("The older name for removal: may repeat `archived_at`."),
    notes: sensitive(text("The note on this place.")),
    booking_ip_address: sensitive(text("From where it was booked online.")),
    cancellation_reason_description: text('The reason in words; "" when it is not cancelled.'),
    cancellation_url: sensitive(text("Where the patient can cancel: whoever has it can.")),
    email_reminder_sent: flag("Whether a reminder was sent by e-mail."),
    sms_reminder_sent: flag("Whether a reminder was sent by SMS."),
    sent_email_reminders_count: integer("How many reminders were sent by e-mail."),
    sent_sms_reminders_count: integer("How many reminders were sent by SMS."),
    sent_email_follow_ups_count: integer("How many follow-ups were sent by e-mail."),
    sent_sms_follow_ups_count: integer("How many follow-ups were sent by SMS."),
    invoice_status: integer("Derived from its invoice."),
    treatment_note_status: integer("Derived from its treatment note: 10 draft, 90 final."),
    online_booking_policy_accepted: flag("Whether the policy was accepted in online booking."),
    telehealth_url: sensitive(text("Of its video room.")),
    invoices: anything("Link to its invoices."),
    patient_forms: anything("Link to its forms."),
  })
  .meta({
    id: "Attendee",
    title: "Attendee",
    description: "One patient's place in a class, as Cliniko serves it. Cliniko may add fields.",
  });

export const attendeeWords: SubjectWords = {
  subject: "attendee",
  title: "Attendees of group appointments",
  name: "Attendee",
  about:
    "A patient's place in a [class](group_appointment.md). An individual appointment's own attendee row makes no event: its facts are the [appointment](appointment.md)'s.",
  record: attendeeRecord,
  occasions: {
    added: {
      title: "Patient joined a class",
      when: "a patient has a place in a class",
      notWhen: "it is the attendee of an individual appointment",
    },
    updated: {
      title: "Place in a class changed",
      when: "its note, patient or case changed",
      notWhen: "a reminder was sent",
    },
    cancelled: {
      title: "Place in a class cancelled",
      ...CANCELLATION.cancelled,
      notWhen: "the whole class was archived",
    },
    reinstated: { title: "Cancellation taken back", ...CANCELLATION.reinstated },
    arrived: { title: "Patient arrived", when: "`arrived` became true" },
    arrival_reverted: { title: "Arrival taken back", when: "`arrived` was true and is not any longer" },
    did_not_arrive: {
      title: "Patient did not arrive",
      when: "`arrived` became false",
      notWhen: "it became null: nobody has said",
    },
    did_not_arrive_reverted: {
      title: "No-show taken back",
      when: "`arrived` was false and is not any longer",
    },
    archived: { title: "Patient taken off a class", when: "the patient was taken off the list" },
    unarchived: { title: "Place brought back", ...REMOVAL.unarchived },
    deleted: { title: "Place gone for good", ...REMOVAL.deleted },
    restored: { title: "Place there again", ...REMOVAL.restored },
  },
};

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
  repeatRule,
  sensitive,
  text,
  time,
} from "./fields.ts";
import { CANCELLATION, REMOVAL, SEEN_FIRST } from "./shared-occasions.ts";
import type { SubjectWords } from "./subject.ts";

export const appointmentRecord = z
  .looseObject({
    ...recordFields("the appointment"),
    starts_at: time("When it begins."),
    ends_at: time("When it ends."),
    appointment_type: link("What kind of appointment it is."),
    business: link("Where it takes place."),
    practitioner: link("With whom."),
    patient: patientLink("For whom."),
    patient_case: optionalLink("The case it belongs to; left out when there is none."),
    repeated_from: optionalLink("The first of its series; left out when it is in none."),
    repeat_rule: repeatRule,
    did_not_arrive: flag("The patient did not come. False and null both mean that nobody has said so."),
    patient_arrived: flag("The patient has come. False and null both mean that nobody has said so."),
    cancelled_at: optionalTime("When it was cancelled; null when it is not."),
    cancellation_reason: cancellationReason,
    cancellation_note: sensitive(text("What was written when it was cancelled.")),
    archived_at: optionalTime("When it was removed from the calendar; null while it is there."),
    deleted_at: optionalTime("The older name for removal: may repeat `archived_at`."),
    notes: sensitive(text("The appointment's note.")),
    attendees: anything("Link to its attendees."),
    conflicts: anything("Link to what else is booked at that time."),
    repeats: anything("Link to the rest of its series, or null."),
    patient_name: text("The patient's name as the calendar shows it."),
    booking_ip_address: sensitive(text("From where it was booked online.")),
    cancellation_reason_description: text('The reason in words; "" when it is not cancelled.'),
    telehealth_url: sensitive(text("Of its video room: every appointment has one, whatever its type.")),
    has_patient_appointment_notes: flag("Whether the patient has a note that is shown with appointments."),
    email_reminder_sent: flag("Whether a reminder was sent by e-mail."),
    sms_reminder_sent: flag("Whether a reminder was sent by SMS."),
    online_booking_policy_accepted: flag("Whether the policy was accepted in online booking."),
    invoice_status: integer("Derived from its invoice."),
    treatment_note_status: integer("Derived from its treatment note."),
    sent_email_reminders_count: integer("How many reminders were sent by e-mail."),
    sent_sms_reminders_count: integer("How many reminders were sent by SMS."),
  })
  .meta({
    id: "Appointment",
    title: "Appointment",
    description: "An individual appointment as Cliniko serves it. Cliniko may add fields.",
  });

export const appointmentWords: SubjectWords = {
  subject: "appointment",
  title: "Appointments (individual appointments)",
  name: "Appointment",
  about:
    "One patient with one practitioner. Classes are [group appointments](group_appointment.md), and who takes part in them are [attendees](attendee.md).",
  record: appointmentRecord,
  occasions: {
    created: { title: "Appointment booked", ...SEEN_FIRST },
    updated: {
      title: "Appointment changed",
      when: "a watched field changed and no other type says it better: note, type, patient, practitioner, business, case, repeat rule",
      notWhen: "reminders were sent, an invoice was made, `updated_at` moved",
    },
    rescheduled: {
      title: "Appointment moved in time",
      when: "`starts_at` or `ends_at` moved",
      notWhen:
        "only the practitioner or the business changed (`updated`, with `practitioner_changed` or `business_changed`)",
    },
    cancelled: { title: "Appointment cancelled", ...CANCELLATION.cancelled, notWhen: "it was archived" },
    reinstated: { title: "Cancellation taken back", ...CANCELLATION.reinstated },
    arrived: { title: "Patient arrived", when: "the patient was marked as arrived" },
    arrival_reverted: {
      title: "Arrival taken back",
      when: "the mark that the patient arrived was taken back",
    },
    did_not_arrive: { title: "Patient did not arrive", when: "the patient was marked as a no-show" },
    did_not_arrive_reverted: {
      title: "No-show taken back",
      when: "the mark that the patient did not come was taken back",
    },
    archived: {
      title: "Appointment removed from the calendar",
      when: 'it was removed from the calendar ("deleted" on Cliniko\'s screen)',
    },
    unarchived: { title: "Appointment brought back", ...REMOVAL.unarchived },
    deleted: {
      title: "Appointment gone for good",
      when: "`deleted_at` was set, apart from archiving; or Cliniko answered 404 for it twice, a minute apart (with its patient, who was deleted for good)",
      notWhen: "it is absent from a list",
    },
    restored: { title: "Appointment there again", ...REMOVAL.restored },
  },
};

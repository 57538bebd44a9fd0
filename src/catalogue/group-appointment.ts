import { z } from "zod";

import {
  anything,
  integer,
  link,
  optionalLink,
  optionalTime,
  recordFields,
  repeatRule,
  sensitive,
  text,
  time,
} from "./fields.ts";
import { REMOVAL, SEEN_FIRST } from "./shared-occasions.ts";
import type { SubjectWords } from "./subject.ts";

export const groupAppointmentRecord = z
  .looseObject({
    ...recordFields("the class"),
    starts_at: time("When it begins."),
    ends_at: time("When it ends."),
    appointment_type: link("What kind of class it is."),
    business: link("Where it takes place."),
    practitioner: link("With whom."),
    repeated_from: optionalLink("The first of its series; left out when it is in none."),
    repeat_rule: repeatRule,
    max_attendees: integer("How many places there are."),
    archived_at: optionalTime("When it was removed from the calendar; null while it is there."),
    deleted_at: optionalTime("The older name for removal: may repeat `archived_at`."),
    notes: sensitive(text("The note on the class.")),
    attendees: anything("Link to its attendees."),
    conflicts: anything("Link to what else is booked at that time."),
    repeats: anything("Link to the rest of its series, or null."),
    patient_ids: z
      .exactOptional(z.array(z.string()).nullable())
      .meta({ description: "Who takes part. Each is told of as an attendee." }),
    telehealth_url: sensitive(text("Of its video room.")),
  })
  .meta({
    id: "GroupAppointment",
    title: "Group appointment",
    description: "A class as Cliniko serves it. Cliniko may add fields.",
  });

export const groupAppointmentWords: SubjectWords = {
  subject: "group_appointment",
  title: "Group appointments",
  name: "GroupAppointment",
  about:
    "The time and place of a class are the group appointment's; who takes part, cancels or stays away is the [attendee](attendee.md)'s.",
  record: groupAppointmentRecord,
  occasions: {
    created: { title: "Class planned", ...SEEN_FIRST },
    updated: {
      title: "Class changed",
      when: "note, type, practitioner, business, size or repeat rule changed",
      notWhen: "somebody joined or left (`attendee.added`, `attendee.archived`)",
    },
    rescheduled: { title: "Class moved in time", when: "`starts_at` or `ends_at` moved" },
    archived: { title: "Class removed from the calendar", ...REMOVAL.archived },
    unarchived: { title: "Class brought back", ...REMOVAL.unarchived },
    deleted: { title: "Class gone for good", ...REMOVAL.deleted },
    restored: { title: "Class there again", ...REMOVAL.restored },
  },
};

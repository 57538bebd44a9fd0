import { type ClinicDay, type ClinicDayOptions, startClinicDay } from "./clinic-day.ts";
import { eventually } from "./harness.ts";
import { textsOf } from "./personal-data.ts";

/** A day at a clinic, and one patient of it. */
export interface DayWithPatient {
  readonly day: ClinicDay;
  readonly id: string;
  readonly appointmentId: string;
  readonly placeId: string;
  /** Everything personal of the patient, ever. */
  readonly texts: ReadonlySet<string>;
}

/** A patient with a visit and a place in a class, changed and told of. */
export async function startDayWithPatient(options: ClinicDayOptions): Promise<DayWithPatient> {
  let [id, appointmentId, placeId] = ["", "", ""];
  const day = await startClinicDay({
    ...options,
    prepare: (clinic, { practitionerIds, businessId, appointmentTypeIds, groupAppointmentIds }) => {
      const { desk } = clinic;
      id = desk.registerPatient({ first_name: "Wilhelmina", last_name: "Grimsditch" });
      appointmentId = desk.book({
        patientId: id,
        practitionerId: practitionerIds[0] ?? "",
        businessId,
        appointmentTypeId: appointmentTypeIds[0] ?? "",
        startsAt: clinic.now() + 86_400_000,
        notes: "Wilhelmina limps badly",
      });
      const group = groupAppointmentIds.find(
        (one) =>
          desk.attendeesOf(one).length <
          (desk.groupAppointments().find((row) => row.id === one)?.max_attendees ?? 0),
      );
      placeId = desk.addToGroup(group ?? "", id);
      desk.editAttendeeNote(placeId, "Grimsditch needs a chair");
    },
  });
  const { desk } = day.clinic;
  const patient = (): Parameters<typeof textsOf>[0] => {
    const row = desk.patients().find((one) => one.id === id);
    if (!row) throw new Error("the patient is there");
    return row;
  };
  const texts = new Set(textsOf(patient()));
  for (const text of ["Wilhelmina", "Grimsditch"]) texts.add(text);
  desk.changePatient(id, { notes: "Grimsditch rang twice", first_name: "Wilhelmine" });
  desk.editNote(appointmentId, "Wilhelmina limps no more");
  desk.editAttendeeNote(placeId, "Grimsditch brings a cushion");
  for (const text of textsOf(patient())) texts.add(text);
  for (const text of ["limps badly", "limps no more", "needs a chair", "brings a cushion"]) texts.add(text);
  await eventually(() => (told(day, id).length >= 1 && told(day, appointmentId).length >= 1) || undefined);
  await eventually(() => told(day, placeId).length >= 1 || undefined);
  return { day, id, appointmentId, placeId, texts };
}

/** What the good endpoint was told of a record. */
export function told({ receiver }: ClinicDay, id: string): { type: string; data: Record<string, unknown> }[] {
  return receiver.callbacks
    .map(({ event }) => event as { type: string; subject: { id: string }; data: Record<string, unknown> })
    .filter(({ subject }) => subject.id === id);
}

import { describe, expect, test } from "vitest";
import { openClass } from "./class-fixture.ts";
import { DAY, HOUR, openClinic, type OpenClinic } from "./clinic-fixture.ts";

const LIST = "attendees";

/** The one attendee of an appointment. */
function attendeeOf(open: OpenClinic, bookingId: string): Record<string, unknown> {
  const query = `q[]=booking_id:=${bookingId}&q[]=archived_at:*&q[]=cancelled_at:*`;
  const [attendee, ...others] = open.get(`/attendees?${query}`).records(LIST);
  if (attendee === undefined || others.length > 0) throw new Error("not exactly one attendee");
  return attendee;
}

test("a place has the documented fields", () => {
  const { open, group, place, read } = openClass();
  expect(read(`/attendees/${place}`)).toMatchObject({
    id: place,
    created_at: "2026-11-23T00:00:00Z",
    archived_at: null,
    cancelled_at: null,
    deleted_at: null,
    arrived: null,
    cancellation_reason: null,
    cancellation_reason_description: "",
    cancellation_note: null,
    email_reminder_sent: false,
    sent_email_reminders_count: 0,
    sent_sms_follow_ups_count: 0,
    invoice_status: null,
    treatment_note_status: null,
    booking: { links: { self: `https://api.au1.cliniko.com/v1/bookings/${group}` } },
    patient: { links: { self: `https://api.au1.cliniko.com/v1/patients/${open.ids.ada}` } },
    links: { self: `https://api.au1.cliniko.com/v1/attendees/${place}` },
  });
  expect(read(`/attendees/${place}`)).not.toHaveProperty("patient_case");
});

describe("an individual appointment", () => {
  test("has exactly one attendee, made with it; each occurrence of a series has its own", () => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    expect(attendeeOf(open, id)).toMatchObject({
      arrived: null,
      booking: { links: { self: `https://api.au1.cliniko.com/v1/bookings/${id}` } },
    });
    const series = open.clinic.desk.bookSeries(
      {
        patientId: open.ids.ada,
        practitionerId: open.ids.practitioner,
        businessId: open.ids.business,
        appointmentTypeId: open.ids.type,
        startsAt: open.clock.now + DAY,
      },
      { repeat_type: "Weekly", repeating_interval: 1, number_of_repeats: 3 },
    );
    expect(new Set(series.map((one) => attendeeOf(open, one)["id"])).size).toBe(4);
  });

  test("has one when it was planted too, with its past", () => {
    const open = openClinic();
    const { plant } = open.clinic;
    const basics = {
      patient_id: open.ids.ada,
      practitioner_id: open.ids.practitioner,
      business_id: open.ids.business,
      appointment_type_id: open.ids.type,
      starts_at: 1_790_000_000,
      ends_at: 1_790_001_800,
    };
    const absent = plant.appointment({ ...basics, did_not_arrive: true, updated_at: 1_790_000_000 });
    expect(attendeeOf(open, absent)).toMatchObject({ arrived: false, updated_at: "2026-09-21T14:13:20Z" });
    const cancelled = plant.appointment({ ...basics, cancelled_at: 1_789_000_000, cancellation_reason: 30 });
    expect(attendeeOf(open, cancelled)).toMatchObject({ cancellation_reason_description: "Sick" });
  });

  test("shows its arrivals and no-shows on it: true, false, and null when taken back", () => {
    const open = openClinic();
    const { desk } = open.clinic;
    const id = open.bookIn(HOUR);
    const after = (act: (id: string) => void): unknown => {
      act(id);
      return attendeeOf(open, id)["arrived"];
    };
    expect(after(desk.markArrived)).toBe(true);
    expect(after(desk.clearArrival)).toBeNull();
    expect(after(desk.markDidNotArrive)).toBe(false);
    expect(after(desk.clearDidNotArrive)).toBeNull();
  });

  test("cancels and archives it, and hides it from the list", () => {
    const open = openClinic();
    const [cancelled, archived] = [open.bookIn(DAY), open.bookIn(2 * DAY)];
    open.clock.now += 60_000;
    open.clinic.desk.cancel(cancelled, { reason: 40, note: "rang" });
    open.clinic.desk.archive(archived);
    expect(attendeeOf(open, cancelled)).toMatchObject({
      cancelled_at: "2026-11-23T00:01:00Z",
      cancellation_reason: 40,
      cancellation_reason_description: "Away",
      cancellation_note: "rang",
      updated_at: "2026-11-23T00:01:00Z",
    });
    expect(attendeeOf(open, archived)).toMatchObject({ archived_at: "2026-11-23T00:01:00Z" });
    expect(open.get("/attendees").json["total_entries"]).toBe(0);
    expect(open.idsOf(open.get("/attendees/cancelled"), LIST)).toEqual([attendeeOf(open, cancelled)["id"]]);
    expect(open.idsOf(open.get("/attendees/deleted"), LIST)).toEqual([attendeeOf(open, archived)["id"]]);
  });

  test("owes no event for it: every entry is noise", () => {
    const open = openClinic();
    const { desk, ledger } = open.clinic;
    const id = open.bookIn(HOUR);
    desk.markArrived(id);
    desk.editAttendeeNote(String(attendeeOf(open, id)["id"]), "parks at the back");
    desk.mergePatients(open.ids.ada, open.ids.bram);
    desk.cancel(id, { reason: 10 });
    desk.archive(id);
    const own = ledger.entries.filter((entry) => entry.resource === "attendees");
    expect(own.length).toBe(6);
    expect(own.every((entry) => entry.noise && entry.facts.length === 0)).toBe(true);
  });

  test("does not let it be cancelled or archived on its own", () => {
    const open = openClinic();
    const attendee = String(attendeeOf(open, open.bookIn(DAY))["id"]);
    const body = { cancellation_reason: 10 };
    expect(open.call("PATCH", `/attendees/${attendee}/cancel`, body).status).toBe(422);
    expect(open.call("POST", `/attendees/${attendee}/archive`).status).toBe(422);
    expect(() => {
      open.clinic.desk.markPlaceArrived(attendee);
    }).toThrow("belongs to an individual appointment");
  });
});

describe("a place in a class", () => {
  test("is cancelled once, with a reason", () => {
    const { open, place, told, read } = openClass({ unknowns: { attendeeMovesBooking: false } });
    const cancel = (body: unknown) => open.call("PATCH", `/attendees/${place}/cancel`, body).status;
    expect(cancel({})).toBe(422);
    expect(cancel({ cancellation_reason: 11 })).toBe(422);
    expect(cancel("{")).toBe(400);
    expect(cancel({ cancellation_reason: 30, cancellation_note: "flu" })).toBe(204);
    expect(cancel({ cancellation_reason: 30 })).toBe(422);
    expect(told()[0]).toEqual(["attendees", place, "cancelled"]);
    expect(read(`/attendees/${place}`)).toMatchObject({ cancellation_reason: 30, cancellation_note: "flu" });
    expect(open.get(`/attendees/${place}`).status).toBe(404);
    expect(open.get("/attendees/1").status).toBe(404);
  });

  test.each([
    ["POST", "/archive"],
    ["DELETE", ""],
  ])("is archived by %s %s", (method, path) => {
    const { open, place, told } = openClass();
    expect(open.call(method, `/attendees/${place}${path}`).status).toBe(204);
    expect(told()[0]).toEqual(["attendees", place, "archived"]);
    expect(open.call(method, `/attendees/${place}${path}`).status).toBe(404);
  });
});

describe("permissions", () => {
  test.each(["attendees", "group_appointments"])("%s can be taken away whole or in part", (resource) => {
    const { open, group } = openClass();
    const type = open.clinic.desk.groupAppointments()[0]?.appointment_type_id ?? "";
    for (let index = 0; index < 60; index += 1) {
      const patient = open.clinic.plant.patient();
      const booking = { practitionerId: open.ids.practitioner, businessId: open.ids.business };
      const id = open.clinic.desk.bookGroup({
        ...booking,
        appointmentTypeId: type,
        startsAt: open.clock.now,
      });
      open.clinic.desk.addToGroup(id, patient);
    }
    const total = (): unknown => open.get(`/${resource}?sort=id`).json["total_entries"];
    const { faults } = open.clinic;
    expect(total()).toBe(61);
    faults.restrict(resource, { hiddenShare: 0.5 });
    expect(total()).toBeLessThan(50);
    expect(total()).toBeGreaterThan(12);
    faults.restrict(resource, "empty");
    expect(total()).toBe(0);
    faults.restrict(resource, "forbidden");
    expect(open.get(`/${resource}`).status).toBe(403);
    faults.unrestrict(resource);
    expect(open.get(`/group_appointments/${group}`).status).toBe(200);
  });
});

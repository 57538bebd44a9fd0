import { describe, expect, test } from "vitest";
import { DAY, HOUR, openClinic, type OpenClinic } from "./clinic-fixture.ts";

const WILDCARDS = "q[]=archived_at:*&q[]=cancelled_at:*";

function bookingOf(open: OpenClinic, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    appointment_type_id: open.ids.type,
    business_id: open.ids.business,
    patient_id: open.ids.ada,
    practitioner_id: open.ids.practitioner,
    starts_at: "2026-11-25T01:00:00Z",
    ...more,
  };
}

describe("an appointment on the wire", () => {
  test("has every documented field and the empty values of real payloads", () => {
    const open = openClinic();
    const record = open.call("POST", "/individual_appointments", bookingOf(open)).json;
    const self = `https://api.au1.cliniko.com/v1/individual_appointments/${String(record["id"])}`;
    expect(record).toEqual({
      id: expect.stringMatching(/^\d{19}$/),
      created_at: "2026-11-23T00:00:00Z",
      updated_at: "2026-11-23T00:00:00Z",
      starts_at: "2026-11-25T01:00:00Z",
      ends_at: "2026-11-25T01:30:00Z",
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
      notes: null,
      patient_name: "Ada Quill",
      telehealth_url: expect.stringMatching(/^https:\/\/video\.example\.com\//),
      repeat_rule: {},
      repeats: null,
      appointment_type: {
        links: { self: `https://api.au1.cliniko.com/v1/appointment_types/${open.ids.type}` },
      },
      business: { links: { self: `https://api.au1.cliniko.com/v1/businesses/${open.ids.business}` } },
      practitioner: {
        links: { self: `https://api.au1.cliniko.com/v1/practitioners/${open.ids.practitioner}` },
      },
      patient: { links: { self: `https://api.au1.cliniko.com/v1/patients/${open.ids.ada}` } },
      attendees: { links: { self: `${self}/attendees` } },
      conflicts: { links: { self: `${self}/conflicts` } },
      links: { self },
    });
    expect(record).not.toHaveProperty("patient_case");
    expect(record).not.toHaveProperty("repeated_from");
  });

  test("has an id beyond what a double can hold, greater than those before it", () => {
    const open = openClinic();
    const ids = [1, 2, 3].map((hours) => {
      open.clock.now += 1;
      return BigInt(open.bookIn(hours * HOUR));
    });
    expect(ids[0]).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
    expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(ids).size).toBe(3);
  });
});

describe("creating", () => {
  test("answers 201 with the record, and takes end, note and case", () => {
    const open = openClinic();
    const patient_case_id = open.clinic.plant.record("patient_cases");
    const more = { ends_at: "2026-11-25T02:15:00Z", notes: "knee", patient_case_id };
    const reply = open.call("POST", "/individual_appointments", bookingOf(open, more));
    expect(reply.status).toBe(201);
    expect(reply.json).toMatchObject({
      ends_at: "2026-11-25T02:15:00Z",
      notes: "knee",
      patient_case: {
        links: { self: `https://api.au1.cliniko.com/v1/patient_cases/${patient_case_id}` },
      },
    });
    expect(open.get(`/individual_appointments/${String(reply.json["id"])}`).json).toEqual(reply.json);
  });

  test("with a repeat rule makes a series: records of their own that point to the first", () => {
    const open = openClinic();
    const repeat_rule = { repeat_type: "Weekly", repeating_interval: 2, number_of_repeats: 2 };
    const first = open.call("POST", "/individual_appointments", bookingOf(open, { repeat_rule })).json;
    expect(first).not.toHaveProperty("repeated_from");
    expect(first["repeat_rule"]).toEqual(repeat_rule);
    const repeats = open.get(
      `/individual_appointments?q[]=repeated_from_id:=${String(first["id"])}&sort=starts_at`,
    ).json;
    expect(repeats["individual_appointments"]).toMatchObject([
      { starts_at: "2026-12-09T01:00:00Z", repeated_from: { links: first["links"] } },
      { starts_at: "2026-12-23T01:00:00Z", repeated_from: { links: first["links"] } },
    ]);
  });

  test.each([
    ["Daily", ["2027-02-01T01:00:00Z", "2027-02-02T01:00:00Z"]],
    ["Monthly", ["2027-02-28T01:00:00Z", "2027-03-31T01:00:00Z"]],
  ])("a %s series keeps its hour", (repeat_type, expected) => {
    const open = openClinic();
    const repeat_rule = { repeat_type, number_of_repeats: 2 };
    const booking = bookingOf(open, { starts_at: "2027-01-31T01:00:00Z", repeat_rule });
    open.call("POST", "/individual_appointments", booking);
    const list = open.get("/individual_appointments?q[]=repeated_from_id:?&sort=starts_at");
    expect(list.records().map((record) => record["starts_at"])).toEqual(expected);
  });

  test.each([
    [{ starts_at: undefined }, { starts_at: "can't be blank" }],
    [
      { patient_id: null, practitioner_id: "" },
      { patient_id: "can't be blank", practitioner_id: "can't be blank" },
    ],
    [{ patient_id: "1" }, { patient_id: "must exist" }],
    [{ starts_at: "tomorrow" }, { starts_at: "is not a valid date time" }],
    [{ ends_at: "2026-11-25T00:30:00Z" }, { ends_at: "must be after the start" }],
    [{ repeat_rule: { repeat_type: "Hourly" } }, { repeat_rule: expect.any(String) }],
    [{ repeat_rule: { repeat_type: "Daily", number_of_repeats: 900 } }, { repeat_rule: expect.any(String) }],
  ])("of %o is refused 422", (more, errors) => {
    const open = openClinic();
    const reply = open.call("POST", "/individual_appointments", bookingOf(open, more));
    expect(reply.status).toBe(422);
    expect(reply.json).toEqual({ message: "Validation Failed", errors });
    expect(open.clinic.desk.appointments()).toEqual([]);
  });

  test("of something that is not JSON is refused 400", () => {
    const open = openClinic();
    for (const body of ["{", "[]", '"text"']) {
      expect(open.call("POST", "/individual_appointments", body).status).toBe(400);
    }
    expect(open.call("POST", "/individual_appointments").status).toBe(422);
  });
});

describe("changing", () => {
  test("answers 200 with the record and moves updated_at", () => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    open.clock.now += 5000;
    const reply = open.call("PATCH", `/individual_appointments/${id}`, {
      starts_at: "2026-11-25T03:00:00Z",
      practitioner_id: open.ids.otherPractitioner,
      notes: "moved",
    });
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      starts_at: "2026-11-25T03:00:00Z",
      ends_at: "2026-11-25T03:30:00Z",
      notes: "moved",
      updated_at: "2026-11-23T00:00:05Z",
      created_at: "2026-11-23T00:00:00Z",
    });
  });

  test("with the same values leaves the record alone", () => {
    const open = openClinic();
    const id = open.bookIn(DAY, { notes: "same" });
    open.clock.now += 5000;
    const reply = open.call("PATCH", `/individual_appointments/${id}`, { notes: "same" });
    expect(reply.json["updated_at"]).toBe("2026-11-23T00:00:00Z");
  });

  test("cannot set arrival, and ignores what it does not know", () => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    const reply = open.call("PATCH", `/individual_appointments/${id}`, {
      patient_arrived: true,
      colour: "red",
    });
    expect(reply.status).toBe(200);
    expect(reply.json["patient_arrived"]).toBe(false);
  });

  test("takes ids as numbers too, and refuses what does not exist", () => {
    const open = openClinic({ unknowns: { integerIds: true } });
    const id = open.bookIn(DAY);
    const path = `/individual_appointments/${id}`;
    expect(open.call("PATCH", path, { patient_id: Number(open.ids.bram) }).json["patient_name"]).toBe(
      "Bram Tansy",
    );
    expect(open.call("PATCH", path, { business_id: 1 }).json["errors"]).toEqual({
      business_id: "must exist",
    });
    expect(open.call("PATCH", path, { ends_at: "2020-01-01T00:00:00Z" }).status).toBe(422);
    expect(open.call("PATCH", path, "{").status).toBe(400);
  });

  test("an unknown or archived record answers 404", () => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    open.clinic.desk.archive(id);
    for (const path of ["/individual_appointments/1", `/individual_appointments/${id}`]) {
      expect(open.call("PATCH", path, { notes: "x" }).status).toBe(404);
      expect(open.call("PATCH", `${path}/cancel`, { cancellation_reason: 10 }).status).toBe(404);
      expect(open.call("POST", `${path}/archive`).status).toBe(404);
      expect(open.call("DELETE", path).status).toBe(404);
      expect(open.get(`${path}/conflicts`).status).toBe(404);
    }
  });
});

describe("cancelling", () => {
  test.each([
    [10, "Feeling better"],
    [20, "Condition worse"],
    [30, "Sick"],
    [31, "COVID-19 related"],
    [40, "Away"],
    [50, "Other"],
    [60, "Work"],
  ])("with reason %i answers 204 and describes it as %s", (reason, description) => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    const body = { cancellation_reason: reason, cancellation_note: "rang" };
    const reply = open.call("PATCH", `/individual_appointments/${id}/cancel`, body);
    expect(reply.status).toBe(204);
    expect(reply.text).toBe("");
    expect(open.get(`/individual_appointments/${id}?q[]=cancelled_at:*`).json).toMatchObject({
      cancelled_at: "2026-11-23T00:00:00Z",
      cancellation_reason: reason,
      cancellation_reason_description: description,
      cancellation_note: "rang",
      archived_at: null,
    });
  });

  test.each([
    [{}, "can't be blank"],
    [{ cancellation_reason: null }, "can't be blank"],
    [{ cancellation_reason: 11 }, "is not included in the list"],
    [{ cancellation_reason: "sick" }, "is not included in the list"],
  ])("with %o is refused 422", (body, complaint) => {
    const open = openClinic();
    const reply = open.call("PATCH", `/individual_appointments/${open.bookIn(DAY)}/cancel`, body);
    expect(reply.status).toBe(422);
    expect(reply.json["errors"]).toEqual({ cancellation_reason: complaint });
  });

  test("happens once: the moment is never written again", () => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    const cancel = (): number =>
      open.call("PATCH", `/individual_appointments/${id}/cancel`, { cancellation_reason: 10 }).status;
    expect(cancel()).toBe(204);
    open.clock.now += HOUR;
    expect(cancel()).toBe(422);
    const record = open.get(`/individual_appointments/${id}?${WILDCARDS}`).json;
    expect(record["cancelled_at"]).toBe("2026-11-23T00:00:00Z");
    expect(open.call("PATCH", `/individual_appointments/${id}/cancel`, "{").status).toBe(400);
  });

  test("with apply_to_repeats takes the later occurrences along and spares the earlier ones", () => {
    const open = openClinic();
    const booking = {
      patientId: open.ids.ada,
      practitionerId: open.ids.practitioner,
      businessId: open.ids.business,
      appointmentTypeId: open.ids.type,
      startsAt: open.clock.now + DAY,
    };
    const rule = { repeat_type: "Weekly", repeating_interval: 1, number_of_repeats: 3 } as const;
    const ids = open.clinic.desk.bookSeries(booking, rule);
    const alone = open.bookIn(40 * DAY);
    const body = { cancellation_reason: 40, apply_to_repeats: true };
    open.call("PATCH", `/individual_appointments/${ids[1]}/cancel`, body);
    const standing = open.idsOf(open.get("/individual_appointments?sort=starts_at"));
    expect(standing).toEqual([ids[0], alone]);
  });
});

describe("archiving", () => {
  test.each([
    ["POST", "/archive"],
    ["DELETE", ""],
  ])("by %s answers 204 and hides the record", (method, suffix) => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    const reply = open.call(method, `/individual_appointments/${id}${suffix}`);
    expect(reply.status).toBe(204);
    expect(reply.text).toBe("");
    expect(open.get(`/individual_appointments/${id}`).status).toBe(404);
    const record = open.get(`/individual_appointments/${id}?${WILDCARDS}`).json;
    expect(record["archived_at"]).toBe("2026-11-23T00:00:00Z");
  });

  test("comes on top of a cancellation: two facts, one record", () => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    open.clinic.desk.cancel(id, { reason: 30 });
    open.clock.now += HOUR;
    open.clinic.desk.archive(id);
    expect(open.get(`/individual_appointments/${id}?${WILDCARDS}`).json).toMatchObject({
      cancelled_at: "2026-11-23T00:00:00Z",
      archived_at: "2026-11-23T01:00:00Z",
    });
  });
});

test("conflicts tell of another appointment of the practitioner at that time", () => {
  const open = openClinic();
  const first = open.bookIn(DAY);
  const conflictsOf = (id: string): unknown => open.get(`/individual_appointments/${id}/conflicts`).json;
  expect(conflictsOf(first)).toEqual({ conflicts: { exist: false } });
  const second = open.bookIn(DAY + 10 * 60_000);
  expect(conflictsOf(first)).toEqual({ conflicts: { exist: true } });
  open.clinic.desk.cancel(second, { reason: 50 });
  expect(conflictsOf(first)).toEqual({ conflicts: { exist: false } });
});

import { describe, expect, test } from "vitest";
import { openClass } from "./class-fixture.ts";
import { DAY, HOUR, openClinic } from "./clinic-fixture.ts";

test("a class has the documented fields: no patient, no cancellation, no arrival", () => {
  const { open, group, read } = openClass();
  const record = read(`/group_appointments/${group}`);
  expect(record).toMatchObject({
    id: group,
    starts_at: "2026-11-24T00:00:00Z",
    ends_at: "2026-11-24T00:30:00Z",
    archived_at: null,
    deleted_at: null,
    max_attendees: 8,
    notes: null,
    patient_ids: [open.ids.ada],
    repeat_rule: {},
    attendees: { links: { self: `https://api.au1.cliniko.com/v1/group_appointments/${group}/attendees` } },
    links: { self: `https://api.au1.cliniko.com/v1/group_appointments/${group}` },
  });
  for (const field of ["cancelled_at", "did_not_arrive", "patient_arrived", "patient", "patient_name"]) {
    expect(record).not.toHaveProperty(field);
  }
});

describe("a class can be", () => {
  test("created, with the length and the places of its type, and tells it", () => {
    const { open, told } = openClass();
    const reply = open.call("POST", "/group_appointments", newClass(open));
    expect(reply.status).toBe(201);
    expect(reply.json).toMatchObject({ max_attendees: 1, patient_ids: [] });
    expect(told()).toEqual([["group_appointments", reply.json["id"], "created"]]);
    const roomy = open.call("POST", "/group_appointments", { ...newClass(open), max_attendees: 5 });
    expect(roomy.json["max_attendees"]).toBe(5);
  });

  test("refused when fields are missing or wrong, each with its complaint", () => {
    const open = openClinic();
    const missing = open.call("POST", "/group_appointments", { max_attendees: 0 });
    expect(missing.status).toBe(422);
    expect(missing.json["errors"]).toEqual({
      appointment_type_id: "can't be blank",
      business_id: "can't be blank",
      practitioner_id: "can't be blank",
      starts_at: "can't be blank",
      max_attendees: "must be greater than 0",
    });
    expect(open.call("POST", "/group_appointments", "{").status).toBe(400);
  });

  test.each([
    [{ starts_at: "2026-11-25T00:00:00Z" }, ["rescheduled"]],
    [{ notes: "bring a mat" }, ["updated"]],
    [{ max_attendees: 4 }, ["updated"]],
    [{ starts_at: "2026-11-25T00:00:00Z", notes: "new" }, ["rescheduled", "updated"]],
  ])("changed by %o, which is %o", (body, facts) => {
    const { open, group, told } = openClass({ unknowns: { bookingMovesAttendees: false } });
    expect(open.call("PATCH", `/group_appointments/${group}`, body).status).toBe(200);
    expect(told()).toEqual([["group_appointments", group, ...facts]]);
    expect(open.call("PATCH", `/group_appointments/${group}`, body).status).toBe(200);
    expect(told()).toHaveLength(1);
  });

  test("given to another practitioner, or wrongly changed", () => {
    const { open, group, told } = openClass({ unknowns: { bookingMovesAttendees: false } });
    const patch = (body: unknown) => open.call("PATCH", `/group_appointments/${group}`, body).status;
    expect(patch({ practitioner_id: open.ids.otherPractitioner })).toBe(200);
    expect(told()).toEqual([["group_appointments", group, "practitioner_changed", "updated"]]);
    expect(patch({ practitioner_id: "1" })).toBe(422);
    expect(patch({ ends_at: "2026-11-20T00:00:00Z" })).toBe(422);
    expect(patch("nonsense")).toBe(400);
    expect(open.call("PATCH", "/group_appointments/1", {}).status).toBe(404);
  });

  test("archived by the deprecated DELETE, and its places with it", () => {
    const { open, group, place, told, read } = openClass();
    expect(open.call("DELETE", `/group_appointments/${group}`).status).toBe(204);
    expect(told()).toEqual([
      ["group_appointments", group, "archived"],
      ["attendees", place, "archived"],
    ]);
    expect(read(`/attendees/${place}`)["archived_at"]).toBe("2026-11-23T00:01:00Z");
  });

  test("not cancelled: there is no such endpoint", () => {
    const { open, group } = openClass();
    const reply = open.call("PATCH", `/group_appointments/${group}/cancel`, { cancellation_reason: 10 });
    expect(reply.status).toBe(404);
  });
});

test("taken out of the archive, a class brings back the places that went with it, and no other", () => {
  const { open, group, place, told } = openClass();
  const { desk } = open.clinic;
  const alone = desk.addToGroup(group, open.ids.bram);
  desk.archivePlace(alone);
  open.clock.now += HOUR;
  desk.archiveGroup(group);
  desk.archiveGroup(group);
  const before = told().length;
  desk.unarchiveGroup(group);
  desk.unarchiveGroup(group);
  expect(told().slice(before)).toEqual([
    ["group_appointments", group, "unarchived"],
    ["attendees", place, "unarchived"],
  ]);
});

test("moving a class keeps its length and is a reschedule", () => {
  const { open, group, told, read } = openClass();
  expect(open.clinic.desk.moveGroup(group, open.clock.now + 3 * DAY)).toBe(true);
  expect(read(`/group_appointments/${group}`)).toMatchObject({
    starts_at: "2026-11-26T00:01:00Z",
    ends_at: "2026-11-26T00:31:00Z",
  });
  expect(told()[0]).toEqual(["group_appointments", group, "rescheduled"]);
});

test("acts on strangers throw", () => {
  const { open } = openClass();
  expect(() => open.clinic.desk.moveGroup("1", 0)).toThrow("there is no group appointment 1");
});

function newClass(open: ReturnType<typeof openClinic>): Record<string, unknown> {
  return {
    appointment_type_id: open.ids.type,
    business_id: open.ids.business,
    practitioner_id: open.ids.practitioner,
    starts_at: "2026-11-30T08:00:00Z",
  };
}

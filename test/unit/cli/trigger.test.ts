import { describe, expect, test } from "vitest";

import { eventCatalogue } from "../../../src/catalogue/event-catalogue.ts";
import { buildTriggeredEvent } from "../../../src/cli/trigger/trigger.ts";
import { type WebhookEvent, renderPayload } from "../../../src/diff/event.ts";
import { sensitiveFieldsOf } from "../../../src/resources/registry.ts";

const NOW = Date.parse("2027-03-04T05:06:07.890Z");

function build(type: string, overrides: Readonly<Record<string, string>> = {}): WebhookEvent {
  const built = buildTriggeredEvent(type, overrides, NOW);
  if (built.kind === "refused") throw new Error(built.problems.join("\n"));
  return built.event;
}

function problems(type: string, overrides: Readonly<Record<string, string>> = {}): readonly string[] {
  const built = buildTriggeredEvent(type, overrides, NOW);
  return built.kind === "refused" ? built.problems : [];
}

describe("ids and times", () => {
  test("every event has an id that nobody has had", () => {
    const ids = [1, 2, 3].map(() => build("patient.created").id);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^evt_[\w-]{24}$/);
  });

  test("it happened just now, by its own stamps and by what was observed", () => {
    const { timestamp, observed, data } = build("appointment.cancelled");
    expect(timestamp).toBe("2027-03-04T05:06:07Z");
    expect([data.object?.["updated_at"], data.object?.["cancelled_at"]]).toEqual([timestamp, timestamp]);
    expect(observed).toEqual({ after: "2027-03-04T05:06:01Z", at: "2027-03-04T05:06:10Z" });
  });

  test("times of appointments stay as far away as in the example, and on the quarter of an hour", () => {
    const { data } = build("appointment.rescheduled");
    const [startsAt, endsAt] = [data.object?.["starts_at"], data.object?.["ends_at"]].map(String);
    expect(startsAt).toMatch(/^2027-03-07T\d{2}:(00|15|30|45):00Z$/);
    expect(Date.parse(endsAt ?? "") - Date.parse(startsAt ?? "")).toBe(30 * 60_000);
    expect(data.previous["starts_at"]).toMatch(/:(00|15|30|45):00Z$/);
  });

  test("a date of birth is no time, and stays", () => {
    expect(build("patient.updated").data.object?.["date_of_birth"]).toBe("1984-07-09");
  });
});

describe("own values", () => {
  const objectOf = (type: string, overrides: Readonly<Record<string, string>>) =>
    build(type, overrides).data.object ?? {};

  test.each<[string, string, string, unknown]>([
    ["a time", "starts_at", "2027-04-01T10:00:00Z", "2027-04-01T10:00:00Z"],
    ["text", "patient_name", "Bram Tansy", "Bram Tansy"],
    ["text that looks like a number", "patient_name", "7", "7"],
    ["a number", "cancellation_reason", "40", 40],
    ["true or false", "did_not_arrive", "true", true],
    ["null", "cancelled_at", "null", null],
    ["a structure", "repeat_rule", '{"repeat_type":"Weekly"}', { repeat_type: "Weekly" }],
  ])("%s is taken as what belongs there", (_what, name, text, value) => {
    expect(objectOf("appointment.rescheduled", { [`data.object.${name}`]: text })[name]).toEqual(value);
  });

  test("a link may be given as an id alone, in place of another or where there was none", () => {
    const object = objectOf("appointment.updated", {
      "data.object.patient": "77",
      "data.object.patient_case": "88",
    });
    expect(object["patient"]).toEqual({ links: { self: "https://api.au1.cliniko.com/v1/patients/77" } });
    expect(object["patient_case"]).toEqual({
      links: { self: "https://api.au1.cliniko.com/v1/patient_cases/88" },
    });
  });

  test("a link may be given as JSON, or as the address in it", () => {
    const links = { links: { self: "https://example.com/9" } };
    const whole = objectOf("appointment.updated", { "data.object.patient": JSON.stringify(links) });
    const inner = objectOf("appointment.updated", { "data.object.patient.links.self": links.links.self });
    expect([whole["patient"], inner["patient"]]).toEqual([links, links]);
  });

  test.each(["subject.id", "data.object.id"])(
    "a record's id given as %s is the record's everywhere",
    (path) => {
      const event = build("appointment.created", { [path]: "123456" });
      expect([event.subject.id, event.data.object?.["id"]]).toEqual(["123456", "123456"]);
    },
  );

  test("a sensitive field may be given, and goes to those who include it", () => {
    const event = build("appointment.created", { "data.object.notes": "Bring the X-ray" });
    const bodyFor = (include: readonly string[]): string =>
      renderPayload(event, sensitiveFieldsOf("appointment"), "full", include);
    expect(bodyFor(["notes"])).toContain("X-ray");
    expect(bodyFor([])).not.toContain("X-ray");
  });

  test("account, sequence and former values may be given", () => {
    const event = build("connection.degraded", { account: "southside", sequence: "9" });
    expect([event.account, event.sequence]).toEqual(["southside", 9]);
    const { previous } = build("patient.updated", { "data.previous.email": "old@example.com" }).data;
    expect(previous["email"]).toBe("old@example.com");
  });

  test("the catalogue's example stays as it is", () => {
    const before = JSON.stringify(eventCatalogue.map(({ example }) => example));
    build("patient.updated", { "data.object.email": "new@example.com", "data.previous.email": "x" });
    expect(JSON.stringify(eventCatalogue.map(({ example }) => example))).toBe(before);
  });
});

describe("what cannot be built", () => {
  test.each<[string, string, Readonly<Record<string, string>>, string]>([
    ["a type that nearly is", "appointment.rescheduld", {}, 'did you mean "appointment.rescheduled"?'],
    [
      "a type that is nothing like",
      "frobnicate",
      {},
      `it begins with one of: ${[...new Set(eventCatalogue.map(({ subject }) => subject))].join(", ")}`,
    ],
    [
      "a misspelt path",
      "appointment.created",
      { "data.object.start_at": "2027-04-01T10:00:00Z" },
      'there is no "data.object.start_at" in appointment.created: did you mean "data.object.starts_at"?',
    ],
    [
      "a field without the way to it",
      "appointment.created",
      { starts_at: "2027-04-01T10:00:00Z" },
      'did you mean "data.object.starts_at"?',
    ],
    ["a path to nowhere", "patient.created", { zzzzzzzzzz: "1" }, "paths begin at the event's root"],
    ["a field of another subject", "patient.created", { "data.object.starts_at": "x" }, "there is no"],
    ["the present values of another level", "patient.updated", { "data.current.email": "x" }, "there is no"],
    ["its origin", "patient.created", { origin: "live" }, '"origin" cannot be set'],
    ["its type", "patient.created", { type: "patient.merged" }, '"type" cannot be set'],
    [
      "no time",
      "appointment.created",
      { "data.object.starts_at": "ten" },
      "is a time, like 2026-11-23T23:00:00Z",
    ],
    ["no whole number", "patient.created", { sequence: "many" }, '"sequence" is a whole number, not "many"'],
    [
      "no boolean",
      "appointment.arrived",
      { "data.object.patient_arrived": "yes" },
      "is true or false or null",
    ],
    [
      "no link",
      "appointment.created",
      { "data.object.patient": "Ada" },
      "is the id of another record or JSON",
    ],
    [
      "a record that is gone",
      "patient.deleted",
      { "data.object.email": "x" },
      "inside something that is null",
    ],
    ["a structure of another shape", "appointment.created", { "data.changed": '["label"]' }, "data.changed"],
    [
      "a time of ours with fractions",
      "patient.created",
      { timestamp: "2027-04-01T10:00:00.5Z" },
      '"timestamp"',
    ],
  ])("%s is told as a problem", (_title, type, overrides, said) => {
    const told = problems(type, overrides);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(said);
  });

  test("every problem is told at once", () => {
    expect(problems("appointment.created", { origin: "live", "data.object.starts_at": "ten" })).toHaveLength(
      2,
    );
  });
});

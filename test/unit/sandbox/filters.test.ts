import { describe, expect, test } from "vitest";
import { parseConditions } from "../../../src/sandbox/storage/filters.ts";
import { openClinic } from "./clinic-fixture.ts";

const COLUMNS = {
  id: "numeric",
  moment: "datetime",
  day: "date",
  name: "string",
  flag: "boolean",
  tags: "array",
} as const;

const AT_SIX = Date.UTC(2026, 4, 1, 6, 0, 0) / 1000;

const ROW = {
  id: "1390726237298631770",
  created_at: 0,
  updated_at: 0,
  moment: AT_SIX,
  day: "1986-05-17",
  name: "Ada Quill",
  flag: false,
  tags: ["12", "34"],
};

function accepts(filter: string, row: object = ROW): boolean {
  const result = parseConditions([filter], COLUMNS);
  if (result.kind !== "conditions") throw new Error(JSON.stringify(result));
  return result.conditions.every((condition) => condition.accepts({ ...ROW, ...row }));
}

describe("a condition", () => {
  test.each([
    ["moment:>=2026-05-01T06:00:00Z", true],
    ["moment:>2026-05-01T06:00:00Z", false],
    ["moment:>2026-05-01T05:59:59Z", true],
    ["moment:<=2026-05-01T06:00:00Z", true],
    ["moment:<2026-05-01T06:00:00Z", false],
    // A fraction is cut off: stored moments are whole seconds.
    ["moment:>=2026-05-01T06:00:00.900Z", true],
    ["moment:<2026-05-01T06:00:00.900Z", false],
    ["moment:?", true],
    ["moment:!?", false],
    ["moment:*", true],
    ["day:=1986-05-17", true],
    ["day:=****-05-**", true],
    ["day:=****-06-**", false],
    ["day:=198*-**-**", true],
    ["day:>1986-05-16", true],
    ["day:>=1986-05-18", false],
    ["day:<1986-05-18", true],
    ["day:<=1986-05-16", false],
    ["day:?", true],
    ["day:!?", false],
    ["id:=1390726237298631770", true],
    ["id:=1,2,1390726237298631770", true],
    ["id:=1,2,3", false],
    // One more than the id, and the same double.
    ["id:=1390726237298631771", false],
    ["id:!=1390726237298631771", true],
    ["id:!=1390726237298631770", false],
    ["id:>1390726237298631769", true],
    ["id:>1390726237298631770", false],
    ["id:>=1390726237298631770", true],
    ["id:<1390726237298631771", true],
    ["id:<=1390726237298631769", false],
    ["id:>99", true],
    ["id:?", true],
    ["id:!?", false],
    ["name:=Ada Quill", true],
    ["name:=ada quill", false],
    ["name:!=Bram", true],
    ["name:!=Ada Quill", false],
    ["name:~quil", true],
    ["name:~tansy", false],
    ["name:~~%Quill", true],
    ["name:~~Quill%", false],
    ["name:~~A%Q%l", true],
    ["name:~~A.a%", false],
    ["name:?", true],
    ["name:!?", false],
    ["flag:=false", true],
    ["flag:=true", false],
    ["flag:!=true", true],
    ["flag:!=false", false],
    ["tags:~12", true],
    ["tags:~1", false],
  ])("%s is %s of the row", (filter, expected) => {
    expect(accepts(filter)).toBe(expected);
  });

  test("nothing but !? and * is true of a null, as in SQL", () => {
    const empty = { moment: null, name: null, flag: null, id: null, day: null };
    expect(accepts("moment:*", empty)).toBe(true);
    expect(accepts("moment:!?", empty)).toBe(true);
    const filters = [
      "moment:?",
      "moment:>2020-01-01T00:00:00Z",
      "name:!=x",
      "flag:!=true",
      "day:=****-**-**",
    ];
    expect(filters.map((filter) => accepts(filter, empty))).toEqual(filters.map(() => false));
  });

  test("a small id is less than a long one, whatever its first digit", () => {
    expect(accepts("id:<1390726237298631770", { id: "75335355" })).toBe(true);
  });
});

describe("a filter is refused", () => {
  test.each([
    ["colour:=red", "colour is not filterable"],
    ["toString:=x", "toString is not filterable"],
    ["moment:=2026-05-01T06:00:00Z", "Operator = is not supported for moment"],
    ["moment:2026-05-01T06:00:00Z", "Filter value for moment must be a date time"],
    ["moment:>=2026-05-01", "Filter value for moment must be a date time"],
    ["moment:>=2026-13-01T00:00:00Z", "Filter value for moment must be a date time"],
    ["moment:>=yesterday", "Filter value for moment must be a date time"],
    ["day:>=17.5.1986", "Filter value for day must be a date"],
    ["day:>=****-05-**", "Filter value for day must be a date"],
    ["day:*", "Operator * is not supported for day"],
    ["id:=abc", "Filter value for id must be a number"],
    ["id:=1,,2", "Filter value for id must be a number"],
    ["id:>1,2", "Filter value for id must be a number"],
    ["flag:=maybe", "Filter value for flag must be true or false"],
    ["flag:?", "Operator ? is not supported for flag"],
    ["tags:=12", "Operator = is not supported for tags"],
    ["moment:?x", "Filter value for moment must be a date time"],
  ])("%s: %s", (filter, message) => {
    expect(parseConditions([filter], COLUMNS)).toEqual({ kind: "refused", message });
  });
});

test("a refused filter is answered 400 with the message", () => {
  const reply = openClinic().get("/patients?q[]=notes:~knee");
  expect(reply.status).toBe(400);
  expect(reply.json).toEqual({ message: "notes is not filterable" });
});

test("a malformed q is answered 500 with a page", () => {
  const { get } = openClinic();
  for (const query of ["q=smith", "q[]=smith", "q[]=", "q=first_name:=Ada"]) {
    const reply = get(`/patients?${query}`);
    expect(reply.status).toBe(500);
    expect(reply.headers["content-type"]).toContain("text/html");
  }
});

test("q[] is understood in both encodings, and repeated conditions must all hold", () => {
  const { get, ids, idsOf } = openClinic();
  const plain = get("/patients?q[]=first_name:=Ada");
  const encoded = get("/patients?q%5B%5D=first_name%3A%3DAda");
  expect(idsOf(plain, "patients")).toEqual([ids.ada]);
  expect(encoded.json["patients"]).toEqual(plain.json["patients"]);
  const both = get("/patients?q[]=first_name:=Ada&q%5B%5D=last_name:=Tansy");
  expect(both.json["patients"]).toEqual([]);
});

test("q[][] and unknown parameters are ignored: the whole list comes back", () => {
  const { get, ids, idsOf } = openClinic();
  for (const query of [
    "q[][]=first_name:=Ada",
    "updated_since=2030-01-01",
    "patient_id=1",
    "q%5B0%5D=id:=1",
  ]) {
    expect(idsOf(get(`/patients?${query}`), "patients")).toEqual([ids.ada, ids.bram]);
  }
});

test("every documented column of appointments and patients can be filtered", () => {
  const { get, bookIn, ids, idsOf } = openClinic();
  const id = bookIn(1000);
  const past = "2020-01-01T00:00:00Z";
  const conditions = [
    `appointment_type_id:=${ids.type}`,
    "archived_at:!?",
    `business_id:=${ids.business}`,
    "cancelled_at:!?",
    `created_at:>${past}`,
    `ends_at:>${past}`,
    `id:=${id}`,
    `patient_id:=${ids.ada}`,
    `practitioner_id:=${ids.practitioner}`,
    "repeated_from_id:!?",
    `starts_at:>${past}`,
    `updated_at:>${past}`,
    "did_not_arrive:=false",
  ];
  const query = conditions.map((condition) => `q[]=${condition}`).join("&");
  expect(idsOf(get(`/individual_appointments?${query}`))).toEqual([id]);
  const patients = [
    `created_at:>${past}`,
    "date_of_birth:!?",
    "email:~ada@",
    "first_name:=Ada",
    `id:=${ids.ada}`,
    "last_name:=Quill",
    "old_reference_id:!?",
    `updated_at:>${past}`,
    "archived_at:!?",
  ];
  const patientQuery = patients.map((condition) => `q[]=${condition}`).join("&");
  expect(idsOf(get(`/patients?${patientQuery}`), "patients")).toEqual([ids.ada]);
});

test("array columns of appointment types are filtered by what they contain", () => {
  const { clinic, get, idsOf } = openClinic();
  const id = clinic.plant.appointmentType({ appointment_reminder_template_ids: ["11", "12"] });
  const query = "/appointment_types?q[]=appointment_reminder_template_ids:~12";
  expect(idsOf(get(query), "appointment_types")).toEqual([id]);
});

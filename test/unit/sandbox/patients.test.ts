import { expect, test } from "vitest";
import { HOUR, openClinic } from "./clinic-fixture.ts";

test("a patient is created, read, changed, archived and taken out again", () => {
  const open = openClinic();
  const created = open.call("POST", "/patients", {
    first_name: "Greta",
    last_name: "Marrow",
    date_of_birth: "1986-05-17",
    accepted_privacy_policy: true,
    patient_phone_numbers: [{ phone_type: "Mobile", number: "0491 570 006" }],
  });
  expect(created.status).toBe(201);
  const path = `/patients/${String(created.json["id"])}`;
  expect(open.get(path).json).toEqual(created.json);
  open.clock.now += HOUR;
  const changed = open.call("PATCH", path, { email: "greta@example.com", accepted_privacy_policy: null });
  expect(changed.json).toMatchObject({
    email: "greta@example.com",
    accepted_privacy_policy: null,
    first_name: "Greta",
    updated_at: "2026-11-23T01:00:00Z",
  });
  expect(open.call("POST", `${path}/archive`).status).toBe(204);
  expect(open.get(path).status).toBe(404);
  expect(open.get(`${path}?q[]=archived_at:*`).json["archived_at"]).toBe("2026-11-23T01:00:00Z");
  expect(open.call("PATCH", path, { email: "x@example.com" }).status).toBe(404);
  expect(open.call("POST", `${path}/unarchive`).status).toBe(204);
  expect(open.get(path).json).toMatchObject({ archived_at: null, deleted_at: null });
});

test("a patient has every documented field and the empty values of live samples", () => {
  const open = openClinic();
  const record = open.get(`/patients/${open.ids.bram}`).json;
  expect(record).toMatchObject({
    id: open.ids.bram,
    label: "Bram Tansy",
    archived_at: null,
    deleted_at: null,
    merged_at: null,
    time_zone: null,
    pronouns: null,
    referral_source: null,
    custom_fields: null,
    email: null,
    patient_phone_numbers: [],
    links: { self: `https://api.au1.cliniko.com/v1/patients/${open.ids.bram}` },
  });
  for (const absent of ["merged_with_patient", "concession_type", "referring_doctor"]) {
    expect(record).not.toHaveProperty(absent);
  }
  for (const present of [
    "preferred_first_name",
    "gender_identity",
    "address_3",
    "country_code",
    "accepted_sms_marketing",
    "receives_cancellation_emails",
    "reminder_type",
    "reminders_communication_channels",
    "follow_ups_communication_channels_description",
    "appointment_notes",
    "emergency_contact",
    "medicare_reference_number",
    "dva_card_number",
    "invoice_extra_information",
    "latest_booking",
    "medical_alerts",
    "relationships",
  ]) {
    expect(record).toHaveProperty(present);
  }
});

test("phone numbers are kept as written and in international digits", () => {
  const open = openClinic();
  const path = `/patients/${open.ids.ada}`;
  const phones = [{ number: "0491 570 156" }, { phone_type: "Home", number: "+61 2 5550 1234" }];
  const reply = open.call("PATCH", path, { patient_phone_numbers: phones });
  expect(reply.json["patient_phone_numbers"]).toEqual([
    { phone_type: "Mobile", number: "0491 570 156", normalized_number: "61491570156" },
    { phone_type: "Home", number: "+61 2 5550 1234", normalized_number: "61255501234" },
  ]);
});

test.each([
  [{ last_name: "Only" }, { first_name: "can't be blank" }],
  [{}, { first_name: "can't be blank", last_name: "can't be blank" }],
  [{ first_name: "A", last_name: "B", date_of_birth: "17.5.1986" }, { date_of_birth: "is not a valid date" }],
  [{ first_name: "A", last_name: "B", email: "nobody" }, { email: "is invalid" }],
  [{ first_name: "A", last_name: "B", notes: 5 }, { notes: "is invalid" }],
  [
    { first_name: "A", last_name: "B", accepted_sms_marketing: "no" },
    { accepted_sms_marketing: "is invalid" },
  ],
  [{ first_name: "A", last_name: "B", patient_phone_numbers: "1" }, { patient_phone_numbers: "is invalid" }],
])("creating a patient from %o is refused 422", (body, errors) => {
  const reply = openClinic().call("POST", "/patients", body);
  expect(reply.status).toBe(422);
  expect(reply.json).toEqual({ message: "Validation Failed", errors });
});

test("a name cannot be blanked, nonsense cannot be read, and strangers are not found", () => {
  const open = openClinic();
  const path = `/patients/${open.ids.ada}`;
  expect(open.call("PATCH", path, { first_name: "" }).json["errors"]).toEqual({
    first_name: "can't be blank",
  });
  expect(open.call("PATCH", path, "{").status).toBe(400);
  expect(open.call("POST", "/patients", "{").status).toBe(400);
  for (const [method, suffix] of [
    ["PATCH", ""],
    ["DELETE", ""],
    ["POST", "/archive"],
    ["POST", "/unarchive"],
  ]) {
    expect(open.call(method ?? "", `/patients/1${suffix}`, {}).status).toBe(404);
  }
});

test("writing the same values again leaves updated_at alone", () => {
  const open = openClinic();
  open.clock.now += HOUR;
  const path = `/patients/${open.ids.ada}`;
  const reply = open.call("PATCH", path, { first_name: "Ada", patient_phone_numbers: [] });
  expect(reply.json["updated_at"]).toBe("2026-11-23T00:00:00Z");
});

test("a merged patient is linked to the survivor and cannot be taken out again", () => {
  const open = openClinic();
  open.clinic.desk.mergePatients(open.ids.ada, open.ids.bram);
  const record = open.get(`/patients/${open.ids.ada}?q[]=archived_at:*`).json;
  expect(record).toMatchObject({
    merged_at: "2026-11-23T00:00:00Z",
    archived_at: "2026-11-23T00:00:00Z",
    merged_with_patient: { links: { self: `https://api.au1.cliniko.com/v1/patients/${open.ids.bram}` } },
  });
  expect(open.call("POST", `/patients/${open.ids.ada}/unarchive`).status).toBe(422);
});

import { expect, test } from "vitest";

import { findEntry } from "../../../../src/catalogue/event-catalogue.ts";
import { fieldsOf } from "../../../../dashboard/pages/endpoints/form/fields-of.ts";
import { resources, sensitiveFieldsOf } from "../../../../src/resources/registry.ts";

test.each(["appointment.created", "attendee.added", "group_appointment.created", "patient.created"])(
  "the schema of %s names its watched and its sensitive fields",
  (type) => {
    const [subject = ""] = type.split(".");
    const { sensitive, watched } = fieldsOf(findEntry(type)?.jsonSchema());
    const projection = Object.values(resources).find((one) => one.subject === subject);
    expect(watched).toEqual(Object.keys(projection?.fields ?? {}).toSorted());
    expect(sensitive.map(({ name }) => name)).toEqual([...sensitiveFieldsOf(subject)].toSorted());
    expect(
      sensitive.every(({ description }) => description !== "" && !description.includes("Sensitive")),
    ).toBe(true);
  },
);

test("the schema of a visit names the records that can come along", () => {
  expect(fieldsOf(findEntry("appointment.created")?.jsonSchema()).links).toEqual(
    expect.arrayContaining(["appointment_type", "business", "patient", "practitioner"]),
  );
});

test("what is told of the service itself has no such fields", () => {
  expect(fieldsOf(findEntry("connection.degraded")?.jsonSchema())).toEqual({
    watched: [],
    sensitive: [],
    links: [],
  });
});

test("what is no schema has none", () => {
  expect(fieldsOf(undefined)).toEqual({ watched: [], sensitive: [], links: [] });
});

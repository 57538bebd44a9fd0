import { expect, test } from "vitest";

import { callbackBody, relatedFor } from "../../../src/diff/callback-body.ts";
import type { WebhookEvent } from "../../../src/diff/event.ts";
import { linkedRecords } from "../../../src/diff/links.ts";
import {
  type Related,
  type RelatedPart,
  expandParts,
  patientsTold,
  subjectsTold,
} from "../../../src/diff/related.ts";
import type { ResourceName } from "../../../src/resources/registry.ts";
import type { FieldValue } from "../../../src/resources/field.ts";
import { linkTo } from "../../../src/resources/link-to.ts";
import { eventOf } from "../../support/stored-things.ts";

function read(resource: ResourceName, id: string, values: Readonly<Record<string, FieldValue>>): RelatedPart {
  return { state: "read", resource, id, values: new Map(Object.entries(values)) };
}

function related(parts: Readonly<Record<string, RelatedPart>>, holdsBack = false): Related {
  return { holdsBack, parts: new Map(Object.entries(parts)) };
}

function invoiceItem(): WebhookEvent {
  const object = { ...linkTo("invoice_items/7"), invoice: linkTo("invoices/70"), product: null };
  const event = eventOf({ type: "invoice_item.updated", subject: { type: "invoice_item", id: "7" } });
  return { ...event, data: { ...event.data, object, previous: {} } };
}

const ADA = { first_name: "Ada", last_name: "Quill", notes: "left knee", medicare: null };
const ALL = { expand: ["*"], include: [] };

test("what was read comes as Cliniko serves it, links and all", () => {
  const parts = related({
    practitioner: read("practitioners", "3", { display_name: "Dr Okafor", user: "9" }),
  });

  expect(expandParts(eventOf(), parts, { expand: ["practitioner"], include: [] })).toEqual({
    related: {
      practitioner: {
        id: "3",
        display_name: "Dr Okafor",
        user: { links: { self: expect.stringMatching(/^https:.*\/v1\/users\/9$/) } },
      },
    },
  });
});

test("a sensitive field of what comes along is left out, unless it is included", () => {
  const parts = related({ patient: read("patients", "4", ADA) });
  const plain = expandParts(eventOf(), parts, { expand: ["patient"], include: [] });
  const open = expandParts(eventOf(), parts, { expand: ["patient"], include: ["notes"] });

  expect(plain?.related["patient"]).toEqual({ id: "4", first_name: "Ada", last_name: "Quill" });
  expect(open?.related["patient"]).toMatchObject({ notes: "left knee" });
  expect(open?.related["patient"]).not.toHaveProperty("medicare");
});

test("a sensitive link brings nobody along unless it is included", () => {
  const event = eventOf({ type: "relationship.updated", subject: { type: "relationship", id: "7" } });
  const object = {
    ...linkTo("relationships/7"),
    patient: linkTo("patients/4"),
    related_patient: linkTo("patients/5"),
  };
  const ofBoth = { ...event, data: { ...event.data, object, previous: {} } };
  const parts = related({ patient: read("patients", "4", ADA), related_patient: read("patients", "5", ADA) });
  for (const expand of [["*"], ["patient", "related_patient"]]) {
    const asked = { expand, include: [] };
    expect(Object.keys(expandParts(ofBoth, parts, asked)?.related ?? {})).toEqual(["patient"]);
    expect(subjectsTold(ofBoth, parts, asked)).toEqual(["patient/4"]);
    const included = { expand, include: ["related_patient"] };
    expect(expandParts(ofBoth, parts, included)?.related).toMatchObject({ related_patient: { id: "5" } });
    expect(subjectsTold(ofBoth, parts, included)).toEqual(["patient/4", "patient/5"]);
  }
});

test("what is not there says why; a link that is not set is null and no more", () => {
  const event = eventOf();
  const object = { ...event.data.object, patient_case: null };
  const parts = related({ patient: { state: "forgotten" }, business: { state: "deleted" } });

  expect(expandParts({ ...event, data: { ...event.data, object } }, parts, ALL)).toMatchObject({
    related: { patient: null, business: null, practitioner: null, patient_case: null },
    related_absent: { patient: "forgotten", business: "deleted", practitioner: "not_read" },
  });
});

test("a record that leads nowhere that was asked for has no such part at all", () => {
  const patient = eventOf({ subject: { type: "patient", id: "4" } });

  expect(expandParts(patient, related({}), { expand: ["practitioner"], include: [] })).toBeUndefined();
  expect(expandParts(patient, related({}), ALL)?.related).toHaveProperty("referring_doctor");
});

test("who refused the clinic's privacy policy comes along with nobody where that is heeded", () => {
  const refusing = { patient: read("patients", "4", { ...ADA, accepted_privacy_policy: false }) };
  const ask = { expand: ["patient"], include: [] };

  expect(expandParts(eventOf(), related(refusing, true), ask)).toEqual({
    related: { patient: null },
    related_absent: { patient: "withheld" },
  });
  expect(expandParts(eventOf(), related(refusing, false), ask)?.related["patient"]).toMatchObject({
    last_name: "Quill",
  });
});

test("what tells of a patient of whom the event itself does not is held back there, too", () => {
  const invoice = { invoice: read("invoices", "70", { invoice_to: "Ada Quill", patient: "4" }) };

  expect(expandParts(invoiceItem(), related(invoice, true), ALL)?.related_absent).toEqual({
    invoice: "withheld",
  });
  expect(
    expandParts(invoiceItem(), related(invoice), {
      ...ALL,
      include: ["invoice_to"],
    })?.related["invoice"],
  ).toMatchObject({
    invoice_to: "Ada Quill",
  });
});

test("whom the parts tell of is counted among whom the callback tells of", () => {
  const invoice = related({
    invoice: read("invoices", "70", { patient: "4" }),
    patient: read("patients", "5", {}),
  });

  expect(patientsTold(invoiceItem(), invoice)).toEqual(["4", "5"]);
  expect(patientsTold(invoiceItem(), related({}))).toEqual([]);
});

test("a deleted record leads where it last led", () => {
  const event = eventOf();
  const data = { ...event.data, object: null, previous: { practitioner: linkTo("practitioners/3") } };

  expect(linkedRecords({ ...event, data })).toEqual([
    { name: "practitioner", resource: "practitioners", id: "3" },
  ]);
});

test("a link that may lead into either of two lists is looked for in both, one that says which in that one", () => {
  const place = { subject: { type: "attendee", id: "1" } };
  const data = {
    ...eventOf().data,
    object: { booking: { links: { self: "https://x/v1/bookings/5" } }, patient: {} },
  };

  expect(linkedRecords({ ...place, data }).map(({ resource, id }) => `${resource}/${id}`)).toEqual([
    "individual_appointments/5",
    "group_appointments/5",
  ]);
});

test("at payload level ids there are no values, and nothing is looked up for it", async () => {
  const view = { payload: "ids", include: [], expand: ["*"], localTime: true } as const;
  const body = callbackBody(eventOf(), related({ patient: read("patients", "4", ADA) }), view);
  const readRelated = (): never => {
    throw new Error("nothing is to be looked up");
  };

  expect(body).not.toMatch(/Quill|related|local/);
  expect((await relatedFor({ readRelated }, view, [{ account: "northside", eventId: "evt_1" }])).size).toBe(
    0,
  );
});

test("at payload level changes what it leads to comes along whole", () => {
  const view = { payload: "changes", include: [], expand: ["patient"] } as const;
  const body = callbackBody(eventOf(), related({ patient: read("patients", "4", ADA) }), view);

  expect(JSON.parse(body)).toMatchObject({
    data: {
      object: null,
      current: { starts_at: expect.any(String) },
      related: { patient: { last_name: "Quill" } },
    },
  });
});

test("who does not ask for it gets the very bytes that there were without it", () => {
  const view = { payload: "full", include: [] } as const;

  expect(callbackBody(eventOf(), related({ patient: read("patients", "4", ADA) }), view)).toBe(
    callbackBody(eventOf(), undefined, { ...view, expand: [], localTime: false }),
  );
});

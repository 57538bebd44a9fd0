import { expect, test } from "vitest";

import { callbackBody } from "../../../src/diff/callback-body.ts";
import { fromCloudEvent } from "../../../src/diff/cloud-event.ts";
import { eventOf } from "../../support/stored-things.ts";

const VIEW = { payload: "full", include: [] } as const;

test("the same event as a CloudEvent has its data, and what CloudEvents calls the rest", () => {
  const plain = JSON.parse(callbackBody(eventOf(), undefined, VIEW)) as { data: object };
  const { data, ...attributes } = JSON.parse(
    callbackBody(eventOf(), undefined, { ...VIEW, format: "cloudevents" }),
  ) as Record<string, unknown>;

  expect(data).toEqual(plain.data);
  expect(attributes).toEqual({
    specversion: "1.0",
    id: "evt_rescheduled0000000000001",
    source: "urn:cliniko-webhooks:northside",
    type: "appointment.rescheduled",
    subject: "appointment/1390726237298631770",
    time: "2026-11-22T03:15:00Z",
    datacontenttype: "application/json",
    account: "northside",
    apiversion: "2026-11-22",
    sequence: "0000000017",
    observedafter: "2026-11-22T03:14:51Z",
    observedat: "2026-11-22T03:15:04Z",
    origin: "live",
  });
});

test("names and values of attributes are of the forms that CloudEvents allows", () => {
  const { data: _data, ...attributes } = JSON.parse(
    callbackBody(eventOf(), undefined, { ...VIEW, format: "cloudevents" }),
  ) as Record<string, unknown>;

  for (const [name, value] of Object.entries(attributes)) {
    expect(name).toMatch(/^[a-z0-9]{1,20}$/);
    expect(value).toEqual(expect.stringMatching(/./));
  }
});

test("what is told of the service itself is a CloudEvent, too, and at level ids there are no values", () => {
  const event = eventOf({ type: "endpoint.test", subject: { type: "endpoint", id: "crm" } });
  expect(JSON.parse(callbackBody(event, undefined, { ...VIEW, format: "cloudevents" }))).toMatchObject({
    specversion: "1.0",
    subject: "endpoint/crm",
  });
  const bare = callbackBody(eventOf(), undefined, { ...VIEW, payload: "ids", format: "cloudevents" });
  expect(JSON.parse(bare)).toMatchObject({ data: { object: null, previous: {} } });
});

test("a CloudEvent is read back as the event that it is, and nothing else is one", () => {
  const plain: unknown = JSON.parse(callbackBody(eventOf(), undefined, VIEW));
  const cloud: unknown = JSON.parse(callbackBody(eventOf(), undefined, { ...VIEW, format: "cloudevents" }));

  expect(fromCloudEvent(cloud)).toEqual(plain);
  for (const other of [plain, null, "text", []]) expect(fromCloudEvent(other)).toBeUndefined();
});

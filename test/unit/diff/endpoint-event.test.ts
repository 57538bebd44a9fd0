import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { type EndpointFact, toEndpointEvent, toTestEvent } from "../../../src/diff/endpoint-event.ts";
import { ENDPOINT_TRANSITIONS, EVENT_TYPES } from "../../../src/diff/event-types.ts";
import { eventSchema, renderPayload } from "../../../src/diff/event.ts";
import { sensitiveFieldsOf } from "../../../src/resources/registry.ts";
import { testConfig } from "../../support/test-config.ts";

const identityKey = Buffer.alloc(32, 5);
const SINCE = Date.parse("2026-11-22T03:15:00Z");

/** A warned endpoint; pass what the test is about. */
function factOf(more: Partial<EndpointFact> = {}): EndpointFact {
  return {
    endpointId: "crm",
    madeAt: 0,
    transition: "failing",
    state: "warned",
    since: SINCE,
    failingSince: Date.parse("2026-11-18T03:10:21Z"),
    disablesAt: SINCE + 24 * 3_600_000,
    errorClass: "timeout",
    description: "The practice's CRM",
    sequence: 2,
    delivery: { account: "northside", eventId: "evt_lIOUzmFyjdHqtCfC2aT5SWhx" },
    ...more,
  };
}

test("a warning is the example of the documentation, but for its id", () => {
  const docs = readFileSync(new URL("../../../docs/events/endpoint.md", import.meta.url), "utf8");
  const [, example] = /```json\n(\{\n {2}"type": "endpoint\.failing".*?)```/s.exec(docs) ?? [];
  const { id, ...told } = toEndpointEvent(identityKey, factOf());
  const { id: documentedId, ...documented } = eventSchema.parse(JSON.parse(example ?? "null"));

  expect(told).toEqual(documented);
  for (const one of [id, documentedId]) expect(one).toMatch(/^evt_[\w-]{24}$/);
});

test.each(ENDPOINT_TRANSITIONS)(
  "%s is told as an event of the catalogue, with what is not known as null",
  (transition) => {
    const unknown = { failingSince: undefined, disablesAt: undefined, errorClass: undefined };
    const event = eventSchema.parse(toEndpointEvent(identityKey, factOf({ transition, ...unknown })));

    expect(EVENT_TYPES).toContain(event.type);
    expect(event.data).toMatchObject({
      object: { failing_since: null, disables_at: null, error_class: null },
      transitions: [transition],
    });
  },
);

test("the same fact is the same event, byte for byte; another sequence, endpoint (of the same id, too) or transition is another", () => {
  const idOf = (more: Partial<EndpointFact>): string => toEndpointEvent(identityKey, factOf(more)).id;

  expect(toEndpointEvent(identityKey, factOf())).toEqual(toEndpointEvent(identityKey, factOf()));
  const others = [
    {},
    { sequence: 3 },
    { endpointId: "crm2" },
    { madeAt: 1 },
    { transition: "disabled" },
  ] as const;
  expect(new Set(others.map(idOf)).size).toBe(5);
});

test.each([
  ["on a whole second", 0, "2026-11-22T03:14:59Z", "2026-11-22T03:15:00Z"],
  ["within a second", 700, "2026-11-22T03:15:00Z", "2026-11-22T03:15:01Z"],
])("a step that was taken %s lies in the window it is told with", (_when, ms, after, at) => {
  const event = toEndpointEvent(identityKey, factOf({ since: SINCE + ms }));

  expect(event.observed).toEqual({ after, at });
  expect(event.timestamp).toBe("2026-11-22T03:15:00Z");
});

test("the payload carries the whole object, since nothing of an endpoint's event is sensitive", () => {
  const event = toEndpointEvent(identityKey, factOf());

  expect(JSON.parse(renderPayload(event, sensitiveFieldsOf(event.subject.type), "full", []))).toEqual(event);
});

test("a test event is no event of the catalogue, and says so", () => {
  const event = eventSchema.parse(
    toTestEvent(identityKey, { endpointId: "crm", description: "The CRM", testId: "t1", now: SINCE }),
  );

  expect(event).toMatchObject({
    type: "endpoint.test",
    account: "_service",
    subject: { type: "endpoint", id: "crm" },
    sequence: 0,
    origin: "test",
    timestamp: "2026-11-22T03:15:00Z",
  });
  expect(EVENT_TYPES).not.toContain(event.type);
});

test("every test has an id of its own, or a receiver that has had it would drop it", () => {
  const idOf = (testId: string): string =>
    toTestEvent(identityKey, { endpointId: "crm", description: "", testId, now: SINCE }).id;

  expect(idOf("t1")).not.toBe(idOf("t2"));
  expect(idOf("t1")).toBe(idOf("t1"));
});

test("no account can be configured under the name of the service's own", () => {
  const configure = (name: string) => () =>
    testConfig({
      accounts: { [name]: { key: "MS0xLWFiY2RlZg-au1", baseUrl: "https://api.au1.cliniko.com/v1" } },
      endpoints: {},
    });

  expect(configure("_service")).toThrow("1 problem");
  expect(configure("service")).not.toThrow();
});

/** Every event that the service would tell of a clinic at work is as the catalogue says, at every payload level. */
import { expect, test } from "vitest";

import { toConnectionEvent } from "../../src/diff/connection-event.ts";
import { toEndpointEvent, toTestEvent } from "../../src/diff/endpoint-event.ts";
import { CONNECTION_TRANSITIONS, ENDPOINT_TRANSITIONS } from "../../src/diff/event-types.ts";
import { type PayloadLevel, type WebhookEvent, renderPayload } from "../../src/diff/event.ts";
import { resources, sensitiveFieldsOf } from "../../src/resources/registry.ts";
import { assertCatalogued } from "../support/assert-catalogued.ts";
import { toldEvents } from "../support/told-events.ts";

const SENSITIVE = Object.values(resources).flatMap(({ sensitive }) => sensitive);
const LEVELS: readonly PayloadLevel[] = ["full", "changes", "ids"];
const KEY = Buffer.alloc(32, 3);
const NOW = Date.parse("2026-11-23T09:02:15Z");
const SEEDS = [1, 2, 3];

function assertAtEveryLevel(event: WebhookEvent): void {
  const sensitive = sensitiveFieldsOf(event.subject.type);
  for (const level of LEVELS)
    for (const include of [[], SENSITIVE])
      assertCatalogued(JSON.parse(renderPayload(event, sensitive, level, include)));
}

test("what a busy clinic makes the service tell is as catalogued at every level", () => {
  const types = new Map<string, number>();
  for (const seed of SEEDS) {
    for (const event of toldEvents(seed)) {
      types.set(event.type, (types.get(event.type) ?? 0) + 1);
      assertAtEveryLevel(event);
    }
  }
  console.log([...types].map(([type, count]) => `${type} ${count}`).join(", "));
  expect(types.size).toBeGreaterThan(20);
});

test("whatever can be told of a connection is as catalogued at every level", () => {
  for (const transition of CONNECTION_TRANSITIONS)
    for (const known of [true, false])
      assertAtEveryLevel(
        toConnectionEvent(KEY, {
          account: "northside",
          transition,
          resource: known ? "patients" : undefined,
          since: NOW - 500,
          detail: "answered 503",
          completeUpTo: known ? NOW / 1_000 : undefined,
          sequence: 1,
          now: NOW,
        }),
      );
});

test("whatever can be told of an endpoint is as catalogued at every level, a test too", () => {
  const endpoint = { endpointId: "crm", description: "" };
  for (const transition of ENDPOINT_TRANSITIONS)
    for (const state of ["healthy", "failing", "warned", "disabled"] as const)
      for (const known of [true, false])
        assertAtEveryLevel(
          toEndpointEvent(KEY, {
            ...endpoint,
            madeAt: 0,
            transition,
            state,
            since: NOW + 1,
            failingSince: known ? NOW - 1 : undefined,
            disablesAt: known ? NOW + 1 : undefined,
            errorClass: known ? "timeout" : undefined,
            sequence: 1,
          }),
        );
  assertAtEveryLevel(toTestEvent(KEY, { ...endpoint, testId: "1", now: NOW + 1 }));
});

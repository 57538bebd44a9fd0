import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";

import type { EndpointSettings } from "../../../src/config/endpoint-settings.ts";
import type { WebhookEvent } from "../../../src/diff/event.ts";
import type { DeliveryOutcome } from "../../../src/dispatch/worker/outcome.ts";
import type { CallbackTarget } from "../../../src/dispatch/http/connection-cache.ts";
import { sendEvent } from "../../../src/dispatch/http/send-event.ts";
import { createSigner } from "../../../src/dispatch/signing/sign.ts";
import { endpointOf } from "../../support/endpoints.ts";
import { eventOf } from "../../support/stored-things.ts";
import { SECRET } from "../../support/test-config.ts";

const DELIVERED: DeliveryOutcome = { kind: "delivered", status: 204, excerpt: "" };
const START = Date.parse("2026-11-22T03:15:10.700Z");
const event = eventOf();

interface Sent {
  readonly target: CallbackTarget;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends an event to one endpoint, by a clock that nothing else moves. */
async function send(
  settings: Partial<EndpointSettings> = {},
  nowMs = START,
): Promise<Sent & { readonly outcome: DeliveryOutcome; readonly parsed: WebhookEvent }> {
  const sent: Sent[] = [];
  const sender = {
    send: async (target: CallbackTarget, headers: Readonly<Record<string, string>>, body: string) => {
      sent.push({ target, headers, body });
      return DELIVERED;
    },
  };
  const deps = { sender, signer: createSigner(), now: () => nowMs };
  const outcome = await sendEvent(deps, endpointOf("crm", settings), event);
  const [only, ...more] = sent;
  if (!only || more.length > 0) throw new Error("one request is sent");
  return { ...only, outcome, parsed: JSON.parse(only.body) as WebhookEvent };
}

test("an event goes to its endpoint's address, signed, with the endpoint's own headers", async () => {
  const { target, headers, outcome } = await send({ headers: { "x-team": "north" }, concurrency: 3 });

  expect(outcome).toEqual(DELIVERED);
  expect(target).toEqual({
    id: "crm",
    url: "https://crm.example.com/hooks?team=7",
    tls: undefined,
    connections: 3,
  });
  expect(headers).toMatchObject({
    "x-team": "north",
    "webhook-id": event.id,
    "webhook-timestamp": String(Math.floor(START / 1_000)),
  });
});

test("a header of the endpoint's does not take the place of a signature", async () => {
  const plain = await send();
  const forged = await send({ headers: { "webhook-id": "evt_other", "webhook-signature": "v1,forged" } });

  expect(forged.headers).toEqual(plain.headers);
});

test("every attempt sends the same bytes under the same id, with its own time and signature", async () => {
  const attempts = await Promise.all(
    [0, 5_300, 305_600].map(async (ms) => ({ ms, ...(await send({}, START + ms)) })),
  );

  expect(new Set(attempts.map(({ body }) => body)).size).toBe(1);
  expect(new Set(attempts.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([event.id]));
  for (const { ms, headers } of attempts) {
    expect(headers["webhook-timestamp"]).toBe(String(Math.floor((START + ms) / 1_000)));
  }
  expect(new Set(attempts.map(({ headers }) => headers["webhook-signature"])).size).toBe(3);
});

test("each attempt's signature is the one the subscriber computes", async () => {
  const { headers, body } = await send();

  expect(headers["webhook-signature"]).toBe(new Webhook(SECRET).sign(event.id, new Date(START), body));
});

test("the body at level full is the record, without its sensitive fields", async () => {
  const { body, parsed } = await send();

  expect(parsed.data.object).toMatchObject({ id: "1390726237298631770", starts_at: "2024-04-03T01:00:00Z" });
  for (const field of ["notes", "cancellation_note", "booking_ip_address", "telehealth_url"]) {
    expect(parsed.data.object).not.toHaveProperty(field);
    expect(event.data.object).toHaveProperty(field);
  }
  expect(parsed.data.previous).toEqual({ starts_at: "2024-04-02T01:00:00Z" });
  expect(parsed.data.changed).toEqual(["starts_at", "notes"]);
  expect(body).not.toMatch(/knee|phone|telehealth\//);
});

test("a sensitive field that the endpoint includes is sent, and no other", async () => {
  const { parsed } = await send({ include: ["notes"] });

  expect(parsed.data.object).toMatchObject({ notes: "left knee" });
  expect(parsed.data.previous).toMatchObject({ notes: "right knee" });
  expect(parsed.data.object).not.toHaveProperty("cancellation_note");
});

test("the body at level changes has the changed fields and nothing else of the record", async () => {
  const { parsed } = await send({ payload: "changes" });

  expect(parsed.data).toEqual({
    object: null,
    previous: { starts_at: "2024-04-02T01:00:00Z" },
    current: { starts_at: "2024-04-03T01:00:00Z" },
    changed: ["starts_at", "notes"],
    transitions: ["rescheduled", "updated"],
  });
});

test("the body at level ids has no value of the record at all", async () => {
  const { body, parsed } = await send({ payload: "ids", include: ["notes"] });
  const { data, ...envelope } = parsed;

  expect(data).toEqual({
    object: null,
    previous: {},
    changed: ["starts_at", "notes"],
    transitions: ["rescheduled", "updated"],
  });
  const { data: _data, ...expected } = event;
  expect(envelope).toEqual(expected);
  expect(body).not.toMatch(/knee|2024-04/);
});

import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";

import type { EndpointConfig } from "../../../src/config/config.ts";
import { Secret } from "../../../src/config/secret.ts";
import type { WebhookEvent } from "../../../src/diff/event.ts";
import { type AttemptReport, createDeliverHandler } from "../../../src/dispatch/deliver-handler.ts";
import type { DeliveryOutcome } from "../../../src/dispatch/send-callback.ts";
import { eventOf } from "../../support/stored-things.ts";
import { SECRET } from "../../support/test-config.ts";

const DELIVERED: DeliveryOutcome = { kind: "delivered", status: 204 };
const START = Date.parse("2026-11-22T03:15:10.700Z");
const event = eventOf();
const delivery = { account: event.account, eventId: event.id, endpoint: "crm" };

interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function endpointOf(more: Partial<EndpointConfig> = {}): EndpointConfig {
  return {
    name: "crm",
    url: "https://crm.example.com/hooks?team=7",
    secret: new Secret(SECRET),
    events: ["*"],
    accounts: undefined,
    payload: "full",
    include: [],
    ...more,
  };
}

/** A handler over one event and one endpoint; sending takes 300 ms of a clock that nothing else moves. */
function setUp(endpoint: Partial<EndpointConfig> = {}, outcomes: DeliveryOutcome[] = [], stored = event) {
  const sent: Sent[] = [];
  const reports: AttemptReport[] = [];
  const asked: string[] = [];
  let nowMs = START;
  const handle = createDeliverHandler({
    log: {
      readEvent: async (account, eventId) => {
        asked.push(`${account}/${eventId}`);
        return account === stored.account && eventId === stored.id ? stored : undefined;
      },
    },
    endpoints: new Map([["crm", endpointOf(endpoint)]]),
    sender: {
      send: async (url, headers, body) => {
        sent.push({ url, headers, body });
        nowMs += 300;
        return outcomes.shift() ?? DELIVERED;
      },
    },
    now: () => nowMs,
    random: () => 0.5,
    onAttempt: (report) => {
      reports.push(report);
    },
  });
  return {
    handle,
    sent,
    reports,
    asked,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

function bodyOf(sent: readonly Sent[]): WebhookEvent {
  return JSON.parse(sent[0]?.body ?? "null") as WebhookEvent;
}

test("an event goes to its endpoint's address, signed, and the attempt is reported", async () => {
  const { handle, sent, reports, asked } = setUp();

  expect(await handle(delivery, 1)).toEqual({ kind: "done" });

  expect(asked).toEqual([`northside/${event.id}`]);
  expect(sent.map(({ url }) => url)).toEqual(["https://crm.example.com/hooks?team=7"]);
  expect(sent[0]?.headers).toMatchObject({
    "webhook-id": event.id,
    "webhook-timestamp": String(Math.floor(START / 1_000)),
  });
  expect(reports).toEqual([
    {
      ...delivery,
      type: "appointment.rescheduled",
      attempt: 1,
      outcome: DELIVERED,
      next: { kind: "done" },
      durationMs: 300,
      sinceObservedMs: START + 300 - Date.parse(event.observed.at),
    },
  ]);
});

test("every attempt sends the same bytes under the same id, with its own time and signature", async () => {
  const failing: DeliveryOutcome = { kind: "rejected", status: 503, retryAfterMs: undefined };
  const { handle, sent, pass } = setUp({}, [failing, failing]);

  expect((await handle(delivery, 1)).kind).toBe("retry");
  pass(5_000);
  expect((await handle(delivery, 2)).kind).toBe("retry");
  pass(300_000);
  expect(await handle(delivery, 3)).toEqual({ kind: "done" });

  expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
  expect(new Set(sent.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([event.id]));
  const times = sent.map(({ headers }) => Number(headers["webhook-timestamp"]) * 1_000);
  expect(times).toEqual([0, 5_300, 305_600].map((ms) => Math.floor((START + ms) / 1_000) * 1_000));
  expect(new Set(sent.map(({ headers }) => headers["webhook-signature"])).size).toBe(3);
});

test("each attempt's signature is the one the subscriber computes", async () => {
  const { handle, sent } = setUp();
  await handle(delivery, 1);
  const [attempt] = sent;

  expect(attempt?.headers["webhook-signature"]).toBe(
    new Webhook(SECRET).sign(event.id, new Date(START), attempt?.body ?? ""),
  );
});

test("the body at level full is the record, without its sensitive fields", async () => {
  const { handle, sent } = setUp();
  await handle(delivery, 1);
  const body = bodyOf(sent);

  expect(body.data.object).toMatchObject({ id: "1390726237298631770", starts_at: "2024-04-03T01:00:00Z" });
  for (const field of ["notes", "cancellation_note", "booking_ip_address", "telehealth_url"]) {
    expect(body.data.object).not.toHaveProperty(field);
    expect(event.data.object).toHaveProperty(field);
  }
  expect(body.data.previous).toEqual({ starts_at: "2024-04-02T01:00:00Z" });
  expect(body.data.changed).toEqual(["starts_at", "notes"]);
  expect(sent[0]?.body).not.toMatch(/knee|phone|telehealth\//);
});

test("a sensitive field that the endpoint includes is sent, and no other", async () => {
  const { handle, sent } = setUp({ include: ["notes"] });
  await handle(delivery, 1);
  const body = bodyOf(sent);

  expect(body.data.object).toMatchObject({ notes: "left knee" });
  expect(body.data.previous).toMatchObject({ notes: "right knee" });
  expect(body.data.object).not.toHaveProperty("cancellation_note");
});

test("the body at level changes has the changed fields and nothing else of the record", async () => {
  const { handle, sent } = setUp({ payload: "changes" });
  await handle(delivery, 1);

  expect(bodyOf(sent).data).toEqual({
    object: null,
    previous: { starts_at: "2024-04-02T01:00:00Z" },
    current: { starts_at: "2024-04-03T01:00:00Z" },
    changed: ["starts_at", "notes"],
    transitions: ["rescheduled", "updated"],
  });
});

test("the body at level ids has no value of the record at all", async () => {
  const { handle, sent } = setUp({ payload: "ids", include: ["notes"] });
  await handle(delivery, 1);
  const { data, ...envelope } = bodyOf(sent);

  expect(data).toEqual({
    object: null,
    previous: {},
    changed: ["starts_at", "notes"],
    transitions: ["rescheduled", "updated"],
  });
  const { data: _data, ...expected } = event;
  expect(envelope).toEqual(expected);
  expect(sent[0]?.body).not.toMatch(/knee|2024-04/);
});

test("an endpoint that left the configuration is given up without a request", async () => {
  const { handle, sent, reports } = setUp();

  expect(await handle({ ...delivery, endpoint: "old-crm" }, 1)).toEqual({
    kind: "give_up",
    reason: "the endpoint is no longer configured",
  });
  expect(sent).toEqual([]);
  expect(reports).toEqual([]);
});

test("an event that left the log is given up without a request", async () => {
  const { handle, sent } = setUp();

  expect(await handle({ ...delivery, eventId: "evt_erased" }, 1)).toEqual({
    kind: "give_up",
    reason: "the event is no longer in the log",
  });
  expect(sent).toEqual([]);
});

test("what the receiver asked for decides the wait, and the report says why", async () => {
  const { handle, reports } = setUp({}, [{ kind: "rejected", status: 429, retryAfterMs: 90_000 }]);
  const expected = { kind: "retry", delayMs: 90_000, reason: "status 429" };

  expect(await handle(delivery, 1)).toEqual(expected);
  expect(reports).toMatchObject([{ attempt: 1, next: expected, outcome: { kind: "rejected" } }]);
});

test("no reason and no report carries the address or anything of the record", async () => {
  const { handle, reports } = setUp({}, [{ kind: "unreachable", fault: "connect" }]);
  const step = await handle(delivery, 1);

  expect(JSON.stringify([step, reports])).not.toMatch(/crm\.example|knee|Ada|2024-04/);
});

test("a log that cannot be read is a fault of ours: the handler rejects and nothing is sent", async () => {
  const sent: string[] = [];
  const handle = createDeliverHandler({
    log: { readEvent: async () => await Promise.reject(new Error("torn")) },
    endpoints: new Map([["crm", endpointOf()]]),
    sender: {
      send: async (url) => {
        sent.push(url);
        return DELIVERED;
      },
    },
    now: () => START,
    random: () => 0.5,
    onAttempt: () => undefined,
  });

  await expect(handle(delivery, 1)).rejects.toThrow("torn");
  expect(sent).toEqual([]);
});

test("a clock behind the upstream's never reports a negative time", async () => {
  const ahead = eventOf({ observed: { after: "2026-11-22T03:20:00Z", at: "2026-11-22T03:21:00Z" } });
  const { handle, reports } = setUp({}, [], ahead);
  await handle(delivery, 1);

  expect(reports[0]?.sinceObservedMs).toBe(0);
});

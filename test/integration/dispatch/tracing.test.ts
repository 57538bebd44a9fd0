import { randomBytes } from "node:crypto";

import { type Span, type Tracer, trace } from "@opentelemetry/api";
import { afterEach, expect } from "vitest";

import { startSubscriber } from "../../support/answering-server.ts";
import { startClinicDay } from "../../support/clinic-day.ts";
import { eventually } from "../../support/harness.ts";
import { test } from "../../support/redis-test.ts";
import { setUpWorker } from "../../support/worker-setup.ts";

interface Seen {
  readonly name: string;
  readonly attributes: unknown;
  readonly spanId: string;
  readonly traceId: string;
  ended: boolean;
  failed: string | undefined;
}

/** Stands where the SDK of an operator would. */
function setUpTracing(): Seen[] {
  const seen: Seen[] = [];
  const startActiveSpan = (
    name: string,
    options: { attributes: unknown },
    work: (span: Span) => unknown,
  ): unknown => {
    const one: Seen = {
      name,
      attributes: options.attributes,
      spanId: randomBytes(8).toString("hex"),
      traceId: randomBytes(16).toString("hex"),
      ended: false,
      failed: undefined,
    };
    seen.push(one);
    const span = {
      spanContext: () => ({ traceId: one.traceId, spanId: one.spanId, traceFlags: 1 }),
      setStatus: ({ message }: { message?: string }) => {
        one.failed = message;
      },
      end: () => {
        one.ended = true;
      },
    };
    return work(span as unknown as Span);
  };
  const tracer = { startActiveSpan } as unknown as Tracer;
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  return seen;
}

afterEach(() => {
  trace.disable();
});

test("where an operator traces, each attempt is a span, and the callback says which", async ({
  redis,
  keys,
}) => {
  const seen = setUpTracing();
  await using crm = await startSubscriber((_id, nth) => (nth < 2 ? 500 : 204));
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");
  await setup.run();

  const [span] = seen.filter(({ name }) => name === "deliver");
  expect(span).toMatchObject({ ended: true, failed: "status" });
  expect(span?.attributes).toEqual({
    endpoint: "crm",
    account: "northside",
    event: "evt_1",
    type: "appointment.rescheduled",
    attempt: 1,
  });
  expect(crm.calls[0]?.request.headers["traceparent"]).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
});

test("a change is followed from the poll that finds it to its callbacks, by ids and counts alone", async ({
  address,
  prefix,
}) => {
  const seen = setUpTracing();
  await using day = await startClinicDay({ address, prefix });
  const [visit] = day.clinic.desk.appointments();
  day.clinic.desk.editNote(visit?.id ?? "", "by the window");
  const type = "appointment.updated";
  await eventually(() => seen.find(({ attributes, ended }) => ended && Object(attributes)["type"] === type));

  const attributesOf = (name: string): object[] =>
    seen.filter((span) => span.name === name).map(({ attributes }) => attributes as object);
  const source = { account: "northside", resource: "individual_appointments" };
  expect(attributesOf("poll")).toContainEqual(source);
  expect(attributesOf("commit")).toContainEqual({ ...source, records: 1, events: 1 });
  expect([...new Set(seen.map(({ name }) => name))].toSorted()).toEqual(["commit", "deliver", "poll"]);
  const known = ["account", "resource", "records", "events", "endpoint", "event", "type", "attempt"];
  expect(
    seen.flatMap(({ attributes }) => Object.keys(attributes as object)).filter((key) => !known.includes(key)),
  ).toEqual([]);
});

test("where nobody traces, callbacks say nothing of it", async ({ redis, keys }) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");
  await setup.run();

  expect(crm.calls).toHaveLength(1);
  expect(crm.calls[0]?.request.headers).not.toHaveProperty("traceparent");
});

test("an endpoint that wants CloudEvents gets one, under its own content type and signed as it is", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, format: "cloudevents" });
  await setup.commit("evt_1");
  await setup.run();

  expect(crm.calls[0]?.request.headers["content-type"]).toBe("application/cloudevents+json");
  expect(JSON.parse(crm.calls[0]?.request.body ?? "")).toMatchObject({ specversion: "1.0", id: "evt_1" });
});

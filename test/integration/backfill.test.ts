import { describe, expect } from "vitest";

import { deleteEndpoint } from "../../src/admin/endpoints/delete-endpoint.ts";
import { openBase } from "../../src/admin/base.ts";
import { startApp } from "../../src/app/app.ts";
import { type Queues, createQueues } from "../../src/queues/queues.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import { type RedisAddress, connectRedis } from "../../src/store/redis/redis.ts";
import { settingsOf } from "../support/endpoints.ts";
import { resources } from "../../src/resources/registry.ts";
import { createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { type Receiver, startReceiver } from "../../src/sandbox/http/receiver.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import { eventually, startHarness } from "../support/harness.ts";
import { createQueueSetup } from "../support/queue-setup.ts";
import { disposedAfter, test as base } from "../support/redis-test.ts";
import { SECRET, testConfig } from "../support/test-config.ts";

const test = base
  .extend("late", async ({}, { onCleanup }) =>
    disposedAfter(onCleanup, await startReceiver({ secret: SECRET })),
  )
  .extend("harness", async ({ address, late, prefix }, { onCleanup }) => {
    const setup = { endpoints: { late: { url: late.url } } };
    return disposedAfter(onCleanup, await startHarness({ address, prefix, setup }));
  })
  .extend("queues", ({ prefix, redis }, { onCleanup }) => {
    return disposedAfter(onCleanup, createQueueSetup(redis, prefix)).queues;
  });

test("an endpoint that asks gets the present state of every record once, and no other endpoint does", async ({
  harness,
  late,
  queues,
}) => {
  const { clinic } = harness;
  const visit = clinic.desk
    .appointments()
    .find((row) => row.cancelled_at === null && row.archived_at === null);
  clinic.desk.editNote(visit?.id ?? "", "before the backfill");
  await harness.nextEvent(1);
  const ask = {
    account: "northside",
    resource: "individual_appointments",
    endpoint: "late",
    pass: 0,
    sent: 0,
  };
  expect(await queues.addBackfill(ask)).toBe(true);
  expect(await queues.addBackfill(ask)).toBe(false);

  const events = (): WebhookEvent[] => late.callbacks.map(({ event }) => event as WebhookEvent);
  const backfilled = await eventually(() => {
    const found = events().filter(({ origin }) => origin === "backfill");
    return found.length === 30 ? found : undefined;
  });
  expect(new Set(backfilled.map(({ subject }) => subject.id))).toEqual(
    new Set(harness.seeded.appointmentIds),
  );
  // It carries the number of the last event before it, and the next live one the number after that.
  expect(backfilled.find(({ subject }) => subject.id === visit?.id)).toMatchObject({
    sequence: 1,
    type: "appointment.created",
    data: { previous: {}, changed: [] },
  });
  clinic.desk.editNote(visit?.id ?? "", "after the backfill");
  const next = await eventually(() =>
    events().find(({ subject, sequence }) => subject.id === visit?.id && sequence === 2),
  );
  expect(next).toMatchObject({ type: "appointment.updated" });
  // Whichever reading came by first has found it.
  expect(["live", "sweep"]).toContain(next?.origin);
  expect(harness.events().filter(({ origin }) => origin === "backfill")).toEqual([]);
});

test("so does one that asks for what is read whole, of several lists, or has no id of its own", async ({
  address,
  late,
  prefix,
  queues,
}) => {
  const clinic = createClinic({ now: Date.now, seed: 1 });
  const names = ["practitioners", "taxes", "services"] as const;
  for (const name of names) for (let index = 0; index < 3; index += 1) clinic.plant.record(name);
  await using harness = await startHarness({
    address,
    prefix,
    clinic,
    resources: names,
    setup: { endpoints: { late: { url: late.url } } },
  });
  const left = clinic.desk.of("practitioners").rows()[0]?.id ?? "";
  clinic.desk.of("practitioners").perform(left, "deactivate");
  await harness.nextEvent(1);
  for (const resource of names) {
    await queues.addBackfill({ account: "northside", resource, endpoint: "late", pass: 0, sent: 0 });
  }
  const wanted = names.flatMap((name) =>
    clinic.desk
      .of(name)
      .rows()
      .map(() => resources[name].subject),
  );
  const backfilled = await eventually(() => {
    const found = late.callbacks
      .map(({ event }) => event as WebhookEvent)
      .filter(({ origin }) => origin === "backfill");
    return found.length >= wanted.length ? found : undefined;
  });
  expect(backfilled.map(({ subject }) => subject.type).toSorted()).toEqual(wanted.toSorted());
  expect(new Set(backfilled.map(({ subject }) => subject.id)).size).toBe(wanted.length);
  expect(backfilled.find(({ subject }) => subject.id === left)?.data.transitions).toContain("deactivated");
});

/** Ids of the records of a backfill, once there are as many. */
function backfilledTo({ callbacks }: Receiver, count: number): string[] | undefined {
  const events = callbacks.map(({ event }) => event as WebhookEvent);
  const ids = events.filter(({ origin }) => origin === "backfill").map(({ subject }) => subject.id);
  return ids.length >= count ? ids : undefined;
}

test.for([{}, { sortById: "refused", createdAt: "refused" }] as const)(
  "a short page that names no next one is not the last of a backfill while the total says that there is more: %o",
  async (strictness, { harness, late, queues }) => {
    const { clinic } = harness;
    clinic.faults.enforce({ ...strictness, largestPage: 12, nextLink: "missing" });
    await harness.settled();
    const resource = "individual_appointments";
    await queues.addBackfill({ account: "northside", resource, endpoint: "late", pass: 0, sent: 0 });
    const wanted = clinic.desk.appointments().map(({ id }) => id);
    expect(wanted.length).toBeGreaterThan(24);
    const told = await eventually(() => backfilledTo(late, wanted.length));
    expect(told.toSorted()).toEqual(wanted.toSorted());
  },
);

test("a page of a backfill that takes the upstream too long is asked for with half as many rows", async ({
  harness,
  late,
  queues,
}) => {
  const { clinic } = harness;
  const resource = "individual_appointments";
  const everything =
    "/individual_appointments?q%5B%5D=archived_at%3A*&q%5B%5D=cancelled_at%3A*&sort=id%3Aasc";
  clinic.faults.failNext(
    { kind: "status", status: 504 },
    { count: 1_000, path: `${everything}&per_page=100` },
  );
  await queues.addBackfill({ account: "northside", resource, endpoint: "late", pass: 0, sent: 0 });
  const wanted = clinic.desk.appointments().map(({ id }) => id);
  const told = await eventually(() => backfilledTo(late, wanted.length));
  expect(told.toSorted()).toEqual(wanted.toSorted());
});

describe("a backfill that nobody wants any more is given up, and said to be", () => {
  const ASKED = { account: "northside", resource: "patients", endpoint: "crm", pass: 0, sent: 4 };

  /** A service that reads appointments alone, with the endpoint `crm`; each of its lines. */
  async function startReading(
    address: RedisAddress,
    prefix: string,
  ): Promise<AsyncDisposable & { readonly queues: Queues; readonly givenUp: () => unknown[] }> {
    const lines: string[] = [];
    const logger = createLogger("info", { write: (line) => void lines.push(line) });
    const stack = createReleaseStack();
    const clinic = createClinic({ now: Date.now, seed: 1 });
    const server = stack.use(await startClinicServer(clinic));
    const account = {
      key: clinic.addKey(),
      baseUrl: server.url,
      resources: ["individual_appointments"],
    };
    const endpoints = { crm: { url: "https://crm.example.com/" } };
    const config = testConfig({ accounts: { northside: account }, endpoints });
    stack.use(await startApp({ config, logger, redis: address, prefix }));
    const redis = await connectRedis(address, 5_000);
    stack.defer(() => redis.disconnect());
    const queues = stack.use(
      createQueues({ connection: redis, now: Date.now, prefix: `${prefix}:queue`, onError: () => undefined }),
    );
    return {
      queues,
      givenUp: () =>
        lines.filter((line) => line.includes("backfill given up")).map((line) => JSON.parse(line) as unknown),
      [Symbol.asyncDispose]: async () => {
        await stack[Symbol.asyncDispose]();
      },
    };
  }

  test.for([
    ["the account has left the configuration", { account: "southside" }, "does not name the account"],
    ["the resource is switched off", {}, "does not read it any more"],
    [
      "the endpoint is gone",
      { resource: "individual_appointments", endpoint: "erp" },
      "the endpoint was deleted",
    ],
  ] as const)("as when %s", async ([, other, why], { address, prefix }) => {
    await using service = await startReading(address, prefix);
    await service.queues.addBackfill({ ...ASKED, ...other });
    const [line] = await eventually(() => (service.givenUp().length > 0 ? service.givenUp() : undefined));
    expect(line).toMatchObject({ ...other, sent: 4, detail: expect.stringContaining(why) as string });
    expect(await eventually(async () => ((await service.queues.addBackfill(ASKED)) ? true : undefined))).toBe(
      true,
    );
  });
});

test("with an endpoint its backfills go, so that another one of its name is not given them", async ({
  address,
  prefix,
  redis,
}) => {
  const stack = createReleaseStack();
  const config = testConfig({ accounts: {}, endpoints: {} });
  const opened = await openBase(stack, { config, logger: createLogger("silent"), prefix }, address);
  const signingKeys = [{ kind: "v1", secret: SECRET, createdAt: 1 }] as const;
  for (const id of ["crm", "erp"]) {
    const settings = settingsOf({ url: "https://crm.example.com/" });
    await opened.endpoints.create({ id, source: "api", settings, signingKeys });
    await opened.queues.addBackfill({
      account: "northside",
      resource: "patients",
      endpoint: id,
      pass: 0,
      sent: 0,
    });
  }
  const caller = { id: "cli:root", name: "root", role: "admin" } as const;
  expect(await deleteEndpoint(opened, caller, "crm", () => "id")).toEqual({ kind: "deleted" });
  const left = await redis.keys(`${prefix}:queue*backfill*northside.patients.*`);
  expect(left.map((key) => key.split(".").at(-1))).toEqual(["erp"]);
  await stack[Symbol.asyncDispose]();
});

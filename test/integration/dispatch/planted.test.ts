import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { enqueueTargeted } from "../../../src/dispatch/routing/enqueue-targeted.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { ENDPOINT, type WorkerSetup, setUpWorker } from "../../support/worker-setup.ts";
import { startSubscriber } from "../../support/answering-server.ts";
import { test } from "../../support/redis-test.ts";
import { eventOf } from "../../support/stored-things.ts";

interface Planted {
  readonly subject?: string;
  readonly transitions?: string;
  readonly at: number;
  readonly mark?: string;
}

/** What somebody can do who writes to Redis and has no key: the delivery itself rests in clear. */
async function plant(redis: Redis, keys: Keys, eventId: string, planted: Planted): Promise<void> {
  const { subject = "appointment", transitions = "rescheduled,updated", at, mark } = planted;
  const { heads, states, timeline, wakes } = keys.outbox(ENDPOINT);
  const head = ["northside", subject, eventId, transitions, at, "", ...(mark === undefined ? [] : [mark])];
  await redis.hset(heads, eventId, JSON.stringify(head));
  await redis.zadd(timeline, at, eventId);
  await redis.zadd(states.ready, at, eventId);
  await redis.incr(wakes);
}

/** An event in the log that nobody was given. */
async function commit(
  setup: WorkerSetup,
  id: string,
  more: Parameters<typeof eventOf>[0] = {},
): Promise<void> {
  await setup.log.append(eventOf({ id, subject: { type: "appointment", id: "42" }, ...more }));
}

async function reasonOf(setup: WorkerSetup, eventId: string): Promise<string | undefined> {
  return (await setup.deliveries.read(ENDPOINT, eventId))?.attempts.at(-1)?.errorClass;
}

test("a planted delivery is sent to nobody who does not ask for its event, is told, and is not tried again", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  const patient = { type: "patient.merged", subject: { type: "patient", id: "7" } } as const;
  const merged = { ...eventOf().data, transitions: ["merged", "updated"] };
  await commit(setup, "evt_patient", { ...patient, data: merged });
  await commit(setup, "evt_disguised", { ...patient, data: merged });
  await commit(setup, "evt_filtered");
  await commit(setup, "evt_wanted", {
    data: { ...eventOf().data, changed: ["notes"], previous: { notes: "right knee" } },
  });
  const { createdAt } = await setup.make({
    url: crm.url,
    events: ["appointment.*"],
    when: [{ field: "notes" }],
  });
  const at = createdAt + 1;
  await plant(redis, keys, "evt_patient", { subject: "patient", transitions: "merged,updated", at });
  // As if it were what the endpoint asks for: its sealed body says otherwise.
  await plant(redis, keys, "evt_disguised", { at });
  await plant(redis, keys, "evt_wanted", { at });

  await setup.run();

  // Whoever asks for it could have had it anyway.
  expect(crm.ids()).toEqual(["evt_wanted"]);
  for (const id of ["evt_patient", "evt_disguised"]) {
    expect([id, await reasonOf(setup, id), await setup.stateOf(id)]).toEqual([
      id,
      "not_subscribed",
      "failed",
    ]);
  }
  expect(setup.reports).toHaveLength(1);
});

test("what does not meet the endpoint's conditions is not sent either", async ({ redis, keys }) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await commit(setup, "evt_starts");
  const when = [{ field: "cancelled_at" }];
  const { createdAt } = await setup.make({ url: crm.url, events: ["appointment.*"], when });
  await plant(redis, keys, "evt_starts", { at: createdAt });

  await setup.run();
  expect([crm.ids(), await reasonOf(setup, "evt_starts")]).toEqual([[], "not_subscribed"]);
});

test("what was committed on a node whose clock is behind is sent, though it looks older than the endpoint", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  const { createdAt } = await setup.make({ url: crm.url, events: ["appointment.*"] });
  await commit(setup, "evt_behind");
  const { transitions } = eventOf().data;
  await setup.outbox.add(ENDPOINT, "northside", [
    {
      eventId: "evt_behind",
      subject: "appointment",
      record: "42",
      transitions,
      at: createdAt - 7_200_000,
      order: undefined,
    },
  ]);

  await setup.run();
  expect([crm.ids(), await reasonOf(setup, "evt_behind")]).toEqual([["evt_behind"], undefined]);
});

test("recovering or retrying what was planted does not launder it, and a mark of another delivery is none", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  const { createdAt } = await setup.make({ url: crm.url, events: ["patient.*"] });
  const events = [eventOf({ id: "evt_given" })];
  await commit(setup, "evt_given");
  await commit(setup, "evt_planted");
  await enqueueTargeted(
    { ...setup, queues: { wakeDelivery: async () => undefined }, now: setup.clock.now },
    ENDPOINT,
    "northside",
    events,
  );
  // Given on purpose: a backfill goes out whatever the endpoint asks for.
  await setup.run();
  expect(crm.ids()).toEqual(["evt_given"]);

  const head = JSON.parse((await redis.hget(keys.outbox(ENDPOINT).heads, "evt_given")) ?? "[]") as unknown[];
  const mark = String(head[6]);
  await plant(redis, keys, "evt_planted", { at: createdAt, mark });
  await setup.run();
  await setup.deliveries.retry(ENDPOINT, "evt_planted", setup.clock.now());
  await setup.run();
  for await (const heads of setup.deliveries.walk(ENDPOINT, { since: 0, until: Infinity })) {
    await setup.deliveries.recover(
      ENDPOINT,
      heads.filter(({ eventId }) => eventId === "evt_planted"),
      ["failed"],
    );
  }
  await setup.run();

  expect(crm.ids()).toEqual(["evt_given"]);
  expect(await reasonOf(setup, "evt_planted")).toBe("not_subscribed");
});

test("what was tried while it was wanted goes on being tried, also when it is recovered", async ({
  redis,
  keys,
}) => {
  let accepts = false;
  await using crm = await startSubscriber(() => (accepts ? 204 : 503));
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, events: ["appointment.*"] });
  await setup.commit("evt_tried");
  await setup.run();
  await setup.change({ events: ["patient.*"] });
  accepts = true;

  await setup.deliveries.retry(ENDPOINT, "evt_tried", setup.clock.now());
  await setup.run();
  expect(await setup.stateOf("evt_tried")).toBe("delivered");
});

test("what is confidential is sent to nobody who does not ask for it by name, though it was given on purpose", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, events: ["*"] });
  const alert = (id: string): ReturnType<typeof eventOf> => ({
    ...eventOf({ id, type: "medical_alert.created", subject: { type: "medical_alert", id } }),
    data: { object: {}, previous: {}, changed: [], transitions: ["created"] },
  });
  const give = async (id: string): Promise<void> => {
    await setup.log.append(alert(id));
    const deps = { ...setup, queues: { wakeDelivery: async () => undefined }, now: setup.clock.now };
    await enqueueTargeted(deps, ENDPOINT, "northside", [alert(id)]);
    await setup.run();
  };
  await give("evt_unnamed");
  expect([crm.ids(), await reasonOf(setup, "evt_unnamed")]).toEqual([[], "not_subscribed"]);

  await setup.change({ events: ["*", "medical_alert.updated"] });
  await give("evt_named");
  expect(crm.ids()).toEqual(["evt_named"]);
});

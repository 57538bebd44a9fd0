import type { Redis } from "../../../src/store/redis/client.ts";
import { describe, expect } from "vitest";

import type { Caller } from "../../../src/admin/access/caller.ts";
import { listDeliveries } from "../../../src/admin/deliveries/deliveries.ts";
import { dryRun } from "../../../src/admin/deliveries/dry-run.ts";
import { explain } from "../../../src/admin/deliveries/explain.ts";
import { readFeed } from "../../../src/admin/events/feed.ts";
import { findEvent } from "../../../src/admin/events/find-event.ts";
import { findRecords } from "../../../src/admin/records/find-records.ts";
import { listChanges } from "../../../src/admin/records/list-changes.ts";
import { listEvents } from "../../../src/admin/events/list-events.ts";
import { readEventsOf, readTimeline } from "../../../src/admin/records/record-timeline.ts";
import { previewRecovery } from "../../../src/admin/deliveries/recoveries.ts";
import type { Base } from "../../../src/admin/base.ts";
import { indexLogs } from "../../../src/dispatch/routing/index-logs.ts";
import { createLogIndex } from "../../../src/store/events/log-index.ts";
import { ENDLESS, type Patience } from "../../../src/store/events/patience.ts";
import { type AdminSetup, commitAll, eventId, numbered } from "../../support/admin-setup.ts";
import { test } from "../../support/admin-test.ts";
import { outboxEventOf } from "../../support/outbox-setup.ts";

const ADMIN: Caller = { id: "a1", name: "an operator", role: "admin" };
const ACCOUNT = "northside";
const RECORD = { account: ACCOUNT, subject: "appointment", id: "42" };
const NEVER = new AbortController().signal;
const ALL = { types: [], order: "newest_first" as const };
const ENTRIES = 2_500;

/** Each search on its own, and what it answers when it was cut short. */
type Search = (admin: AdminSetup, patience: Patience) => Promise<unknown>;
const SEARCHES: readonly (readonly [what: string, search: Search, short: unknown])[] = [
  [
    "an event by its id",
    async ({ base, visibility }, patience) => await findEvent(base, visibility, eventId(9), patience),
    { kind: "search_too_long" },
  ],
  [
    "a timeline",
    async ({ base }, patience) => await readTimeline(base, ADMIN, RECORD, [], patience),
    { truncated: true },
  ],
  [
    "an explanation",
    async ({ base }, patience) => {
      const [account] = base.config.accounts;
      if (!account) throw new Error("there is an account");
      const question = { subject: "appointment", id: "42", at: undefined };
      return await explain(base, ADMIN, account, question, patience);
    },
    { events: [expect.anything()] },
  ],
  [
    "a list of events",
    async ({ base, visibility }, patience) => {
      const query = { ...ALL, types: ["patient.merged"] };
      return await listEvents(base, visibility, query, { from: undefined, count: 50 }, patience);
    },
    { events: [], next: expect.any(Map) },
  ],
  [
    "the events of a record",
    async ({ base, visibility }, patience) => {
      const query = { ...ALL, subject: { type: "appointment", id: "1" } };
      return await listEvents(base, visibility, query, { from: undefined, count: 50 }, patience);
    },
    { events: [], next: expect.any(Map) },
  ],
  [
    "a dry run",
    async ({ base, visibility }, patience) => {
      const [endpoint] = await base.endpoints.list();
      if (!endpoint) throw new Error("there is an endpoint");
      const range = { since: 0, until: Date.now() + 60_000, samples: 3 };
      return await dryRun(
        base,
        visibility,
        { ...endpoint.settings, events: ["patient.merged"] },
        range,
        patience,
      );
    },
    { total: 0, truncated: true },
  ],
  [
    "the feed",
    async ({ base, visibility }, patience) => {
      const filter = {
        events: ["patient.merged"],
        accounts: undefined,
        when: [],
        payload: "full" as const,
        include: [],
      };
      const watch = { wait: async () => await new Promise<never>(() => undefined) };
      const asked = { from: "oldest" as const, filter, count: 10, waitMs: 0 };
      return await readFeed({ ...base, watch }, visibility, asked, patience);
    },
    { bodies: [], more: true },
  ],
  [
    "a list of deliveries",
    async ({ base }, patience) => {
      const query = { since: 0, until: 9e15, states: [], types: ["patient.merged"] };
      return await listDeliveries(base, ADMIN, "crm", query, { from: undefined, count: 50 }, patience);
    },
    { deliveries: [], next: expect.anything() },
  ],
  [
    "a recovery's preview",
    async ({ base }, patience) => {
      const recovery = { endpoint: "crm", since: 0, until: 9e15, states: ["parked" as const], types: [] };
      return await previewRecovery(base, ADMIN, recovery, patience);
    },
    "search_too_long",
  ],
  [
    "a record by its id",
    async ({ base }, patience) => await findRecords(base, ADMIN, "42", patience),
    "search_too_long",
  ],
  [
    "a list of changes",
    async ({ base }, patience) =>
      await listChanges(base, { action: "token" }, { before: undefined, limit: 10 }, patience),
    { changes: [] },
  ],
];

/** A log that is not indexed (the hardest case), an outbox and an audit log, each of some batches. */
async function fill({ redis, keys, outbox, audit, now }: Base): Promise<void> {
  const pipeline = redis.pipeline();
  for (let number = 0; number < ENTRIES; number += 1) {
    const fields = [
      "event",
      `evt_${number}`,
      "subject",
      "appointment",
      "record",
      "7",
      "transitions",
      "updated",
    ];
    pipeline.xadd(keys.log(ACCOUNT), "*", ...fields);
  }
  await pipeline.exec();
  for (let from = 0; from < ENTRIES; from += 500) {
    const events = Array.from({ length: 500 }, (_, at) =>
      outboxEventOf(`evt_${from + at}`, { at: now() + from + at }),
    );
    await outbox.add("crm", ACCOUNT, events);
  }
  for (let number = 0; number < 1_100; number += 1) {
    await audit.append({ actor: ADMIN, action: "endpoint.pause", target: "crm", fields: [] });
  }
}

describe("of every search", () => {
  test("it ends when nobody waits any more, and answers what it has when its time is over", async ({
    admin,
  }) => {
    await fill(admin.base);
    for (const [what, search, short] of SEARCHES) {
      const gone = AbortSignal.abort();
      const given = await search(admin, { ...ENDLESS, signal: gone }).catch((error: unknown) => error);
      // A reader of the feed loses nothing by what was not answered.
      if (what === "the feed") expect(given).toMatchObject({ bodies: [] });
      else expect(given, what).toBe(gone.reason);

      const answer = await search(admin, { signal: NEVER, isOver: () => true });
      if (typeof short === "string") expect(answer, what).toBe(short);
      else expect(answer, what).toMatchObject(short as object);
      // With all the time there is, the same search comes to its end.
      expect(await search(admin, ENDLESS), what).not.toEqual(answer);
    }
  });
});

test("who leaves half way is not searched for any longer", async ({ admin }) => {
  await fill(admin.base);
  const leaving = new AbortController();
  let looks = 0;
  const isOver = (): boolean => {
    looks += 1;
    if (looks === 2) leaving.abort();
    return false;
  };
  const search = findEvent(admin.base, admin.visibility, eventId(9), { signal: leaving.signal, isOver });
  const given: unknown = await search.catch((error: unknown) => error);
  expect(given).toBe(leaving.signal.reason);
  expect(looks).toBe(2);
});

/** Counts what is asked of Redis. */
function counting(redis: Redis): { readonly redis: Redis; readonly counted: Map<string, number> } {
  const counted = new Map<string, number>();
  const proxy = new Proxy(redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (typeof name === "string") counted.set(name, (counted.get(name) ?? 0) + 1);
      return value.bind(target);
    },
  });
  return { redis: proxy, counted };
}

test("an unknown id costs one look at each log, and a timeline what its own events cost, however long the log is", async ({
  admin,
}) => {
  const { base, visibility } = admin;
  await commitAll(
    base,
    ...[1, 2, 3].map((number) => numbered(number, { subject: { type: "appointment", id: "42" } })),
  );
  const costs: ReadonlyMap<string, number>[] = [];
  for (let round = 0; round < 2; round += 1) {
    const { redis, counted } = counting(base.redis);
    const asked = { ...base, redis };
    expect(await findEvent(asked, visibility, eventId(99), ENDLESS)).toEqual({ kind: "unknown" });
    expect(await findEvent(asked, visibility, eventId(2), ENDLESS)).toMatchObject({ kind: "found" });
    const { events, truncated } = await readEventsOf(asked, RECORD, ENDLESS);
    expect(events.map((event) => event.eventId)).toEqual([1, 2, 3].map(eventId));
    expect(truncated).toBe(false);
    const query = { ...ALL, subject: { type: "appointment", id: "42" } };
    const page = await listEvents(asked, visibility, query, { from: undefined, count: 50 }, ENDLESS);
    expect(page.events.map((event) => event.eventId)).toEqual([3, 2, 1].map(eventId));
    expect(page.next).toBeUndefined();
    costs.push(counted);
    if (round > 0) break;
    await fill(base);
    const index = createLogIndex(base.redis, base.keys);
    await indexLogs({ index, accounts: [ACCOUNT], onProgress: () => undefined }, NEVER);
  }
  expect(costs[1]).toEqual(costs[0]);
});

test("the events of a record come in pages in either order, within a time, whole with or without an index", async ({
  admin,
}) => {
  const { base, visibility } = admin;
  const of = (number: number): ReturnType<typeof numbered> =>
    numbered(number, { subject: { type: "appointment", id: number % 2 === 0 ? "42" : "43" } });
  await commitAll(base, ...Array.from({ length: 10 }, (_, number) => of(number)));
  const list = async (order: "newest_first" | "oldest_first"): Promise<string[]> => {
    const ids: string[] = [];
    const query = {
      types: [],
      order,
      subject: { type: "appointment", id: "42" },
      until: Date.now() + 60_000,
      since: 1,
    };
    for (let from: Parameters<typeof listEvents>[3]["from"]; ;) {
      const page = await listEvents(base, visibility, query, { from, count: 2 }, ENDLESS);
      ids.push(...page.events.map((event) => event.eventId));
      if (!page.next) return ids;
      from = page.next;
    }
  };
  const expected = [0, 2, 4, 6, 8].map(eventId);
  expect(await list("oldest_first")).toEqual(expected);
  expect(await list("newest_first")).toEqual(expected.toReversed());
  await base.redis.del(base.keys.logTrails(ACCOUNT), base.keys.logPlaces(ACCOUNT));
  expect(await list("oldest_first")).toEqual(expected);
  expect(await list("newest_first")).toEqual(expected.toReversed());
});

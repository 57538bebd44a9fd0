import { expect } from "vitest";

import { formatFeedCursor, parseFeedCursor } from "../../../src/admin/events/feed-cursor.ts";
import {
  type FeedFilter,
  type FeedGap,
  type FeedPage,
  type FeedRequest,
  readFeed,
} from "../../../src/admin/events/feed.ts";
import type { Visibility } from "../../../src/admin/records/visibility.ts";
import type { Base } from "../../../src/admin/base.ts";
import { renderPayload } from "../../../src/diff/event.ts";
import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import { type LogWatch, createLogWatch } from "../../../src/store/events/log-watch.ts";
import { sensitiveFieldsOf } from "../../../src/resources/registry.ts";
import { commitAll, eventId, idsOf, numbered } from "../../support/admin-setup.ts";
import { ENDLESS } from "../../../src/store/events/patience.ts";
import { test } from "../../support/admin-test.ts";

const ALL: FeedFilter = { events: ["*"], when: [], payload: "full", include: [] };
const NEVER = new AbortController().signal;
const NOTHING: Pick<LogWatch, "wait"> = {
  wait: async () => {
    throw new Error("nothing is waited for here");
  },
};

async function read(
  base: Base,
  visibility: Visibility,
  more: Partial<FeedRequest> = {},
  watch: Pick<LogWatch, "wait"> = NOTHING,
  signal = NEVER,
): Promise<FeedPage> {
  const request = { from: "oldest" as const, filter: ALL, count: 100, waitMs: 0, ...more };
  return pageOf(await readFeed({ ...base, watch }, visibility, request, { ...ENDLESS, signal }));
}

function pageOf(answer: FeedPage | FeedGap): FeedPage {
  if (answer.kind === "gap") throw new Error(`a gap in ${answer.account}`);
  return answer;
}

/** Reads to the end, with cursors as text between. */
async function readAll(base: Base, visibility: Visibility, count: number, filter = ALL): Promise<string[]> {
  const bodies: string[] = [];
  let from: FeedRequest["from"] = "oldest";
  for (;;) {
    const page: FeedPage = await read(base, visibility, { from, count, filter });
    bodies.push(...page.bodies);
    const back = parseFeedCursor(formatFeedCursor(page.next));
    if (!back) throw new Error("a cursor that does not come back");
    from = back;
    if (!page.more && page.bodies.length === 0) return bodies;
  }
}

test("every event comes once, an account's in the order of their commits, whatever the page size", async ({
  admin,
}) => {
  const { base, visibility } = admin;
  const events = Array.from({ length: 25 }, (_, index) =>
    numbered(index, { account: index % 3 === 0 ? "southbank" : "northside" }),
  );
  await commitAll(base, ...events);
  const first = await readAll(base, visibility, 100);

  expect(idsOf(first).toSorted()).toEqual(events.map(({ id }) => id));
  for (const account of ["northside", "southbank"]) {
    const own = first.filter((body) => (JSON.parse(body) as { account: string }).account === account);
    expect(idsOf(own)).toEqual(events.filter((event) => event.account === account).map(({ id }) => id));
  }
  expect(await readAll(base, visibility, 7)).toEqual(first);
  expect(await readAll(base, visibility, 1)).toEqual(first);
});

test("an answer ends where it has become large, and the next one goes on there", async ({ admin }) => {
  const { base, visibility } = admin;
  const events = Array.from({ length: 60 }, (_, index) => numbered(index));
  const large = events.map((event) => ({
    ...event,
    data: { ...event.data, object: { ...event.data.object, notes: "ä".repeat(200_000) } },
  }));
  await commitAll(base, ...large);
  const filter = { ...ALL, include: ["notes"] };
  const first = await read(base, visibility, { count: 500, filter });

  const characters = first.bodies.reduce((sum, { length }) => sum + length, 0);
  expect([first.more, first.bodies.length < 60]).toEqual([true, true]);
  expect(characters).toBeLessThan(9_000_000);
  expect(idsOf(await readAll(base, visibility, 500, filter))).toEqual(events.map(({ id }) => id));
});

test("what is committed while somebody pages is not missed", async ({ admin }) => {
  const { base, visibility } = admin;
  await commitAll(base, ...Array.from({ length: 10 }, (_, index) => numbered(index)));
  const seen: string[] = [];
  let from: FeedRequest["from"] = "oldest";
  for (let round = 0; round < 12; round += 1) {
    const page: FeedPage = await read(base, visibility, { from, count: 3 });
    seen.push(...idsOf(page.bodies));
    from = page.next;
    if (round < 6)
      await commitAll(base, numbered(100 + round, { account: round % 2 ? "southbank" : "northside" }));
  }
  expect(new Set(seen).size).toBe(16);
  expect(seen).toHaveLength(16);
});

test("a body is byte for byte that of a callback, at every level", async ({ admin }) => {
  const { base, visibility } = admin;
  const event = numbered(1);
  await commitAll(base, event);
  for (const payload of ["full", "changes", "ids"] as const) {
    for (const include of [[], ["notes"]]) {
      const { bodies } = await read(base, visibility, { filter: { ...ALL, payload, include } });
      expect(bodies).toEqual([renderPayload(event, sensitiveFieldsOf("appointment"), payload, include)]);
    }
  }
});

test("types, accounts and conditions hold back what an endpoint's would", async ({ admin }) => {
  const { base, visibility } = admin;
  const moved = numbered(1);
  const cancelled = numbered(2, { type: "appointment.cancelled" });
  const elsewhere = numbered(3, { account: "southbank" });
  await commitAll(base, moved, cancelled, elsewhere);
  const ids = async (more: Partial<FeedFilter>): Promise<string[]> =>
    idsOf((await read(base, visibility, { filter: { ...ALL, ...more } })).bodies);

  expect((await ids({})).toSorted()).toEqual([moved.id, cancelled.id, elsewhere.id]);
  expect(await ids({ events: ["appointment.cancelled"] })).toEqual([cancelled.id]);
  expect(await ids({ accounts: ["southbank"] })).toEqual([elsewhere.id]);
  expect(await ids({ when: [{ field: "cancelled_at" }] })).toEqual([]);
  expect(await ids({ when: [{ field: "starts_at" }], accounts: ["northside"] })).toEqual([
    moved.id,
    cancelled.id,
  ]);
});

test("an account out of sight is not in the feed, and its place not in the cursor", async ({ admin }) => {
  const { base } = admin;
  await commitAll(base, numbered(1), numbered(2, { account: "southbank" }));
  const page = await read(base, { accounts: ["southbank"], endpoints: new Set() });
  expect(idsOf(page.bodies)).toEqual([eventId(2)]);
  expect([...page.next.places.keys()].toSorted()).toEqual(["_service", "southbank"]);
});

test("what is told of an endpoint is for those who may know of it", async ({ admin }) => {
  const { base, visibility } = admin;
  const told = numbered(1, {
    account: "_service",
    type: "endpoint.failing",
    subject: { type: "endpoint", id: "crm" },
  });
  await commitAll(base, told);
  const filter = { ...ALL, events: ["endpoint.*"] };
  const ids = async (endpoints: ReadonlySet<string> | undefined): Promise<string[]> =>
    idsOf((await read(base, { ...visibility, endpoints }, { filter })).bodies);

  expect(await ids(undefined)).toEqual([told.id]);
  expect(await ids(new Set(["crm"]))).toEqual([told.id]);
  expect(await ids(new Set(["other"]))).toEqual([]);
});

test("from=now leaves out what was there, and gives all that comes", async ({ admin }) => {
  const { base, visibility } = admin;
  await commitAll(base, numbered(1));
  const first = await read(base, visibility, { from: "now" });
  expect(first.bodies).toEqual([]);

  await commitAll(base, numbered(2), numbered(3, { account: "southbank" }));

  const seen = idsOf((await read(base, visibility, { from: first.next })).bodies);
  expect(seen.toSorted()).toEqual([eventId(2), eventId(3)]);
});

test("from a time gives what was committed then or later", async ({ admin }) => {
  const { base, visibility } = admin;
  await commitAll(base, numbered(1));
  const [position] = (await base.redis.xrevrange(base.keys.log("northside"), "+", "-", "COUNT", 1))[0] ?? [
    "",
  ];
  const at = Number(position.split("-")[0]);
  expect(idsOf((await read(base, visibility, { from: { at } })).bodies)).toEqual([eventId(1)]);
  expect((await read(base, visibility, { from: { at: at + 1 } })).bodies).toEqual([]);
  expect(idsOf((await read(base, visibility, { from: { at: 0 } })).bodies)).toEqual([eventId(1)]);
});

test("an erased event is passed over; one that no key opens stops the feed aloud, behind what comes first", async ({
  admin,
}) => {
  const { base, visibility } = admin;
  await commitAll(base, numbered(1), numbered(2), numbered(3), numbered(4));
  await base.redis.hdel(base.keys.bodies("northside"), eventId(2));
  await base.redis.hset(base.keys.bodies("northside"), eventId(4), "torn");

  const page = await read(base, visibility);

  expect(idsOf(page.bodies)).toEqual([eventId(1), eventId(3)]);
  expect(page.more).toBe(true);
  await expect(read(base, visibility, { from: page.next })).rejects.toThrow(UnreadableRecordError);
});

test("a reader who was away longer than the retention is told so, with where it goes on", async ({
  admin,
}) => {
  const { base, visibility } = admin;
  await commitAll(base, numbered(1));
  const { next } = await read(base, visibility);
  await commitAll(base, numbered(2));
  const removed = Date.now() + 1;
  while (Date.now() <= removed) await base.redis.ping();
  await base.log.trim("northside", removed, async () => new Set());
  await commitAll(base, numbered(3));

  const answer = await readFeed(
    { ...base, watch: NOTHING },
    visibility,
    { from: next, filter: ALL, count: 100, waitMs: 0 },
    ENDLESS,
  );

  expect(answer).toMatchObject({
    kind: "gap",
    why: "removed",
    account: "northside",
    oldest: expect.any(Number),
  });
  const again = await read(base, visibility, { from: "oldest" });
  expect(idsOf(again.bodies)).toEqual([eventId(3)]);
  expect(idsOf((await read(base, visibility, { from: again.next })).bodies)).toEqual([]);
});

test("a reader whose place was lost when Redis went back is told so, and not left waiting behind it", async ({
  admin,
}) => {
  const { base, visibility } = admin;
  await commitAll(base, numbered(1));
  const key = base.keys.log("northside");
  const copy = await base.redis.dumpBuffer(key);
  await commitAll(base, numbered(2));
  const { next } = await read(base, visibility, { from: "oldest" });
  expect(idsOf((await read(base, visibility, { from: next })).bodies)).toEqual([]);

  await base.redis.restore(key, 0, copy ?? "", "REPLACE");
  const request = { from: next, filter: ALL, count: 100, waitMs: 0 };
  const ask = async (): Promise<FeedPage | FeedGap> =>
    await readFeed({ ...base, watch: NOTHING }, visibility, request, ENDLESS);
  expect(await ask()).toMatchObject({ kind: "gap", why: "went_back", account: "northside" });
  // Also when the log has grown past it.
  await commitAll(base, numbered(3));
  expect(await ask()).toMatchObject({ kind: "gap", why: "went_back" });
  expect(idsOf((await read(base, visibility, { from: "oldest" })).bodies)).toEqual([eventId(1), eventId(3)]);
});

test.for(["before", "after", "now"] as const)(
  "a reader who began at a moment (%s) goes on, also in a log that has stood still since",
  async (moment, { admin }) => {
    const { base, visibility } = admin;
    // The other account's log is empty.
    await commitAll(base, numbered(1));
    const from =
      moment === "now" ? "now" : { at: moment === "before" ? 1_577_836_800_000 : Date.now() + 1_000 };
    let { bodies, next } = await read(base, visibility, { from });
    expect(idsOf(bodies)).toEqual(moment === "before" ? [eventId(1)] : []);

    for (let again = 0; again < 3; again += 1) {
      const place = parseFeedCursor(formatFeedCursor(next));
      ({ bodies, next } = await read(base, visibility, { from: place ?? "oldest" }));
      expect(bodies).toEqual([]);
    }
  },
);

test("paging from the oldest over a log that has been trimmed is no gap", async ({ admin }) => {
  const { base, visibility } = admin;
  await commitAll(base, numbered(1, { account: "southbank" }), numbered(2));
  const removed = Date.now() + 1;
  while (Date.now() <= removed) await base.redis.ping();
  await base.log.trim("northside", removed, async () => new Set());
  await base.log.trim("southbank", removed, async () => new Set());
  await commitAll(base, numbered(3), numbered(4, { account: "southbank" }));
  expect(idsOf(await readAll(base, visibility, 1)).toSorted()).toEqual([eventId(3), eventId(4)]);
});

test("an event that is committed while somebody waits is answered within the wait", async ({ admin }) => {
  const { base, visibility } = admin;
  await using watch = createLogWatch(base.redis, base.keys, ["northside", "southbank", "_service"]);
  await commitAll(base, numbered(1));
  const { next } = await read(base, visibility);
  const waiting = read(base, visibility, { from: next, waitMs: 30_000 }, watch);
  await expect.poll(() => watch.waiting).toBe(1);
  const committed = performance.now();

  await commitAll(base, numbered(2, { account: "southbank" }));

  expect(idsOf((await waiting).bodies)).toEqual([eventId(2)]);
  expect(performance.now() - committed).toBeLessThan(25_000);
});

test("an unwanted event does not end a wait; the wanted one behind it does", async ({ admin }) => {
  const { base, visibility } = admin;
  await using watch = createLogWatch(base.redis, base.keys, ["northside", "southbank", "_service"]);
  const filter = { ...ALL, events: ["appointment.cancelled"] };
  const waiting = read(base, visibility, { filter, waitMs: 30_000 }, watch);
  await expect.poll(() => watch.waiting).toBe(1);

  await commitAll(base, numbered(1));
  await commitAll(base, numbered(2, { type: "appointment.cancelled" }));

  expect(idsOf((await waiting).bodies)).toEqual([eventId(2)]);
});

test("a wait in vain ends with a cursor that loses nothing", async ({ admin }) => {
  const { base, visibility } = admin;
  await using watch = createLogWatch(base.redis, base.keys, ["northside", "southbank", "_service"]);
  const page = await read(base, visibility, { waitMs: 50 }, watch);
  expect(page).toMatchObject({ bodies: [], more: false });

  await commitAll(base, numbered(1));

  expect(idsOf((await read(base, visibility, { from: page.next })).bodies)).toEqual([eventId(1)]);
});

test("a reader who goes away ends the wait", async ({ admin }) => {
  const { base, visibility } = admin;
  await using watch = createLogWatch(base.redis, base.keys, ["northside", "southbank", "_service"]);
  const leaving = new AbortController();
  const waiting = read(base, visibility, { waitMs: 30_000 }, watch, leaving.signal);
  await expect.poll(() => watch.waiting).toBe(1);

  leaving.abort();

  expect(await waiting).toMatchObject({ bodies: [] });
  expect(watch.waiting).toBe(0);
});

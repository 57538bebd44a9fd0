import { expect } from "vitest";

import { type FoundEvent, findEvent } from "../../../src/admin/events/find-event.ts";
import { type EventQuery, listEvents } from "../../../src/admin/events/list-events.ts";
import type { Places } from "../../../src/admin/events/merge-logs.ts";
import { readTimeline } from "../../../src/admin/records/record-timeline.ts";
import type { Visibility } from "../../../src/admin/records/visibility.ts";
import type { Base } from "../../../src/admin/base.ts";
import { ENDLESS } from "../../../src/store/events/patience.ts";
import { commitAll, eventId, numbered } from "../../support/admin-setup.ts";
import { test } from "../../support/admin-test.ts";

const OLDEST: EventQuery = { types: [], order: "oldest_first" };
const NEWEST: EventQuery = { types: [], order: "newest_first" };
const SIGHT = { accounts: ["northside", "southbank"], endpoints: undefined };

async function listAll(base: Base, query: EventQuery, count: number, visibility = SIGHT): Promise<string[]> {
  const ids: string[] = [];
  for (let from: Places | undefined; ;) {
    const page = await listEvents(base, visibility, query, { from, count }, ENDLESS);
    ids.push(...page.events.map((event) => event.eventId));
    if (!page.next) return ids;
    from = page.next;
  }
}

async function seen(base: Base, visibility: Visibility, id: string): Promise<FoundEvent | undefined> {
  const search = await findEvent(base, visibility, id, ENDLESS);
  return search.kind === "found" ? search.event : undefined;
}

test("events are listed in either order, and the pages make up the whole", async ({ admin }) => {
  await commitAll(admin.base, ...Array.from({ length: 12 }, (_, index) => numbered(index)));
  const expected = Array.from({ length: 12 }, (_, index) => eventId(index));
  for (const count of [1, 5, 12, 50]) {
    expect(await listAll(admin.base, OLDEST, count)).toEqual(expected);
    expect(await listAll(admin.base, NEWEST, count)).toEqual(expected.toReversed());
  }
});

test("a page ends where it has become large, whatever the order, and the next one goes on there", async ({
  admin,
}) => {
  const { base } = admin;
  // Those of one account are first, those of the other last: of which none is on the first page.
  const large = Array.from({ length: 80 }, (_, index) => {
    const event = numbered(index, index >= 70 ? { account: "southbank" } : {});
    const object = { ...event.data.object, notes: "ä".repeat(100_000) };
    return { ...event, data: { ...event.data, object } };
  });
  await commitAll(base, ...large);

  const first = await listEvents(base, SIGHT, OLDEST, { from: undefined, count: 100 }, ENDLESS);
  expect(JSON.stringify(first.events).length).toBeLessThan(7_000_000);
  const expected = large.map(({ id }) => id);
  for (const order of [OLDEST, NEWEST])
    expect((await listAll(base, order, 100)).toSorted()).toEqual(expected.toSorted());

  // Of a record with so much to tell the newest is shown.
  const subject = { type: "appointment", id: "1001" };
  await commitAll(base, ...large.map((event, index) => ({ ...event, id: eventId(index + 100), subject })));
  const record = { account: "northside", subject: subject.type, id: subject.id };
  const { entries, truncated } = await readTimeline(
    base,
    { id: "cli:root", name: "root", role: "admin" },
    record,
    ["notes"],
    ENDLESS,
  );
  expect(truncated).toBe(true);
  expect(entries.length).toBeLessThan(70);
  expect(entries.at(-1)?.eventId).toBe(eventId(169));
});

test("types, accounts, subject and time narrow the list down", async ({ admin }) => {
  const { base } = admin;
  const patient = { type: "patient", id: "7" };
  await commitAll(base, numbered(1), numbered(2, { account: "southbank" }));
  await commitAll(base, numbered(3, { type: "patient.updated", subject: patient }));
  await commitAll(base, numbered(4, { type: "patient.merged", subject: { type: "patient", id: "8" } }));
  const list = async (more: Partial<EventQuery>): Promise<string[]> =>
    (await listAll(base, { ...OLDEST, ...more }, 50)).toSorted();

  expect(await list({ types: ["patient.*"] })).toEqual([eventId(3), eventId(4)]);
  expect(
    await list({ types: ["patient.merged", "appointment.rescheduled"], accounts: ["northside"] }),
  ).toEqual([eventId(1), eventId(4)]);
  expect(await list({ subject: patient })).toEqual([eventId(3)]);
  expect(await list({ subject: { type: "patient" } })).toEqual([eventId(3), eventId(4)]);
  expect(await list({ until: Date.now() + 60_000 })).toHaveLength(4);
  expect(await list({ until: Date.now() - 60_000 })).toEqual([]);
  expect(await list({ since: Date.now() - 60_000 })).toHaveLength(4);
  expect(await list({ since: Date.now() + 60_000 })).toEqual([]);
});

test("an account out of sight is not listed, and none of its events is found", async ({ admin }) => {
  const { base } = admin;
  const telling = numbered(3, {
    account: "_service",
    type: "endpoint.failing",
    subject: { type: "endpoint", id: "crm" },
  });
  await commitAll(base, numbered(1), numbered(2, { account: "southbank" }), telling);
  const south = { accounts: ["southbank"], endpoints: new Set<string>() };
  const own = { accounts: ["southbank"], endpoints: new Set(["crm"]) };

  expect(
    (await listEvents(base, south, OLDEST, { from: undefined, count: 50 }, ENDLESS)).events,
  ).toHaveLength(1);
  expect(await findEvent(base, south, eventId(1), ENDLESS)).toEqual({ kind: "unknown" });
  expect(await findEvent(base, south, telling.id, ENDLESS)).toEqual({ kind: "unknown" });
  expect(await seen(base, south, eventId(2))).toMatchObject({ eventId: eventId(2) });
  expect(await seen(base, own, telling.id)).toMatchObject({ eventId: telling.id });
  expect(await seen(base, SIGHT, eventId(1))).toMatchObject({ eventId: eventId(1) });
});

test("what was written in confidence is listed to a subscriber who names it, and to an operator", async ({
  admin,
}) => {
  const note = { type: "treatment_note.updated", subject: { type: "treatment_note", id: "3" } };
  await commitAll(admin.base, numbered(1), numbered(2, note));
  const subscriber = { ...SIGHT, endpoints: new Set<string>() };
  const list = async (more: Partial<EventQuery>): Promise<string[]> => {
    const page = { from: undefined, count: 50 };
    const found = await listEvents(admin.base, subscriber, { ...OLDEST, ...more }, page, ENDLESS);
    return found.events.map((event) => event.eventId);
  };

  expect(await listAll(admin.base, OLDEST, 50)).toEqual([eventId(1), eventId(2)]);
  expect(await list({})).toEqual([eventId(1)]);
  expect(await list({ types: ["*"] })).toEqual([eventId(1)]);
  expect(await list({ types: ["treatment_note.*"] })).toEqual([eventId(2)]);
  expect(await list({ subject: { type: "treatment_note" } })).toEqual([eventId(2)]);
});

test("an erased event is listed and found without its body, an unreadable one told as such", async ({
  admin,
}) => {
  const { base } = admin;
  await commitAll(base, numbered(1), numbered(2), numbered(3));
  await base.redis.hdel(base.keys.bodies("northside"), eventId(1));
  await base.redis.hset(base.keys.bodies("northside"), eventId(2), "torn");

  const { events } = await listEvents(base, SIGHT, OLDEST, { from: undefined, count: 50 }, ENDLESS);

  expect(events.map(({ body }) => body.state)).toEqual(["erased", "unreadable", "kept"]);
  expect(events[0]).toMatchObject({
    subject: { type: "appointment", id: "1" },
    transitions: ["rescheduled"],
  });
  expect(await seen(base, SIGHT, eventId(1))).toMatchObject({ body: { state: "erased" } });
  expect(await seen(base, SIGHT, eventId(2))).toMatchObject({ body: { state: "unreadable" } });
  expect(await findEvent(base, SIGHT, eventId(99), ENDLESS)).toEqual({ kind: "unknown" });
});

test("an event beside the log is found by its id", async ({ admin }) => {
  await admin.base.log.keepAside("northside", [numbered(1, { origin: "backfill" })]);
  expect(await seen(admin.base, SIGHT, eventId(1))).toMatchObject({
    position: undefined,
    body: { state: "kept" },
  });
});

test("a search that finds little goes on by cursor instead of looking at everything at once", async ({
  admin,
}) => {
  const { base } = admin;
  const wanted = { type: "patient", id: "7" };
  await commitAll(base, numbered(1, { type: "patient.updated", subject: wanted }));
  const pipeline = base.redis.pipeline();
  for (let index = 0; index < 12_000; index += 1) {
    const fields = [
      "event",
      `evt_${index}`,
      "subject",
      "appointment",
      "record",
      "1",
      "transitions",
      "updated",
    ];
    pipeline.xadd(base.keys.log("northside"), "*", ...fields);
  }
  await pipeline.exec();

  const first = await listEvents(
    base,
    SIGHT,
    { ...NEWEST, subject: wanted },
    { from: undefined, count: 10 },
    ENDLESS,
  );
  expect(first.events).toEqual([]);
  expect(first.next).toBeDefined();
  const second = await listEvents(
    base,
    SIGHT,
    { ...NEWEST, subject: wanted },
    { from: first.next, count: 10 },
    ENDLESS,
  );
  expect(second.events.map((event) => event.eventId)).toEqual([eventId(1)]);
  expect(second.next).toBeUndefined();
});

import { expect } from "vitest";

import { createRouter } from "../../../src/dispatch/routing/route.ts";
import { readLastPlaces } from "../../../src/store/events/log-reader.ts";
import { copyKeys } from "../../support/copy-keys.ts";
import { test } from "../../support/redis-test.ts";
import { CRM, commit, setUpRouter as setUp } from "../../support/route-setup.ts";

const NEW = { ...CRM, createdAt: Date.now() };

function entryOf(id: string): string[] {
  return ["event", id, "subject", "appointment", "record", id, "transitions", "updated"];
}

test("a log that went back, on a node whose clock is behind: what is committed from then on is given", async ({
  redis,
  keys,
}) => {
  const { deps, given, lost, outbox } = setUp(redis, keys, CRM);
  await commit(redis, keys, "evt_1");
  const route = createRouter(deps);
  await route("northside");
  const putBack = await copyKeys(redis, keys.log("northside"));
  // Where the other node's clock was: hours ahead of the one that comes now.
  const ahead = Date.now() + 7_200_000;
  await redis.xadd(keys.log("northside"), `${ahead}-0`, ...entryOf("evt_2"));
  await route("northside");
  expect(await outbox.readPosition("crm", "northside")).toBe(`${ahead}-0`);
  expect(lost).toEqual([]);

  await putBack();
  await commit(redis, keys, "evt_3");
  expect(await route("northside")).toBe(1);
  expect(lost).toEqual([`northside ${ahead}-0`]);
  expect(new Set(await given(CRM))).toEqual(new Set(["evt_1", "evt_2", "evt_3"]));
  await commit(redis, keys, "evt_4");
  expect(await route("northside")).toBe(1);
  expect(lost).toHaveLength(1);
});

test("a log that went back is noticed also when it has grown past where it was, by whoever looks", async ({
  redis,
  keys,
}) => {
  const { deps, given, lost } = setUp(redis, keys, CRM);
  const at = Date.now() - 60_000;
  await redis.xadd(keys.log("northside"), `${at}-0`, ...entryOf("evt_1"));
  const first = setUp(redis, keys, { ...CRM, createdAt: at - 1 });
  await first.route("northside");
  const putBack = await copyKeys(redis, keys.log("northside"));
  await redis.xadd(keys.log("northside"), `${at + 5}-0`, ...entryOf("evt_2"));
  await first.route("northside");
  await putBack();
  // Nobody looked while it was behind.
  await redis.xadd(keys.log("northside"), `${at + 3}-0`, ...entryOf("evt_3"));
  await redis.xadd(keys.log("northside"), `${at + 9}-0`, ...entryOf("evt_4"));

  expect(await createRouter({ ...deps, endpoints: first.deps.endpoints })("northside")).toBe(2);
  expect(lost).toEqual([`northside ${at + 5}-0`]);
  expect(await given(CRM)).toEqual(["evt_1", "evt_3", "evt_2", "evt_4"]);
});

test("of a log that went back an endpoint is given nothing from before it was made", async ({
  redis,
  keys,
}) => {
  const at = Date.now() - 60_000;
  const endpoint = { ...CRM, createdAt: at };
  const { given, lost, outbox, route } = setUp(redis, keys, endpoint);
  await redis.xadd(keys.log("northside"), `${at - 7_200_000}-0`, ...entryOf("evt_before"));
  await outbox.begin("crm", at, await readLastPlaces(redis, keys, ["northside"]));
  const putBack = await copyKeys(redis, keys.log("northside"));
  await redis.xadd(keys.log("northside"), `${at + 5}-0`, ...entryOf("evt_lost"));
  await route("northside");
  await putBack();
  await redis.xadd(keys.log("northside"), `${at + 3}-0`, ...entryOf("evt_again"));

  expect(await route("northside")).toBe(1);
  expect(lost).toEqual([`northside ${at + 5}-0`]);
  expect(await given(endpoint)).toEqual(["evt_again", "evt_lost"]);
});

test("what was removed for its age is no loss", async ({ redis, keys }) => {
  const { log, lost, route } = setUp(redis, keys, CRM);
  await commit(redis, keys, "evt_1");
  await route("northside");
  await log.trim("northside", Date.now() + 60_000, async () => new Set());
  expect(await route("northside")).toBe(0);
  await commit(redis, keys, "evt_2");
  expect(await route("northside")).toBe(1);
  expect(lost).toEqual([]);
});

test("an endpoint that is made begins where each log is, whatever the clocks say", async ({
  redis,
  keys,
}) => {
  const { given, outbox, route } = setUp(redis, keys, NEW);
  // The node of the log is far behind the one that says when the endpoint was made.
  const behind = NEW.createdAt - 7_200_000;
  await redis.xadd(keys.log("northside"), `${behind}-0`, ...entryOf("evt_before"));
  await outbox.begin("crm", NEW.createdAt, await readLastPlaces(redis, keys, ["northside", "southbank"]));
  await redis.xadd(keys.log("northside"), `${behind + 1_000}-0`, ...entryOf("evt_after"));
  await redis.xadd(keys.log("southbank"), `${behind + 1_000}-0`, ...entryOf("evt_south"));

  expect(await route("northside")).toBe(1);
  expect(await route("southbank")).toBe(1);
  expect(await given(NEW)).toEqual(["evt_after", "evt_south"]);
});

test("an id that is given again begins anew, and not where the one of before had come to", async ({
  redis,
  keys,
}) => {
  const { become, given, outbox, route } = setUp(redis, keys, NEW);
  await outbox.begin("crm", NEW.createdAt, new Map([["northside", "0-0"]]));
  await commit(redis, keys, "evt_1");
  const again = { ...NEW, createdAt: NEW.createdAt + 1 };
  become(again);
  await outbox.begin("crm", again.createdAt, await readLastPlaces(redis, keys, ["northside"]));
  expect(await route("northside")).toBe(0);
  await commit(redis, keys, "evt_2");
  expect(await route("northside")).toBe(1);
  expect(await given(again)).toEqual(["evt_2"]);
});

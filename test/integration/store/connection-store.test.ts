import { randomBytes } from "node:crypto";

import { expect } from "vitest";

import { Secret } from "../../../src/config/secret.ts";
import { toConnectionEvent } from "../../../src/diff/connection-event.ts";
import {
  type Problem,
  createConnectionStore,
  parseConnection,
} from "../../../src/store/detection/connection-store.ts";
import { createEventLog } from "../../../src/store/events/event-log.ts";
import { createKeyring } from "../../../src/store/sealing/keyring.ts";
import { test } from "../../support/redis-test.ts";

const keyring = createKeyring([{ id: "k1", key: new Secret(randomBytes(32).toString("base64")) }]);
const identityKey = randomBytes(32);
const problem: Problem = {
  kind: "degraded",
  since: 1_763_781_291_000,
  detail: "HTTP 503",
  told: true,
  quarantined: false,
};

function degraded(sequence: number): ReturnType<typeof toConnectionEvent> {
  return toConnectionEvent(identityKey, {
    account: "northside",
    transition: "degraded",
    resource: "patients",
    since: problem.since,
    detail: problem.detail,
    completeUpTo: 1_763_781_200,
    sequence,
    now: problem.since + 120_000,
  });
}

test("a change and the event that tells of it are made in one step", async ({ redis, keys }) => {
  const connections = createConnectionStore(redis, keys, keyring);
  const log = createEventLog(redis, keys, keyring);
  const before = await connections.read("northside");
  expect(before).toEqual({
    key: undefined,
    problems: new Map(),
    sights: new Map(),
    baselines: new Set(),
    sequence: 0,
    version: 0,
  });

  expect(await connections.change("northside", before, { resource: "patients", problem }, degraded(1))).toBe(
    true,
  );

  const after = await connections.read("northside");
  expect(after.problems).toEqual(new Map([["patients", problem]]));
  expect(after.sequence).toBe(1);
  const [entry] = await log.read("northside", undefined, 10);
  expect(entry).toMatchObject({ subject: "connection", transitions: ["degraded"] });
  expect(await log.readEvent("northside", entry?.eventId ?? "")).toMatchObject({
    type: "connection.degraded",
    subject: { type: "connection", id: "northside" },
    sequence: 1,
    data: { object: { resource: "patients", detail: "HTTP 503", complete_up_to: "2025-11-22T03:13:20Z" } },
  });
});

test("a change that was decided on an older state is refused, with its event", async ({ redis, keys }) => {
  const connections = createConnectionStore(redis, keys, keyring);
  const log = createEventLog(redis, keys, keyring);
  const before = await connections.read("northside");
  const key = {
    state: "ok",
    since: 1,
    checkedAt: 1,
    detail: "",
    keyHash: "abc",
    refusals: 0,
    countedAt: 0,
    refusedAt: 0,
    asked: false,
    looking: false,
  } as const;
  expect(await connections.change("northside", before, { key }, undefined)).toBe(true);
  expect(await connections.change("northside", before, { resource: "patients", problem }, degraded(1))).toBe(
    false,
  );
  expect((await connections.read("northside")).problems.size).toBe(0);
  expect(await log.read("northside", undefined, 10)).toEqual([]);
  // The twin: decided again on what is there now, it is made.
  const again = await connections.read("northside");
  expect(await connections.change("northside", again, { resource: "patients", problem }, degraded(1))).toBe(
    true,
  );
});

test("each account has a connection of its own, and what cannot be read is not there", async ({
  redis,
  keys,
}) => {
  const connections = createConnectionStore(redis, keys, keyring);
  const before = await connections.read("northside");
  await connections.change("northside", before, { resource: "patients", baseline: true }, undefined);
  expect((await connections.read("northside")).baselines).toEqual(new Set(["patients"]));
  expect((await connections.read("southside")).baselines).toEqual(new Set());
  await redis.hset(keys.connection("southside"), { "problem:patients": '{"kind":"on holiday"}', key: "{}" });
  expect(await connections.read("southside")).toMatchObject({ key: undefined, problems: new Map() });
});

test("what an older version wrote of a guard still stops the account", () => {
  const { quarantined: _, ...former } = problem;
  const { problems } = parseConnection({ "problem:patients": JSON.stringify({ ...former, held: true }) });

  expect(problems.get("patients")).toEqual({ ...former, quarantined: true });
});

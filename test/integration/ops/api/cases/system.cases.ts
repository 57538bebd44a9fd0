import { expect } from "vitest";

import { startApp } from "../../../../../src/app/app.ts";
import { createLogger } from "../../../../../src/shared/logger.ts";
import type { System } from "../../../../../src/ops/api/overview/system-schemas.ts";
import { startApi } from "../../../../support/api-harness.ts";
import { numbered } from "../../../../support/admin-setup.ts";
import { startRedisServer } from "../../../../support/redis-process.ts";
import { test } from "../../../../support/api-test.ts";

const PATH = "/v1/system";

test("two processes are there with their roles, one that stopped is not, and its role is missed", async ({
  address,
  prefix,
}) => {
  await using api = await startApi({ address, prefix, roles: ["poll", "ops"] });
  const config = { ...api.config, roles: ["dispatch" as const] };
  const second = await startApp({ config, logger: createLogger("silent"), redis: address, prefix });
  const { body: both } = await api.ask<System>("GET", PATH);
  await second[Symbol.asyncDispose]();
  const { body: one } = await api.ask<System>("GET", PATH);

  expect(both.processes.map(({ roles }) => roles)).toEqual([["dispatch"], ["poll", "ops"]]);
  expect(both.missing_roles).toEqual([]);
  expect(both.processes[1]).toMatchObject({ pid: process.pid, version: both.version });
  expect(both.processes[1]?.node).toBe(process.versions.node);
  expect(one.processes.map(({ id }) => id)).toEqual([both.processes[1]?.id]);
  expect(one.missing_roles).toEqual(["dispatch"]);
});

test("a process that was killed is gone when its word has lapsed", async ({ api, redis, keys }) => {
  const facts = { host: "notifier-2", pid: 9, roles: ["dispatch"], version: "0.1.0", node: "24.11.1" };
  // What a process leaves that says no goodbye.
  await api.base.processes.say({ id: "killed", startedAt: 0, memoryBytes: 1, loopDelayMs: 0, ...facts });
  const { body: before } = await api.ask<System>("GET", PATH);
  expect(before.missing_roles).toEqual(["poll"]);
  await redis.pexpire(keys.process("killed"), 0);

  const { body: after } = await api.ask<System>("GET", PATH);
  expect(after.processes.map(({ roles }) => roles)).toEqual([["ops"]]);
  expect(after.missing_roles).toEqual(["poll", "dispatch"]);
});

test("an operator's command is no process of the service", async ({ api }) => {
  // The harness has opened all that is kept beside the service, as a command does.
  expect(await api.base.processes.list()).toHaveLength(1);
});

test("a Redis that may evict and appends nothing is warned of, with what to do", async ({ prefix }) => {
  await using server = await startRedisServer({ "maxmemory-policy": "allkeys-lru", save: "3600 1" });
  await using api = await startApi({ address: server.address, prefix });
  const { body } = await api.ask<System>("GET", PATH);

  expect(body.redis).toMatchObject({ policy: "allkeys-lru", append_only: false, max_bytes: null });
  expect(body.redis.warnings).toEqual([
    {
      message: "maxmemory-policy is allkeys-lru: under memory pressure it drops snapshots",
      remedy: "set it to noeviction",
    },
    { message: "appendonly is no: a crash loses what came after the last dump", remedy: "set it to yes" },
  ]);
});

test("a Redis that can be trusted is not warned of, and what it holds is shown", async ({ prefix }) => {
  await using server = await startRedisServer({ appendonly: "yes", maxmemory: "1gb" });
  await using api = await startApi({ address: server.address, prefix });
  for (let number = 0; number < 3; number += 1) await api.base.log.append(numbered(number));
  await api.base.log.append(numbered(3, { account: "southside" }));
  const { body } = await api.ask<System>("GET", PATH);

  expect(body.redis).toMatchObject({
    policy: "noeviction",
    append_only: true,
    fsync: "everysec",
    max_bytes: 1_073_741_824,
    warnings: [],
  });
  expect(body.redis.used_bytes).toBeGreaterThan(100_000);
  expect(body.storage.map(({ account, events }) => [account, events])).toEqual([
    ["northside", 3],
    ["southside", 1],
    ["_service", 0],
  ]);
  expect(Date.now() - Date.parse(body.storage[0]?.oldest_at ?? "")).toBeLessThan(60_000);
  expect(body.storage[2]?.oldest_at).toBeNull();
  expect(body.retention).toEqual({
    events_seconds: api.config.retention.eventsMs / 1_000,
    attempts_seconds: api.config.retention.attemptsMs / 1_000,
  });
});

test("what a Redis keeps to itself is null, and no error", async ({ prefix }) => {
  await using server = await startRedisServer({ appendonly: "yes", "rename-command": "CONFIG|" });
  await using api = await startApi({ address: server.address, prefix });
  // The service has started: from here on it is told nothing any more.
  await server.redis.acl("SETUSER", "default", "-info");
  const { body } = await api.ask<System>("GET", PATH);

  expect(body.redis).toMatchObject({
    version: null,
    used_bytes: null,
    max_bytes: null,
    policy: null,
    append_only: null,
    fsync: null,
    warnings: [],
  });
  expect(body.processes).toHaveLength(1);
});

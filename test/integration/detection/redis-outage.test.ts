import { cpSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { WebhookEvent } from "../../../src/diff/event.ts";
import { auditDeliveries } from "../../../src/sandbox/audit/audit.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { copyKeys } from "../../support/copy-keys.ts";
import { type Harness, eventually, startHarness } from "../../support/harness.ts";
import { redisProgram, serverPid, temporaryFolder } from "../../support/redis-process.ts";
import { identityFaults } from "../../support/simulation/verdict.ts";

/** The whole service on a private Redis that the test may kill, and put back to an older append-only file. */
async function startOutageHarness(): Promise<
  AsyncDisposable & {
    readonly harness: Harness;
    /** SIGKILL; it is started again by itself. `meanwhile` is done before that can happen. */
    readonly killRedis: (meanwhile?: () => void) => Promise<void>;
    /** Copies what is kept of an account, which on a cluster has a shard to itself; the answer puts it back while all goes on. */
    readonly copyAccount: (account: string) => Promise<() => Promise<void>>;
    /** Copies the append-only file as it is on disk; the answer puts it back. The server must be dead then. */
    readonly copyFile: () => () => void;
  }
> {
  const folder = temporaryFolder();
  const server = await startPrivateRedis(folder.path, redisProgram());
  const address = { socketPath: server.socketPath };
  const harness = await startHarness({ address, prefix: "outage" });
  const live = join(folder.path, "appendonlydir");
  return {
    harness,
    killRedis: async (meanwhile) => {
      const redis = await connectRedis(address, 10_000);
      const pid = await serverPid(redis);
      redis.disconnect();
      process.kill(pid, "SIGKILL");
      meanwhile?.();
    },
    copyAccount: async (account) => {
      const redis = await connectRedis(address, 10_000);
      const putBack = await copyKeys(redis, `outage:{${account}}:*`);
      return async () => {
        await putBack();
        redis.disconnect();
      };
    },
    copyFile: () => {
      const copy = join(folder.path, "older");
      cpSync(live, copy, { recursive: true });
      return () => {
        rmSync(live, { recursive: true });
        cpSync(copy, live, { recursive: true });
      };
    },
    [Symbol.asyncDispose]: async () => {
      await harness[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

function standingOf({ clinic }: Harness): string[] {
  return clinic.desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null)
    .map((row) => row.id);
}

/** Waits until all that was written has been read and delivered. */
async function drain(harness: Harness): Promise<void> {
  await harness.settled();
  await harness.settled();
  for (let known = -1; known !== harness.receiver.callbacks.length; await delay(1_500)) {
    known = harness.receiver.callbacks.length;
  }
}

function audit(harness: Harness, from: number): ReturnType<typeof auditDeliveries> {
  return auditDeliveries({
    entries: harness.clinic.ledger.entries,
    deliveries: harness.receiver.callbacks,
    from: { index: from },
  });
}

test("Redis killed three times under a working day: nothing is lost, nothing invented, no id twice with other bytes", async () => {
  await using stage = await startOutageHarness();
  const { harness } = stage;
  const { desk, ledger } = harness.clinic;
  const from = ledger.entries.length;
  for (const round of [1, 2, 3]) {
    desk.bulkMove(standingOf(harness), round * 600_000);
    await delay(500 + round * 300);
    await stage.killRedis();
    desk.editNote(standingOf(harness)[round] ?? "", `while Redis was away ${round}`);
    await delay(1_500);
  }
  await drain(harness);
  const report = audit(harness, from);
  expect(report).toMatchObject({ lost: [], invented: [], wrong: [], sequenceGaps: [] });
  // It comes back with everything it had, and nothing is told; on a busy disk it may have answered a second before it wrote
  // (appendfsync everysec), and then it did go back, which is told and brought to an end.
  const told = (type: string): number =>
    harness.connectionEvents().filter((event) => event.type === type).length;
  await eventually(() => told("connection.recovered") === told("connection.degraded") || undefined);
  expect(report.covered).toBeGreaterThan(20);
});

test("one shard put back by some seconds: nothing is lost, and subscribers are told that numbers are given again", async () => {
  await using stage = await startOutageHarness();
  const { harness } = stage;
  const { desk, ledger } = harness.clinic;
  const from = ledger.entries.length;
  const [first = "", second = ""] = standingOf(harness);
  desk.editNote(first, "before the copy");
  await drain(harness);
  const putBack = await stage.copyAccount("northside");
  desk.editNote(first, "forgotten by Redis");
  desk.editNote(second, "forgotten too");
  await drain(harness);

  await putBack();
  desk.editNote(first, "after it came back");
  await eventually(
    () => harness.connectionEvents().some(({ type }) => type === "connection.recovered") || undefined,
  );
  await drain(harness);

  const told = (type: string): WebhookEvent[] =>
    harness.connectionEvents().filter((event) => event.type === type);
  expect(told("connection.degraded").map(({ data }) => data.object?.["sequence_reset"])).toEqual(
    Array(4).fill(true),
  );
  expect(told("connection.recovered")).toHaveLength(4);
  expect(audit(harness, from)).toMatchObject({ lost: [], invented: [] });
  expect(identityFaults(harness.events())).toEqual([]);
});

test("Redis put back by some seconds: nothing is lost, and what is sent again has the id it had", async () => {
  await using stage = await startOutageHarness();
  const { harness } = stage;
  const { desk, ledger } = harness.clinic;
  const from = ledger.entries.length;
  const [first = "", second = "", third = ""] = standingOf(harness);
  desk.editNote(first, "before the copy");
  await drain(harness);
  const putBack = stage.copyFile();
  desk.editNote(second, "forgotten by Redis");
  desk.cancel(third, { reason: 50 });
  await drain(harness);
  const sentBefore = harness.events();
  expect(sentBefore).toHaveLength(3);

  await stage.killRedis(putBack);
  desk.editNote(first, "after it came back");
  await drain(harness);

  const events = harness.events();
  const again = events.slice(3).filter(({ id }) => sentBefore.some((sent) => sent.id === id));
  expect(identityFaults(events)).toEqual([]);
  // That it went back is told: the window begins with the copy, and ends with a whole reading.
  const wentBack = harness
    .connectionEvents()
    .filter(({ data }) =>
      String(data.object?.["detail"]).startsWith("Redis went back to an older copy of 20"),
    );
  expect(wentBack.map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => "connection.degraded"));
  const recovered = harness.connectionEvents().filter(({ type }) => type === "connection.recovered");
  expect(recovered).toHaveLength(4);
  const resets = [wentBack, recovered].map((told) => told.map(({ data }) => data.object?.["sequence_reset"]));
  expect(resets).toEqual([Array(4).fill(true), Array(4).fill(false)]);
  const report = audit(harness, from);
  expect(report).toMatchObject({ lost: [], invented: [] });
  // Two that Redis had forgotten are found and sent once more, under the ids they had; what was known stays unsaid.
  expect(again.map(({ subject }) => subject.id).toSorted()).toEqual([second, third].toSorted());
  expect(events.filter(({ subject }) => subject.id === first).map(({ sequence }) => sequence)).toEqual([
    1, 2,
  ]);
  for (const { subject, reason } of report.wrong) {
    expect([subject, reason]).toEqual([subject, "the same id came with other bytes"]); // only when it was observed
  }
  for (const one of again) {
    const [before] = sentBefore.filter(({ id }) => id === one.id);
    expect(withoutTimes(one)).toEqual(withoutTimes(before));
  }
});

/** When it was observed differs between two observations of one transition. */
function withoutTimes(event: WebhookEvent | undefined): unknown {
  const { observed: _observed, ...rest } = event ?? { observed: undefined };
  return rest;
}

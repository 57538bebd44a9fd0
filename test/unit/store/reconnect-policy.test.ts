import { expect, test } from "vitest";

import { createReconnectPolicy } from "../../../src/store/redis/reconnect-policy.ts";
import { createStorageState, reasonOf } from "../../../src/store/redis/storage-state.ts";

test.each([
  ["READONLY You can't write against a read only replica.", 2],
  ["ERR Error running script (call to f_1): @user_script:1: -READONLY You can't write against it.", 2],
  ["LOADING Redis is loading the dataset in memory", 2],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 2],
  ["UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)", 2],
  ["OOM command not allowed when used memory > 'maxmemory'.", false],
  ["MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", false],
  ["WRONGTYPE Operation against a key holding the wrong kind of value", false],
  ["ERR the field NOTREADONLY is none", false],
])("%s: another connection is made %s", (message, answer) => {
  const policy = createReconnectPolicy();
  expect(policy.reconnectOnError(new Error(message))).toBe(false);
  const told: string[] = [];
  policy.enable((detail) => void told.push(detail));

  expect(policy.reconnectOnError(new Error(message))).toBe(answer);
  expect(told).toEqual(answer === 2 ? [message] : []);
});

test("the pause grows with what is refused, though every connection succeeds, and is short again after a write", () => {
  const policy = createReconnectPolicy();
  policy.enable(() => undefined);
  expect(policy.retryStrategy(1)).toBe(50);

  for (let count = 0; count < 10; count += 1) policy.reconnectOnError(new Error("READONLY"));
  expect(policy.retryStrategy(1)).toBe(500);
  for (let count = 0; count < 90; count += 1) policy.reconnectOnError(new Error("READONLY"));
  expect(policy.retryStrategy(1)).toBe(2_000);
  policy.succeeded();
  expect(policy.retryStrategy(1)).toBe(50);
});

test("since when it cannot be written is the moment of the reason, and the same reason is no news", () => {
  let now = 1_000;
  const storage = createStorageState(() => now);
  expect(storage.read()).toEqual({ writable: true, since: 1_000, reason: "" });
  now = 2_000;
  expect(storage.set(reasonOf("OOM command not allowed"))).toBe(true);
  now = 3_000;
  expect(storage.set(reasonOf("OOM command not allowed"))).toBe(false);
  expect(storage.read()).toEqual({ writable: false, since: 2_000, reason: "Redis is full: raise maxmemory" });
  expect(storage.set("")).toBe(true);
  expect(storage.read()).toEqual({ writable: true, since: 3_000, reason: "" });
});

test("a refusal that is not known is told by its first word alone", () => {
  expect(reasonOf("STRANGE key northside/patients/42 of Ada")).toBe("Redis refuses to write: STRANGE");
});

import { randomBytes } from "node:crypto";
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { expect } from "vitest";

import { openBase } from "../../../../src/admin/base.ts";
import { createLogger } from "../../../../src/shared/logger.ts";
import { createReleaseStack } from "../../../../src/shared/release-stack.ts";
import { startApp } from "../../../../src/app/app.ts";
import { openErasureKey } from "../../../../src/store/sealing/erasure-key.ts";
import {
  destroyLeaves,
  findErasureKey,
  takeOverPunctures,
} from "../../../../src/store/sealing/find-erasure-key.ts";
import { eventually } from "../../../support/harness.ts";
import { temporaryFolder } from "../../../support/redis-process.ts";
import { test } from "../../../support/redis-test.ts";
import { testConfig } from "../../../support/test-config.ts";

const IDENTITY = Buffer.alloc(32, 7);
const options = { identityKey: IDENTITY, elapsedMs: () => 0 };

test("a service makes one and the installation remembers which; a command makes none", async ({
  redis,
  keys,
}) => {
  using home = temporaryFolder();
  const folder = join(home.path, "keys");
  const find = async (mayMake: boolean) => await findErasureKey(redis, keys, { ...options, folder, mayMake });

  expect(await find(false)).toBeUndefined();
  expect(existsSync(folder)).toBe(false);
  const made = await find(true);
  expect((await find(false))?.fingerprint).toBe(made?.fingerprint);
  expect((await find(true))?.fingerprint).toBe(made?.fingerprint);
  expect(await redis.hget(keys.installation, "erasure")).toBe(made?.fingerprint);
});

test("one that is lost, another's, or not wanted any more is refused with the remedy; its copy is taken", async ({
  redis,
  keys,
}) => {
  using home = temporaryFolder();
  const [folder, copy, other] = ["keys", "copy", "other"].map((name) => join(home.path, name)) as [
    string,
    string,
    string,
  ];
  await findErasureKey(redis, keys, { ...options, folder, mayMake: true });
  cpSync(folder, copy, { recursive: true });
  rmSync(folder, { recursive: true });

  for (const mayMake of [true, false]) {
    await expect(findErasureKey(redis, keys, { ...options, folder, mayMake })).rejects.toMatchObject({
      code: "setup_refused",
      message: `${folder}/erasure-key is missing, and what is kept cannot be read without it: run this in the folder that the service runs in, or put its copy back; if there is none, begin anew with an empty Redis (docs/operations.md#the-erasure-key)`,
    });
    await expect(
      findErasureKey(redis, keys, { ...options, folder: undefined, mayMake }),
    ).rejects.toMatchObject({
      code: "setup_refused",
      message:
        "keys_folder is none, but what is kept is sealed with an erasure key: name its folder (docs/operations.md#the-erasure-key)",
    });
  }
  expect(existsSync(folder)).toBe(false);

  const installed = await redis.hget(keys.installation, "erasure");
  await redis.hdel(keys.installation, "erasure");
  await findErasureKey(redis, keys, { ...options, folder: other, mayMake: true });
  await redis.hset(keys.installation, "erasure", installed ?? "");
  for (const mayMake of [true, false]) {
    await expect(findErasureKey(redis, keys, { ...options, folder: other, mayMake })).rejects.toThrow(
      `${other}/erasure-key is the erasure key of another installation`,
    );
  }
  expect((await findErasureKey(redis, keys, { ...options, folder: copy, mayMake: true }))?.fingerprint).toBe(
    installed,
  );
});

test("without one wanted there is none, and nothing is written down", async ({ redis, keys }) => {
  expect(await findErasureKey(redis, keys, { ...options, folder: undefined, mayMake: true })).toBeUndefined();
  expect(await redis.exists(keys.installation)).toBe(0);
});

test("a process with a file of its own destroys what another destroyed, also in an older copy of the file", async ({
  redis,
  keys,
}) => {
  using home = temporaryFolder();
  const [here, there] = [join(home.path, "here"), join(home.path, "there")];
  const mine = await findErasureKey(redis, keys, { ...options, folder: here, mayMake: true });
  if (!mine) throw new Error("it was made");
  cpSync(here, there, { recursive: true });
  const theirs = openErasureKey({ ...options, folder: there });
  const leaf = mine.leafOf("northside", "42");

  await destroyLeaves(redis, keys, mine, [leaf]);
  expect(theirs.isPunctured(leaf)).toBe(false);
  // What somebody else wrote there is not taken for the name of a leaf.
  await redis.sadd(keys.punctured, "nonsense", randomBytes(40).toString("hex"));
  await takeOverPunctures(redis, keys, theirs);

  expect(theirs.isPunctured(leaf)).toBe(true);
  expect(openErasureKey({ ...options, folder: there }).isPunctured(leaf)).toBe(true);
  expect(theirs.isPunctured(theirs.leafOf("northside", "43"))).toBe(false);
});

test("a running service follows, and a service without the file does not start", async ({
  address,
  prefix,
}) => {
  using home = temporaryFolder();
  const [here, there] = [join(home.path, "here"), join(home.path, "there")];
  const encryptionKey = randomBytes(32).toString("base64");
  const configOf = (folder: string) =>
    testConfig(
      { accounts: {}, endpoints: {}, settings: { keys_folder: folder, roles: ["dispatch"] } },
      encryptionKey,
    );
  const logger = createLogger("silent");
  const running = await startApp({ config: configOf(here), logger, prefix, redis: address });
  await running[Symbol.asyncDispose]();
  cpSync(here, there, { recursive: true });
  await using _app = await startApp({ config: configOf(here), logger, prefix, redis: address });
  await using stack = createReleaseStack();
  const base = await openBase(stack, { config: configOf(there), logger, prefix }, address);
  if (!base.erasureKey) throw new Error("there is one");
  const leaf = base.erasureKey.leafOf("northside", "42");

  await destroyLeaves(base.redis, base.keys, base.erasureKey, [leaf]);

  // Nobody but the running service writes this file.
  const inFile = (): boolean =>
    openErasureKey({ identityKey: base.identityKey, elapsedMs: () => 0, folder: here }).isPunctured(leaf);
  await eventually(() => inFile() || undefined);
  await expect(
    startApp({ config: configOf(join(home.path, "new")), logger, prefix, redis: address }),
  ).rejects.toThrow("new/erasure-key is missing, and what is kept cannot be read without it");
}, 300_000);

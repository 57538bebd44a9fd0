import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { judgeOpenness } from "../../../src/cli/doctor/judge-openness.ts";
import { SetupError } from "../../../src/shared/errors.ts";
import { closeFolder, dataFolder, keysFolder } from "../../../src/store/redis/own-folder.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { makeWritable } from "../../../src/store/redis/writable-folder.ts";
import { makeErasureKey } from "../../../src/store/sealing/erasure-key.ts";
import { modeOf, openBelow, openFolder } from "../../support/folder-modes.ts";
import { redisProgram, temporaryFolder } from "../../support/redis-process.ts";

test.each(["0755", "0750", "0777", "0711", "1777", "2770"])(
  "a data folder of mode %s is closed when the service starts, with what is in it, and that is told once",
  async (mode) => {
    using folder = temporaryFolder();
    const home = openFolder(join(folder.path, "data"), Number.parseInt(mode, 8));
    mkdirSync(join(home, "appendonlydir"), { mode: 0o755 });
    writeFileSync(join(home, "redis.log"), "a line", { mode: 0o644 });
    writeFileSync(join(home, "not-ours.txt"), "a note", { mode: 0o644 });
    chmodSync(join(home, "not-ours.txt"), 0o644);
    const notices: string[] = [];
    const onNotice = (notice: string): void => void notices.push(notice);
    const told = `the data folder ${home} was open to others (${mode}) and is closed now (0700)`;
    {
      await using _server = await startPrivateRedis(home, redisProgram(), { onNotice });
      expect(notices).toEqual([expect.stringContaining(told)]);
      expect(modeOf(home)).toBe("700");
      // What somebody else has put there is left as it is: behind the closed folder nobody comes to it.
      expect(openBelow(home)).toEqual([join(home, "not-ours.txt")]);
    }
    await using _again = await startPrivateRedis(home, redisProgram(), { onNotice });
    expect(notices).toHaveLength(1);
  },
);

test("what the server writes is for its user alone from the first moment on", async () => {
  using folder = temporaryFolder();
  const before = process.umask(0o000);
  try {
    const home = join(folder.path, "data");
    await using _server = await startPrivateRedis(home, redisProgram());
    expect(readdirSync(join(home, "appendonlydir")).length).toBeGreaterThan(0);
    expect(openBelow(folder.path)).toEqual([]);
  } finally {
    process.umask(before);
  }
});

test("a key that others could read is theirs no more", async () => {
  using folder = temporaryFolder();
  await makeErasureKey(folder.path);
  const path = join(folder.path, "erasure-key");
  expect(closeFolder(keysFolder(folder.path))).toBeUndefined();
  chmodSync(path, 0o644);
  expect(closeFolder(keysFolder(folder.path))).toMatch(/could be read by others, and cannot now/);
  expect(modeOf(path)).toBe("600");
});

/** A folder of another user's, and who we are while we look at it. */
function anothers(folder: string): { readonly path: string } & Disposable {
  const uid = process.geteuid?.();
  if (uid !== 0) return { path: "/usr", [Symbol.dispose]: () => undefined };
  const path = openFolder(join(folder, "data"), 0o777);
  chownSync(path, 1, 1);
  chmodSync(folder, 0o755);
  process.seteuid?.(65_534);
  return { path, [Symbol.dispose]: () => process.seteuid?.(0) };
}

test("one of another user's is refused in one sentence, with the remedy, and by check too", () => {
  using folder = temporaryFolder();
  using other = anothers(folder.path);
  for (const own of [dataFolder(other.path), keysFolder(other.path)]) {
    expect(() => closeFolder(own)).toThrow(SetupError);
    expect(() => closeFolder(own)).toThrow(
      /^the .* is open to others \(\d+\): it belongs to user \d+ and the service is \d+: chown \d+ \S+, or set \w+ to a folder/,
    );
    expect(judgeOpenness(own)).toEqual([expect.objectContaining({ verdict: "FAIL" })]);
  }
});

test("a folder in which others live is not closed under them, and one that is closed may hold anything", () => {
  using folder = temporaryFolder();
  const home = openFolder(join(folder.path, "var"), 0o755);
  mkdirSync(join(home, "mail"));
  expect(() => closeFolder(dataFolder(home))).toThrow(/it holds other things \(mail\): set data_folder to/);
  expect(modeOf(home)).toBe("755");
  chmodSync(home, 0o700);
  expect(closeFolder(dataFolder(home))).toBeUndefined();
});

test("a link in it is not followed", () => {
  using folder = temporaryFolder();
  const home = openFolder(join(folder.path, "data"), 0o755);
  const target = join(folder.path, "target");
  writeFileSync(target, "x");
  chmodSync(target, 0o644);
  symlinkSync(target, join(home, "redis.log"));
  closeFolder(dataFolder(home));
  expect(modeOf(home)).toBe("700");
  expect(modeOf(target)).toBe("644");
});

test("where nothing can be made is said at once", () => {
  expect(() => makeWritable("/proc/cliniko-webhooks/deep", "owner.lock")).toThrow(
    "the data folder /proc/cliniko-webhooks/deep cannot be written to: no folder can be made there: set data_folder to another one",
  );
});

import {
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { SetupError } from "../../../../src/shared/errors.ts";
import {
  type ErasureKey,
  makeErasureKey,
  openErasureKey,
  readErasureFingerprint,
} from "../../../../src/store/sealing/erasure-key.ts";
import { temporaryFolder } from "../../../support/redis-process.ts";

const IDENTITY = Buffer.alloc(32, 7);
const ACCOUNT = "northside";

let home: ReturnType<typeof temporaryFolder>;
let folder: string;
let clock = 0;

beforeEach(() => {
  home = temporaryFolder();
  folder = join(home.path, "keys");
  clock = 0;
});
afterEach(() => {
  home[Symbol.dispose]();
});

const open = (from = folder): ErasureKey =>
  openErasureKey({ folder: from, identityKey: IDENTITY, elapsedMs: () => clock });
const secretsOf = (key: ErasureKey): (string | undefined)[] =>
  ["1", "2", "3"].map((id) => key.secretOf(key.leafAt(ACCOUNT, id, 0))?.toString("hex"));

test("it is made once, for the service's user alone, and says which one it is", async () => {
  const fingerprint = await makeErasureKey(folder);

  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "erasure-key")).mode & 0o777).toBe(0o600);
  expect(await makeErasureKey(folder)).toBe(fingerprint);
  expect([readErasureFingerprint(folder), open().fingerprint]).toEqual([fingerprint, fingerprint]);
  expect(await makeErasureKey(join(home.path, "another"))).not.toBe(fingerprint);
  expect(readErasureFingerprint(join(home.path, "nowhere"))).toBeUndefined();
});

test("a destroyed leaf is gone here, in the file and after a start; the others are what they were", async () => {
  await makeErasureKey(folder);
  const key = open();
  const [first, second, third] = secretsOf(key);
  const before = key.state();

  await key.puncture([key.leafOf(ACCOUNT, "2")]);

  expect(secretsOf(key)).toEqual([first, undefined, third]);
  expect(secretsOf(open())).toEqual([first, undefined, third]);
  expect(second).toHaveLength(64);
  expect(key.state()).not.toBe(before);
  // The next generation of the same patient is another leaf.
  expect(key.generationOf(ACCOUNT, "2")).toBe(1);
  expect(key.secretOf(key.leafOf(ACCOUNT, "2"))?.toString("hex")).not.toBe(second);
  expect(existsSync(join(folder, "erasure-key.new"))).toBe(false);
});

test.skipIf(process.getuid?.() !== 0)(
  "a command that root runs leaves the file to whose the folder is (needs root)",
  async () => {
    await makeErasureKey(folder);
    chownSync(folder, 1_234, 1_235);
    const key = open();

    await key.puncture([key.leafOf(ACCOUNT, "2")]);

    const { gid, mode, uid } = statSync(join(folder, "erasure-key"));
    expect([uid, gid, mode & 0o777]).toEqual([1_234, 1_235, 0o600]);
  },
);

test("what the file held before is written over", async () => {
  await makeErasureKey(folder);
  const path = join(folder, "erasure-key");
  // Another name for the same place on the disk: it shows what becomes of that.
  linkSync(path, join(home.path, "same place"));
  const former = readFileSync(path);
  const key = open();

  await key.puncture([key.leafOf(ACCOUNT, "2")]);

  expect(readFileSync(join(home.path, "same place"))).toEqual(Buffer.alloc(former.length));
});

test("what another process destroys is gone here within a second of use, and never comes back", async () => {
  await makeErasureKey(folder);
  const [mine, theirs] = [open(), open()];
  const [first, , third] = secretsOf(mine);
  await theirs.puncture([theirs.leafOf(ACCOUNT, "2")]);
  expect(secretsOf(mine)[1]).toHaveLength(64);

  clock += 1_000;

  expect(secretsOf(mine)).toEqual([first, undefined, third]);
  await Promise.all([
    mine.puncture([mine.leafAt(ACCOUNT, "1", 0)]),
    theirs.puncture([theirs.leafAt(ACCOUNT, "3", 0)]),
  ]);
  expect(secretsOf(open())).toEqual([undefined, undefined, undefined]);
});

test("who is known again right after is sealed for by a leaf that is there, in every process", async () => {
  await makeErasureKey(folder);
  const openNow = (): ErasureKey =>
    openErasureKey({ folder, identityKey: IDENTITY, elapsedMs: () => performance.now() });
  const [mine, theirs] = [openNow(), openNow()];
  // It has looked a moment before, and does not look again so soon.
  theirs.refresh();
  await mine.puncture([mine.leafOf(ACCOUNT, "2")]);

  await mine.settled();

  const leaf = theirs.leafOf(ACCOUNT, "2");
  expect([theirs.generationOf(ACCOUNT, "2"), mine.isPunctured(leaf)]).toEqual([1, false]);
});

test("a copy from before that is put back under a running process brings nothing back", async () => {
  await makeErasureKey(folder);
  cpSync(folder, join(home.path, "older"), { recursive: true });
  const key = open();
  await key.puncture([key.leafAt(ACCOUNT, "2", 0)]);
  cpSync(join(home.path, "older"), folder, { recursive: true });

  clock += 1_000;
  expect(secretsOf(key)[1]).toBeUndefined();
  await key.puncture([key.leafAt(ACCOUNT, "3", 0)]);

  expect(secretsOf(open())).toEqual([secretsOf(key)[0], undefined, undefined]);
});

test.each([
  ["half of it", (bytes: Buffer) => bytes.subarray(0, 40)],
  ["one bit", (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 30 ? byte ^ 1 : byte)))],
  ["all of it", () => Buffer.alloc(87)],
  ["its beginning", (bytes: Buffer) => Buffer.concat([Buffer.from("x"), bytes.subarray(1)])],
])("a file that has lost %s is refused, by name", async (_what, damage) => {
  await makeErasureKey(folder);
  const path = join(folder, "erasure-key");
  writeFileSync(path, damage(readFileSync(path)));

  expect(() => open()).toThrow(SetupError);
  expect(() => open()).toThrow(new RegExp(`^${path} is not an erasure key .*: put its copy back$`));
  await expect(makeErasureKey(folder)).rejects.toThrow(/is not an erasure key/);
});

test("where it cannot be written nothing is destroyed, and it says why", async () => {
  await makeErasureKey(folder);
  const key = open();
  const before = readFileSync(join(folder, "erasure-key"));
  // In the place that the next one is written to; a folder's mode does not stop root.
  mkdirSync(join(folder, "erasure-key.new", "in the way"), { recursive: true });

  const destroy = async (): Promise<void> => await key.puncture([key.leafAt(ACCOUNT, "2", 0)]);
  const tryIt = async (): Promise<void> => await key.assertWritable();
  for (const attempt of [tryIt, destroy]) {
    await expect(attempt()).rejects.toMatchObject({
      code: "setup_refused",
      message: expect.stringContaining(`the folder of the erasure key, ${folder}, cannot be used`) as string,
    });
  }
  expect(readFileSync(join(folder, "erasure-key"))).toEqual(before);
  expect(secretsOf(key)[1]).toHaveLength(64);

  rmSync(join(folder, "erasure-key.new"), { recursive: true });
  await key.assertWritable();
  expect(readFileSync(join(folder, "erasure-key"))).toEqual(before);
});

test("one that is gone, or was changed for another's, while it is used is not written", async () => {
  await makeErasureKey(folder);
  const key = open();
  rmSync(join(folder, "erasure-key"));
  await expect(key.puncture([key.leafAt(ACCOUNT, "2", 0)])).rejects.toThrow(/put its copy back/);
  await expect(key.assertWritable()).rejects.toThrow(/put its copy back/);
  expect(existsSync(join(folder, "erasure-key"))).toBe(false);

  await makeErasureKey(folder);
  const anothers = readFileSync(join(folder, "erasure-key"));
  await expect(key.puncture([key.leafAt(ACCOUNT, "2", 0)])).rejects.toThrow(/put its copy back/);
  expect(readFileSync(join(folder, "erasure-key"))).toEqual(anothers);
});

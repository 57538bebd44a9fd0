import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { forgetPatient, unforgetPatient } from "../../../src/admin/privacy/forget.ts";
import { checkForgotten } from "../../../src/cli/doctor/check-keys.ts";
import { isProven } from "../../../src/admin/privacy/prove-erased.ts";
import { startApp } from "../../../src/app/app.ts";
import { openBase } from "../../../src/admin/base.ts";
import { toError } from "../../../src/shared/errors.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { createReleaseStack } from "../../../src/shared/release-stack.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { rewriteAppendLog } from "../../../src/store/redis/rewrite-log.ts";
import { type DayWithPatient, startDayWithPatient, told } from "../../support/day-with-patient.ts";
import { eventually } from "../../support/harness.ts";
import { newestOf } from "../../support/newest-deliveries.ts";
import { openWithAllKeys } from "../../support/key-thief.ts";
import { redisProgram, temporaryFolder } from "../../support/redis-process.ts";
import { type Loot, search, stealFrom } from "../../support/thief.ts";

const ACCOUNT = "northside";
const PREFIX = "erased";
const CALLER = { id: "cli:ada", name: "ada", role: "admin" } as const;
const RUN = { signal: new AbortController().signal };

interface World extends DayWithPatient, AsyncDisposable {
  readonly folder: string;
  readonly data: string;
  readonly keys: string;
}

/** A service with a Redis of its own, and a patient it knows much of. */
async function startWorld(settings: object = {}): Promise<World> {
  const stack = createReleaseStack();
  const folder = temporaryFolder();
  stack.defer(() => folder[Symbol.dispose]());
  const [data, keys] = [join(folder.path, "data"), join(folder.path, "keys")];
  const server = stack.use(await startPrivateRedis(data, redisProgram()));
  const setup = await startDayWithPatient({
    address: { socketPath: server.socketPath },
    prefix: PREFIX,
    settings: { data_folder: data, keys_folder: keys, ...settings },
  });
  stack.use(setup.day);
  await setup.day.settled();
  return {
    ...setup,
    ...{ folder: folder.path, data, keys },
    [Symbol.asyncDispose]: async () => await stack[Symbol.asyncDispose](),
  };
}

function socketOf({ data }: World): string {
  return join(data, "redis.sock");
}

/** Everything that a copy of the data folder holds, once a Redis has read it. */
async function lootOf(copy: string): Promise<Loot[]> {
  await using server = await startPrivateRedis(copy, redisProgram());
  const redis = await connectRedis({ socketPath: server.socketPath }, 10_000);
  try {
    return await sealedIn(redis);
  } finally {
    redis.disconnect();
  }
}

/** What is sealed about patients; that nothing personal stands in clear anywhere else is another test's. */
async function sealedIn(redis: Parameters<typeof stealFrom>[0]): Promise<Loot[]> {
  const loot = await stealFrom(redis, PREFIX);
  return loot.filter(
    ({ where, bytes }) => /:(snapshots:\w+|bodies|attempts)$/.test(where) && bytes.length > 60,
  );
}

/** A copy that is whole: everything is in it, and Redis does not write meanwhile. */
async function copyData({ day, data, folder }: World, name: string): Promise<string> {
  expect(await rewriteAppendLog(day.base.redis, RUN.signal)).toBeUndefined();
  const copy = join(folder, name);
  cpSync(data, copy, {
    recursive: true,
    filter: (path) => !/\.(sock|pid|lock)$/.test(path),
  });
  return copy;
}

const filesOf = (folder: string): Loot[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => ({ where: name, bytes: readFileSync(join(parentPath, name)) }));

/** The stored things in which a reader with all keys finds these texts. */
function exhibits(loot: readonly Loot[], world: World, keys: string): Buffer[] {
  const { config } = world.day;
  return loot
    .filter((one) => search(openWithAllKeys([one], config, keys), world.texts).length > 0)
    .map(({ bytes }) => bytes);
}

test("what is forgotten opens with no key: not in Redis, not in the data folder, not in an older copy of it", async () => {
  await using world = await startWorld();
  const { day, data, folder, id, keys, texts } = world;
  const { base, config } = day;
  // Receivers' answers are among it.
  await eventually(async () => {
    const given = await newestOf(base, "echo", { since: 0, until: Number.MAX_SAFE_INTEGER }, 500);
    return (
      given.some(({ attempts }) => attempts.some(({ excerpt }) => excerpt?.includes("Wilhelmin"))) ||
      undefined
    );
  });
  const older = await copyData(world, "older");
  cpSync(keys, join(folder, "older-keys"), { recursive: true });
  const before = await lootOf(older);
  const kept = exhibits(before, world, keys);
  const places = new Set(
    before.filter(({ bytes }) => kept.includes(bytes)).map(({ where }) => where.replace(/^.*\}:/, "")),
  );
  expect([...places]).toEqual(
    expect.arrayContaining(["snapshots:patients", "snapshots:individual_appointments", "bodies", "attempts"]),
  );

  const { proof } = await forgetPatient(base, CALLER, { account: ACCOUNT, patientId: id }, RUN);

  expect(proof).toMatchObject({ key: "destroyed", opened: 0, disk: "rewritten", onDisk: 0 });
  expect(proof?.tried).toBeGreaterThanOrEqual(kept.length);
  expect(proof && isProven(proof)).toBe(true);
  // Redis as it is, the files of the data folder, and the copy from before.
  const now = await sealedIn(base.redis);
  const files = filesOf(data);
  const opened = {
    redis: search([...now, ...openWithAllKeys(now, config, keys)], texts).length,
    files: search(files, texts).length,
    older: search(openWithAllKeys(before, config, keys), texts).length,
    // Nothing that was sealed about the patient stands in the files any more, in one piece.
    standing: kept.filter((bytes) => files.some((file) => file.bytes.includes(bytes.subarray(-24)))).length,
  };
  console.info(
    `${kept.length} stored things told of the patient; of them ${JSON.stringify(opened)} can be read or found after forget`,
  );
  expect(opened).toEqual({ redis: 0, files: 0, older: 0, standing: 0 });
  // It would have been found: with the erasure key as it was, the older copy opens.
  expect(search(openWithAllKeys(before, config, join(folder, "older-keys")), texts).length).toBeGreaterThan(
    0,
  );
  // And what is about others still does.
  const others = now.filter(({ where }) => where.endsWith("snapshots:patients")).slice(0, 5);
  expect(exhibits(others, { ...world, texts: day.people.texts }, keys)).toHaveLength(5);
}, 300_000);

test("an older copy that is put back brings nobody back: the service starts, says so once, and reads on", async () => {
  await using world = await startWorld();
  const { appointmentId, day, id } = world;
  const { base, clinic, config, receiver } = day;
  const older = await copyData(world, "older");
  await forgetPatient(base, CALLER, { account: ACCOUNT, patientId: id }, RUN);
  await day.app[Symbol.asyncDispose]();
  await using server = await startPrivateRedis(older, redisProgram());
  const lines: string[] = [];
  const logger = createLogger("info", { write: (line) => void lines.push(line) });
  const address = { socketPath: server.socketPath };

  await using app = await startApp({ config, logger, prefix: PREFIX, redis: address });
  await using stack = createReleaseStack();
  const again = await openBase(stack, { config, logger: createLogger("silent"), prefix: PREFIX }, address);

  expect(lines.filter((line) => line.includes("came back with an older copy of Redis"))).toHaveLength(1);
  expect(await again.redis.hexists(again.keys.snapshots(ACCOUNT, "patients"), id)).toBe(0);
  expect(await again.tombstones.find(ACCOUNT, id)).toMatchObject({ patientId: id, sequence: 1 });
  const from = Math.floor(Date.now() / 1_000) + 1;
  const [visits, others] = [told(day, appointmentId).length, receiver.callbacks.length];
  clinic.desk.changePatient(id, { notes: "Grimsditch came back" });
  clinic.desk.touch(appointmentId);
  const [other] = day.seeded.patientIds;
  clinic.desk.changePatient(other ?? "", { occupation: "Lighthouse keeper" });
  await eventually(() => told(day, other ?? "").length > 0 || undefined);
  await eventually(async () => {
    const status = await app.status();
    return status.every(({ cursor }) => cursor?.phase === "live" && cursor.watermark >= from) || undefined;
  });
  clinic.desk.move(appointmentId, clinic.now() + 3 * 86_400_000);
  const moved = await eventually(() => told(day, appointmentId)[visits]);
  expect(moved).toMatchObject({ type: "appointment.rescheduled", data: { object: { patient: null } } });
  const since = receiver.callbacks.slice(others).map(({ body }) => body);
  expect(since.filter((body) => body.includes("Grimsditch"))).toEqual([]);
  // Whoever wants them back can have them.
  expect(await unforgetPatient(again, CALLER, { account: ACCOUNT, patientId: id })).toBe(true);
  expect(await eventually(() => told(day, id).find(({ type }) => type === "patient.restored"))).toMatchObject(
    {
      data: { object: { notes: "Grimsditch came back" } },
    },
  );
}, 300_000);

test("who is known again can be forgotten again, and neither time opens afterwards", async () => {
  await using world = await startWorld();
  const { day, id, keys } = world;
  const { base, clinic, config } = day;
  const of = { account: ACCOUNT, patientId: id };
  const first = await lootOf(await copyData(world, "first"));
  await forgetPatient(base, CALLER, of, RUN);
  const size = readFileSync(join(keys, "erasure-key")).length;
  // Again, it destroys nothing more.
  expect((await forgetPatient(base, CALLER, of, RUN)).proof).toMatchObject({ key: "destroyed", tried: 0 });
  expect(readFileSync(join(keys, "erasure-key"))).toHaveLength(size);

  await unforgetPatient(base, CALLER, of);
  clinic.desk.changePatient(id, { notes: "Grimsditch rang a third time" });
  await eventually(() => told(day, id).find(({ data }) => JSON.stringify(data).includes("a third time")));
  await day.settled();
  const second = await lootOf(await copyData(world, "second"));
  expect(search(openWithAllKeys(second, config, keys), ["a third time"]).length).toBeGreaterThan(0);
  const again = await forgetPatient(base, CALLER, of, RUN);

  expect(again.proof && isProven(again.proof)).toBe(true);
  expect(again.proof?.tried).toBeGreaterThan(0);
  const texts = [...world.texts, "a third time"];
  for (const loot of [first, second, await sealedIn(base.redis)])
    expect(search(openWithAllKeys(loot, config, keys), texts)).toEqual([]);
}, 300_000);

test("stopped at any step it is ended by the next run, and two at once do both", async () => {
  await using world = await startWorld();
  const { day, id, keys } = world;
  const { base, config } = day;
  const of = { account: ACCOUNT, patientId: id };
  const older = await lootOf(await copyData(world, "older"));
  for (const step of ["records", "events", "proving"] as const) {
    const killed = forgetPatient(base, CALLER, of, {
      ...RUN,
      onProgress: (at) => {
        if (at.step === step) throw new Error(`killed at ${step}`);
      },
    });
    await expect(killed).rejects.toThrow(`killed at ${step}`);
  }
  // Everything is erased but the key: that is the step that makes it so everywhere.
  expect(search(openWithAllKeys(older, config, keys), world.texts).length).toBeGreaterThan(0);
  const other = { account: ACCOUNT, patientId: day.seeded.patientIds[0] ?? "" };

  const [mine, others] = await Promise.all(
    [of, other].map(async (one) => await forgetPatient(base, CALLER, one, RUN)),
  );

  expect([mine?.proof?.key, others?.proof?.key]).toEqual(["destroyed", "destroyed"]);
  expect(others?.proof).toMatchObject({ opened: 0 });
  expect(search(openWithAllKeys(older, config, keys), world.texts)).toEqual([]);
}, 300_000);

test("what was stopped half way is named, and finished by the next start of the service", async () => {
  await using world = await startWorld();
  const { day, id, keys } = world;
  const { base, config } = day;
  const of = { account: ACCOUNT, patientId: id };
  const older = await lootOf(await copyData(world, "older"));
  await day.app[Symbol.asyncDispose]();
  const killed = forgetPatient(base, CALLER, of, {
    ...RUN,
    onProgress: (at) => {
      if (at.step === "events") throw new Error("killed");
    },
  });
  await expect(killed).rejects.toThrow("killed");
  const named = [expect.objectContaining({ verdict: "FAIL", what: `forgetting of ${ACCOUNT}/${id}` })];
  expect(await checkForgotten(base)).toEqual(named);
  expect(search(openWithAllKeys(await sealedIn(base.redis), config, keys), world.texts)).not.toEqual([]);

  const logger = createLogger("silent");
  await using _app = await startApp({
    config,
    logger,
    prefix: PREFIX,
    redis: { socketPath: socketOf(world) },
  });

  await eventually(async () => (await checkForgotten(base)).length === 0 || undefined);
  for (const loot of [older, await sealedIn(base.redis)])
    expect(search(openWithAllKeys(loot, config, keys), world.texts)).toEqual([]);
  const { events, deliveries } = await forgetPatient(base, CALLER, of, RUN);
  expect({ events, deliveries }).toEqual({ events: 0, deliveries: [] });
  const [, finished, begun] = await base.audit.newest(5);
  expect([finished, begun].map((line) => [line?.action, line?.actor.id])).toEqual([
    ["patient.forget", CALLER.id],
    ["patient.forget", CALLER.id],
  ]);
}, 300_000);

test("with an erasure key that cannot be written it says so, and changes nothing", async () => {
  await using world = await startWorld();
  const { day, id, keys } = world;
  const { base } = day;
  // In the place of the file that the next one is written to, so that root is refused too.
  mkdirSync(join(keys, "erasure-key.new", "in the way"), { recursive: true });

  const refused = await forgetPatient(base, CALLER, { account: ACCOUNT, patientId: id }, RUN).catch(toError);

  expect(refused).toMatchObject({ code: "setup_refused" });
  expect(toError(refused).message).toContain(`the folder of the erasure key, ${keys}, cannot be used`);
  expect(await base.tombstones.find(ACCOUNT, id)).toBeUndefined();
  expect(await base.redis.hexists(base.keys.snapshots(ACCOUNT, "patients"), id)).toBe(1);
  expect(await base.audit.newest(5)).toEqual([]);

  rmSync(join(keys, "erasure-key.new"), { recursive: true });
  const { proof } = await forgetPatient(base, CALLER, { account: ACCOUNT, patientId: id }, RUN);
  expect(proof).toMatchObject({ key: "destroyed", opened: 0 });
}, 300_000);

test("without an erasure key it does what can be done, and says what opens in a copy", async () => {
  await using world = await startWorld({ keys_folder: "none" });
  const { day, id } = world;

  const { proof } = await forgetPatient(day.base, CALLER, { account: ACCOUNT, patientId: id }, RUN);

  expect(proof).toMatchObject({ key: "no_erasure_key", disk: "rewritten", onDisk: 0 });
  expect(proof?.opened).toBe(proof?.tried);
  expect(proof?.tried).toBeGreaterThan(3);
  expect(proof && isProven(proof)).toBe(false);
  expect(search(filesOf(world.data), world.texts)).toEqual([]);
}, 300_000);

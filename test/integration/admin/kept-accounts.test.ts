import { expect } from "vitest";

import { findLeftAccounts, surveyAccount } from "../../../src/admin/accounts/kept-account.ts";
import { forgetPatient, surveyPatient, unforgetPatient } from "../../../src/admin/privacy/forget.ts";
import { refuseHalfRenamed, withLeftAccounts } from "../../../src/admin/privacy/left-at-start.ts";
import { toCaller } from "../../../src/admin/access/session-holders.ts";
import { visibleEndpoints } from "../../../src/admin/endpoints/find-endpoint.ts";
import type { Token } from "../../../src/store/access/token-store.ts";
import { sealAttempts } from "../../../src/store/outbox/sealed-attempts.ts";
import { settingsOf } from "../../support/endpoints.ts";
import { removeAccount } from "../../../src/admin/accounts/remove-account.ts";
import { renameAccount } from "../../../src/admin/accounts/rename-account.ts";
import type { Caller } from "../../../src/admin/access/caller.ts";
import { type App, startApp } from "../../../src/app/app.ts";
import { type Base, openBase } from "../../../src/admin/base.ts";
import { checkKeys } from "../../../src/cli/doctor/check-keys.ts";
import { isClean, sealAnew } from "../../../src/admin/privacy/rotate-encryption.ts";
import type { Config } from "../../../src/config/config.ts";
import { Secret } from "../../../src/config/secret.ts";
import { createEventLog } from "../../../src/store/events/event-log.ts";
import { type Keyring, createKeyring } from "../../../src/store/sealing/keyring.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { createReleaseStack } from "../../../src/shared/release-stack.ts";
import { createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../../src/sandbox/http/clinic-server.ts";
import { startReceiver } from "../../../src/sandbox/http/receiver.ts";
import { seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";
import type { RedisAddress } from "../../../src/store/redis/redis.ts";
import { createLogIndex } from "../../../src/store/events/log-index.ts";
import { copySnapshots } from "../../../src/store/detection/copy-snapshots.ts";
import { eventually } from "../../support/harness.ts";
import { test } from "../../support/redis-test.ts";
import { SECRET, testConfig } from "../../support/test-config.ts";

const OPERATOR: Caller = { id: "cli:root", name: "root", role: "admin" };
const RUN = { signal: new AbortController().signal };
const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString("base64");

// oxlint-disable-next-line typescript/explicit-function-return-type -- what a test needs, together
async function createWorld(address: RedisAddress, prefix: string) {
  const stack = createReleaseStack();
  const clinic = createClinic({ now: Date.now, seed: 5 });
  clinic.setRateLimit(100_000);
  seedClinic(clinic, { patients: 12, appointments: 20 });
  const server = stack.use(await startClinicServer(clinic));
  const receiving = { status: 204, refusals: 0 };
  const answer = (): number => {
    if (receiving.status !== 204) receiving.refusals += 1;
    return receiving.status;
  };
  const receiver = stack.use(await startReceiver({ secret: SECRET, answer }));
  const key = clinic.addKey();
  const configOf = (accounts: readonly string[]): Config =>
    testConfig(
      {
        accounts: Object.fromEntries(accounts.map((name) => [name, { key, baseUrl: server.url }])),
        endpoints: { crm: { url: receiver.url, settings: { accounts } } },
      },
      ENCRYPTION_KEY,
    );
  const lines: string[] = [];
  const logger = createLogger("info", { write: (line) => void lines.push(line) });
  return {
    clinic,
    receiving,
    lines,
    configOf,
    start: async (config: Config): Promise<App> => await startApp({ config, logger, redis: address, prefix }),
    open: async (config: Config): Promise<Base & AsyncDisposable> => {
      const opened = createReleaseStack();
      const base = await openBase(opened, { config, logger, prefix }, address);
      return Object.assign(base, {
        [Symbol.asyncDispose]: async () => {
          await opened[Symbol.asyncDispose]();
        },
      });
    },
    rename: (name: string): void => {
      const [patient] = clinic.desk.patients().filter((row) => row.archived_at === null);
      clinic.desk.renamePatient(patient?.id ?? "", name, "Quill");
    },
    told: (): string[] =>
      receiver.callbacks
        .map(({ body }) => JSON.parse(body) as { account: string; type: string; sequence: number })
        .filter(({ type }) => !type.startsWith("connection."))
        .map(({ account, sequence, type }) => `${account} ${type} ${sequence}`),
    [Symbol.asyncDispose]: async () => {
      await stack[Symbol.asyncDispose]();
    },
  };
}

async function live(app: App): Promise<void> {
  await eventually(async () =>
    (await app.status()).every(({ cursor }) => cursor?.phase === "live") ? true : undefined,
  );
}

test("a renamed account goes on without a first sync or a false event, and what was told before still arrives", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const first = await world.start(world.configOf(["old"]));
  await live(first);
  world.rename("Ada");
  await eventually(() => (world.told().length === 1 ? true : undefined));
  // One more waits when the service stops.
  world.receiving.status = 503;
  world.rename("Bea");
  await eventually(() => (world.receiving.refusals > 0 ? true : undefined));
  await first[Symbol.asyncDispose]();

  const config = world.configOf(["new"]);
  {
    await using base = await world.open(config);
    expect(await findLeftAccounts(base)).toMatchObject([{ account: "old", configured: false, waiting: 1 }]);
    await base.redis.hset(base.keys.renamedAccounts, "old", "new unfinished");
    await expect(refuseHalfRenamed(base)).rejects.toThrow(/1 problem/);
    // Whatever else is done to either name would lose the half that is under the other.
    const more = { ...base, config: world.configOf(["new", "other"]) };
    const finishIt = expect.stringContaining("accounts rename old new") as string;
    expect(await renameAccount(more, OPERATOR, { from: "old", to: "other" }, RUN)).toMatchObject({
      kind: "refused",
      remedy: finishIt,
    });
    for (const name of ["old", "new"]) {
      await expect(removeAccount(more, OPERATOR, name, RUN)).rejects.toMatchObject({
        problems: [{ remedy: finishIt }],
      });
    }
    // Killed when one kind of record had moved and the others had not: the same command finishes it.
    const { records } = await surveyAccount(base, "old");
    const patients = { from: "old", to: "new", resource: "patients" };
    await copySnapshots(base.redis, base.keys, base.keyring, patients);
    await base.redis.unlink(base.keys.snapshots("old", "patients"));
    expect((await surveyAccount(base, "old")).records).toBeLessThan(records);
    expect(await renameAccount(base, OPERATOR, { from: "old", to: "new" }, RUN)).toMatchObject({
      kind: "renamed",
    });
    await refuseHalfRenamed(base);
    // What was told stays where it is, and so does what it is found by; the new name begins with nothing.
    const index = createLogIndex(base.redis, base.keys);
    const told = await base.log.read("old", undefined, 100);
    expect(told.length).toBeGreaterThan(0);
    for (const entry of told) expect(await index.find("old", entry.eventId)).toEqual(entry);
    expect(await index.find("new", told[0]?.eventId ?? "")).toBeUndefined();
    expect((await surveyAccount(base, "old")).records).toBe(0);
    expect((await surveyAccount(base, "new")).records).toBe(records);
  }
  world.receiving.status = 204;
  world.rename("Cleo");
  const second = await world.start(config);
  await eventually(() => (world.told().length === 3 ? true : undefined));
  await live(second);
  await second[Symbol.asyncDispose]();
  expect(world.told().toSorted()).toEqual([
    "new patient.updated 3",
    "old patient.updated 1",
    "old patient.updated 2",
  ]);
});

test("a rename is refused where it could do harm", async ({ address, prefix }) => {
  await using world = await createWorld(address, prefix);
  const app = await world.start(world.configOf(["old"]));
  await live(app);
  const names = { from: "old", to: "new" };
  {
    await using base = await world.open(world.configOf(["old", "new"]));
    expect(await renameAccount(base, OPERATOR, names, RUN)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("still names old") as string,
    });
  }
  {
    await using base = await world.open(world.configOf(["new"]));
    expect(await renameAccount(base, OPERATOR, names, RUN)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("a service is running") as string,
    });
    const [service] = await base.processes.list();
    await app[Symbol.asyncDispose]();
    const before = await surveyAccount(base, "old");
    expect(await renameAccount(base, OPERATOR, { from: "odd", to: "new" }, RUN)).toMatchObject({
      message: expect.stringContaining("nothing is kept of odd") as string,
    });
    await base.redis.hset(base.keys.cursor("new", "patients"), { phase: "live", watermark: 1 });
    expect(await renameAccount(base, OPERATOR, names, RUN)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("kept of new already") as string,
    });
    expect(await surveyAccount(base, "old")).toEqual(before);
    await base.redis.unlink(base.keys.cursor("new", "patients"));

    // One that begins in this very moment: it is seen before anything moves, and finds nothing half done.
    const answers = [[], service ? [service] : []];
    const processes = { ...base.processes, list: async () => answers.shift() ?? [] };
    expect(await renameAccount({ ...base, processes }, OPERATOR, names, RUN)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("a service is running") as string,
    });
    expect(await surveyAccount(base, "old")).toEqual(before);
    await refuseHalfRenamed(base);
  }
});

test("an account that has left the configuration is not removed while a process goes on reading it", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const app = await world.start(world.configOf(["keep", "old"]));
  await live(app);
  await using base = await world.open(world.configOf(["keep"]));
  const before = await surveyAccount(base, "old");
  await expect(removeAccount(base, OPERATOR, "old", RUN)).rejects.toMatchObject({
    problems: [{ message: expect.stringMatching(/^process \d+ on .+ still reads old: /) as string }],
  });
  expect((await surveyAccount(base, "old")).records).toBe(before.records);
  await app[Symbol.asyncDispose]();

  await using _other = await world.start(world.configOf(["keep"]));
  await removeAccount(base, OPERATOR, "old", RUN);
  expect(await surveyAccount(base, "old")).toMatchObject({ isEmpty: true });
});

test("nothing is sealed anew while a process seals with another key, nor called clean when one has begun to", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const former = world.configOf(["keep"]);
  const [k1] = former.encryptionKeys;
  const k2 = { id: "k2", key: new Secret(Buffer.alloc(32, 8).toString("base64")) };
  const config = { ...former, encryptionKeys: [k2, ...former.encryptionKeys] };
  const still = {
    problems: [{ message: expect.stringMatching(new RegExp(`seals with ${k1?.id}$`)) as string }],
  };
  const run = { ...RUN, onProgress: () => undefined };
  const app = await world.start(former);
  await live(app);
  await using base = await world.open(config);
  await expect(sealAnew(base, OPERATOR, run)).rejects.toMatchObject(still);
  // What it works with is as it was.
  expect(
    (await checkKeys({ ...base, keyring: createKeyring(former.encryptionKeys, base.erasureKey) })).verdict,
  ).toBe("ok");
  const [behind] = await base.processes.list();
  await app[Symbol.asyncDispose]();

  const answers = [[], behind ? [behind] : []];
  const processes = { ...base.processes, list: async () => answers.shift() ?? [] };
  await expect(sealAnew({ ...base, processes }, OPERATOR, run)).rejects.toMatchObject(still);
  await using _other = await world.start(config);
  expect((await sealAnew(base, OPERATOR, run)).parts.every(isClean)).toBe(true);
});

test("a removed account is counted, then erased whole; one that stays configured begins anew, silently", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const app = await world.start(world.configOf(["keep", "old"]));
  await live(app);
  world.rename("Ada");
  await eventually(() => (world.told().length === 2 ? true : undefined));
  await using base = await world.open(world.configOf(["keep", "old"]));
  // What was answered a moment ago has yet to be written down.
  const before = await eventually(async () => {
    const survey = await surveyAccount(base, "old");
    return survey.waiting === 0 ? survey : undefined;
  });
  expect(before).toMatchObject({ configured: true, isEmpty: false });
  expect(before.records).toBeGreaterThan(30);
  expect(await surveyAccount(base, "old")).toEqual(before);

  await removeAccount(base, OPERATOR, "old", RUN);
  await live(app);
  world.rename("Bea");
  await eventually(() => (world.told().length >= 4 ? true : undefined));
  await app[Symbol.asyncDispose]();
  expect(world.told().toSorted()).toEqual([
    "keep patient.updated 1",
    "keep patient.updated 2",
    "old patient.updated 1",
    "old patient.updated 1",
  ]);

  await using after = await world.open(world.configOf(["keep"]));
  await removeAccount(after, OPERATOR, "old", RUN);
  expect(await surveyAccount(after, "old")).toMatchObject({ isEmpty: true });
  expect(await findLeftAccounts(after)).toEqual([]);
  expect(await after.redis.keys(`${prefix}:{old}:*`)).toEqual([]);
  expect((await surveyAccount(after, "keep")).records).toBe(before.records);
});

test("what was committed of an account that left the configuration is still delivered, and a start names it", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const reading = { ...world.configOf(["keep", "old"]), roles: ["poll"] as const };
  const first = await world.start(reading);
  await live(first);
  world.rename("Ada");
  await using base = await world.open(world.configOf(["keep", "old"]));
  await eventually(async () => ((await surveyAccount(base, "old")).events > 4 ? true : undefined));
  await first[Symbol.asyncDispose]();
  expect(world.told()).toEqual([]);
  // What asked for it to be given on is lost, as with a Redis that went back.
  await base.redis.unlink(...(await base.redis.keys(`${prefix}:queue:{route}:route:*`)));

  const second = await world.start(world.configOf(["keep"]));
  await eventually(() => (world.told().length === 2 ? true : undefined));
  await second[Symbol.asyncDispose]();
  expect(world.told().toSorted()).toEqual(["keep patient.updated 1", "old patient.updated 1"]);
  expect(world.lines.join("")).toContain("account is kept but not configured");
});

/** One that was told of under the name `old`, and is called `new` now. Resolves to the patient and the event. */
async function renameTold(
  world: Awaited<ReturnType<typeof createWorld>>,
): Promise<{ readonly patientId: string; readonly eventId: string }> {
  const app = await world.start(world.configOf(["old"]));
  await live(app);
  world.rename("Ada");
  await eventually(() => (world.told().length === 1 ? true : undefined));
  await app[Symbol.asyncDispose]();
  await using base = await world.open(world.configOf(["new"]));
  expect(await renameAccount(base, OPERATOR, { from: "old", to: "new" }, RUN)).toMatchObject({
    kind: "renamed",
  });
  const told = (await base.log.read("old", undefined, 100)).find(({ subject }) => subject === "patient");
  return { patientId: told?.record ?? "", eventId: told?.eventId ?? "" };
}

test("whoever is forgotten after their account was renamed is forgotten under its former name as well", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const { eventId, patientId } = await renameTold(world);
  await using base = await world.open(world.configOf(["new"]));
  const sealed = await base.redis.hgetBuffer(base.keys.bodies("old"), eventId);
  expect(sealed && base.keyring.isErased(sealed)).toBe(false);
  const of = { account: "new", patientId };
  expect(await surveyPatient(base, of, RUN)).toMatchObject({ events: 1 });

  expect(await forgetPatient(base, OPERATOR, of, RUN)).toMatchObject({
    events: 1,
    deliveries: [{ endpoint: "crm", delivered: 1 }],
    proof: { key: "destroyed", opened: 0 },
  });
  expect(await base.log.readEvent("old", eventId)).toBeUndefined();
  // A copy from before does not open either.
  expect(sealed && base.keyring.isErased(sealed)).toBe(true);
});

test("a former encryption key is needed by nothing of accounts that were renamed or have left the configuration", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const { eventId } = await renameTold(world);
  // The account has left the file since; one event of it stands under each of its names.
  const next = Buffer.alloc(32, 8).toString("base64");
  const ring = (...ids: readonly string[]): Keyring =>
    createKeyring(
      ids.map((id) => ({ id, key: new Secret(id === "k2" ? next : ENCRYPTION_KEY) })),
      erasureKey,
    );
  const gone = world.configOf(["keep"]);
  await using base = await world.open(gone);
  const { erasureKey, keys, redis } = base;
  expect((await checkKeys(base)).detail).toMatch(/^[1-9]\d* records looked at open, all sealed/);
  const both = { ...base, keyring: ring("k2", "k1") };
  expect((await checkKeys(both)).detail).toContain("sealed with a former key");

  const rotated = await sealAnew(both, OPERATOR, { ...RUN, onProgress: () => undefined });
  expect(rotated.parts.every(isClean)).toBe(true);
  expect(rotated.parts.map(({ what }) => what)).toEqual(["endpoints", "new", "old"]);
  const without = ring("k2");
  expect((await checkKeys({ ...base, keyring: without })).verdict).toBe("ok");
  expect(await createEventLog(redis, keys, without).readEvent("old", eventId)).toMatchObject({ id: eventId });
});

test("a subscriber's tokens and endpoints go with an account that is renamed", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const app = await world.start(world.configOf(["old"]));
  await live(app);
  await app[Symbol.asyncDispose]();
  await using base = await world.open(world.configOf(["new"]));
  const given = { name: "crm", role: "subscriber", subscriber: "crm", sensitive: false } as const;
  const { secret } = await base.tokens.create({ ...given, accounts: ["old"] });
  const { secret: other } = await base.tokens.create({ ...given, accounts: ["elsewhere"] });
  const revoked = await base.tokens.create({ ...given, accounts: ["old"] });
  await base.tokens.revoke(revoked.token.id);
  const { signingKeys } = (await base.endpoints.list())[0] ?? {};
  const settings = { ...settingsOf({ url: "https://crm.example.com/" }), accounts: ["old"] };
  const made = { id: "ep_1", source: "api", owner: "crm", settings, signingKeys: signingKeys ?? [] } as const;
  await base.endpoints.create(made);

  await renameAccount(base, OPERATOR, { from: "old", to: "new" }, RUN);
  const token = await base.tokens.verify(secret);
  expect(token?.accounts).toEqual(["old", "new"]);
  expect(await visibleEndpoints(base, toCaller(token as Token, "req-1"))).toMatchObject([{ id: "ep_1" }]);
  expect((await base.tokens.verify(other))?.accounts).toEqual(["elsewhere"]);
  expect(await base.tokens.verify(revoked.secret)).toBeUndefined();
});

test("another clinic that takes an account's former name is given to nobody who had the former one", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  await renameTold(world);
  const both = world.configOf(["new", "old"]);
  await using base = await world.open(both);
  const given = { name: "crm", role: "subscriber", subscriber: "crm", sensitive: false } as const;
  const { secret } = await base.tokens.create({ ...given, accounts: ["old", "new"] });
  const { signingKeys } = (await base.endpoints.list())[0] ?? {};
  const settings = { ...settingsOf({ url: "https://crm.example.com/" }), accounts: ["old", "new"] };
  const made = { id: "ep_1", source: "api", owner: "crm", settings, signingKeys: signingKeys ?? [] } as const;
  await base.endpoints.create(made);

  // What was told of the former one is still kept: its readers would take the two for one.
  await expect(world.start(both)).rejects.toMatchObject({
    problems: [
      { path: "accounts.old", remedy: expect.stringContaining("accounts remove old --yes") as string },
    ],
  });
  await removeAccount(base, OPERATOR, "old", RUN);
  expect((await base.tokens.verify(secret))?.accounts).toEqual(["new"]);
  expect((await base.endpoints.read("ep_1"))?.settings.accounts).toEqual(["new"]);
  const [crm] = await withLeftAccounts({
    ...base,
    config: { ...both, endpoints: world.configOf(["new"]).endpoints },
  });
  expect(crm?.settings.accounts).toEqual(["new"]);
  await (await world.start(both))[Symbol.asyncDispose]();
});

test("whoever is forgotten stays so when their account begins anew, and not when it is gone", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const [patient] = world.clinic.desk.patients();
  const of = { account: "keep", patientId: patient?.id ?? "" };
  await using base = await world.open(world.configOf(["keep"]));
  await forgetPatient(base, OPERATOR, of, RUN);

  await removeAccount(base, OPERATOR, "keep", RUN);
  expect(await base.redis.hlen(base.keys.forgotten("keep"))).toBe(1);
  expect((await base.tombstones.read("keep")).has(of.patientId)).toBe(true);
  await using after = await world.open(world.configOf(["other"]));
  await removeAccount(after, OPERATOR, "keep", RUN);
  expect(await base.redis.exists(base.keys.forgotten("keep"))).toBe(0);
});

test("with an account what became of its events goes, also of those that have gone for their age, and who is known again stays known", async ({
  address,
  prefix,
}) => {
  await using world = await createWorld(address, prefix);
  const { eventId, patientId } = await renameTold(world);
  await using base = await world.open(world.configOf(["new"]));
  const of = { account: "new", patientId };
  await forgetPatient(base, OPERATOR, of, RUN);
  await unforgetPatient(base, OPERATOR, of);
  expect((await base.tombstones.read("new")).has(patientId)).toBe(false);
  const said = {
    at: Date.now(),
    durationMs: 1,
    outcome: "rejected",
    status: 500,
    trigger: "schedule",
  } as const;
  const attempts = [{ ...said, counts: true, excerpt: "Ada Quill is not known here" }];
  const sealed = sealAttempts(base.keyring, "crm", eventId, attempts);
  await base.redis.hset(base.keys.outbox("crm").attempts, eventId, sealed);
  expect(JSON.stringify(await base.deliveries.read("crm", eventId))).toContain("Ada Quill");

  await removeAccount(base, OPERATOR, "old", RUN);
  expect(await base.deliveries.read("crm", eventId)).toBeUndefined();
  expect(await base.redis.hexists(base.keys.outbox("crm").attempts, eventId)).toBe(0);
  // What begins anew may be told under an id that was given before.
  const again = { eventId, subject: "patient", record: patientId, transitions: ["updated"], at: Date.now() };
  expect(await base.outbox.add("crm", "old", [{ ...again, order: undefined }])).toBe(1);
  await removeAccount(base, OPERATOR, "new", RUN);
  expect((await base.tombstones.read("new")).has(patientId)).toBe(false);
});

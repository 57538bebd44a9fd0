import { expect } from "vitest";

import { openBase } from "../../../../src/admin/base.ts";
import { findSealedToNobody, sealToPatients } from "../../../../src/admin/privacy/seal-to-patients.ts";
import { findLeftDeliveries } from "../../../../src/admin/privacy/left-deliveries.ts";
import { createLogger } from "../../../../src/shared/logger.ts";
import { createReleaseStack } from "../../../../src/shared/release-stack.ts";
import { sealSnapshot } from "../../../../src/store/detection/account-store.ts";
import { sealEvent } from "../../../../src/store/events/event-log.ts";
import { createKeyring } from "../../../../src/store/sealing/keyring.ts";
import { rotateKeys } from "../../../../src/store/sealing/key-rotation.ts";
import { createDeliveryLog } from "../../../../src/store/outbox/delivery-log.ts";
import { createOutbox } from "../../../../src/store/outbox/outbox.ts";
import { sealedPartOf } from "../../../../src/store/detection/snapshot-codec.ts";
import { resources } from "../../../../src/resources/registry.ts";
import { test } from "../../../support/redis-test.ts";
import { eventOf, keyringOf, snapshotOf } from "../../../support/stored-things.ts";
import { testConfig } from "../../../support/test-config.ts";
import { ringWith, testLeaves } from "../../../support/test-leaves.ts";

const ACCOUNT = "northside";
const SIGNAL = new AbortController().signal;
const RESOURCES = Object.keys(resources);
const visitOf = (patient: string | null) =>
  snapshotOf(
    Object.keys(resources.individual_appointments.fields).map((name) =>
      name === "patient" ? patient : null,
    ),
  );
const tellingOf = (id: string, patients: readonly [now: string | null, before?: string]) => {
  const link = (patient: string | null) =>
    patient && { links: { self: `https://api.au1.cliniko.com/v1/patients/${patient}` } };
  const [now, before] = patients;
  return eventOf({
    id,
    data: {
      object: { patient: link(now) },
      previous: before === undefined ? {} : { patient: link(before) },
      changed: [],
      transitions: ["updated"],
    },
  });
};

test("what was kept before there was an erasure key is sealed to whom it is about, once, and what is about nobody stays", async ({
  address,
  prefix,
}) => {
  await using stack = createReleaseStack();
  const config = testConfig({
    accounts: { [ACCOUNT]: { key: "key-au1", baseUrl: "http://127.0.0.1:1" } },
    endpoints: {},
  });
  const base = await openBase(stack, { config, logger: createLogger("silent"), prefix }, address);
  const { keyring, keys, redis } = base;
  const former = createKeyring(config.encryptionKeys);
  const place = (resource: string, id: string) => ({ account: ACCOUNT, resource, id });
  const put = async (resource: string, id: string, snapshot: ReturnType<typeof visitOf>): Promise<void> =>
    void (await redis.hset(
      keys.snapshots(ACCOUNT, resource),
      id,
      sealSnapshot(former, place(resource, id), snapshot),
    ));
  await put("patients", "42", snapshotOf(["Ada"]));
  await put("individual_appointments", "7", visitOf("42"));
  await put("individual_appointments", "8", visitOf(null));
  const events = [
    tellingOf("evt_moved", ["42", "43"]),
    tellingOf("evt_hers", ["42"]),
    tellingOf("evt_nobodys", [null]),
    eventOf({ id: "evt_patient", subject: { type: "patient", id: "42" } }),
  ];
  for (const event of events) await redis.hset(keys.bodies(ACCOUNT), event.id, sealEvent(former, event));
  const leavesNow = async (): Promise<Record<string, number>> => {
    const snapshot = async (resource: string, id: string): Promise<number> => {
      const bytes = await redis.hgetBuffer(keys.snapshots(ACCOUNT, resource), id);
      return bytes ? keyring.leavesIn(sealedPartOf(bytes).sealed).length : -1;
    };
    const bodies = await redis.hgetallBuffer(keys.bodies(ACCOUNT));
    return {
      patient: await snapshot("patients", "42"),
      visit: await snapshot("individual_appointments", "7"),
      nobodys: await snapshot("individual_appointments", "8"),
      ...Object.fromEntries(
        Object.entries(bodies).map(([id, bytes]) => [id, keyring.leavesIn(bytes).length]),
      ),
    };
  };
  const sealedToNobody = {
    patient: 0,
    visit: 0,
    nobodys: 0,
    evt_moved: 0,
    evt_hers: 0,
    evt_nobodys: 0,
    evt_patient: 0,
  };
  expect(await leavesNow()).toEqual(sealedToNobody);

  expect(await findSealedToNobody(base)).toEqual([ACCOUNT]);
  await sealToPatients(base, [ACCOUNT], SIGNAL);

  const sealed = { ...sealedToNobody, patient: 1, visit: 1, evt_moved: 2, evt_hers: 1, evt_patient: 1 };
  expect(await leavesNow()).toEqual(sealed);
  // All of it opens, and each is what it was.
  expect((await base.store.loadSnapshots(ACCOUNT, "patients", ["42"])).get("42")?.values()).toEqual(["Ada"]);
  const read = await base.log.readEvents(
    ACCOUNT,
    events.map(({ id }) => id),
  );
  expect(events.map(({ id }) => read.get(id))).toEqual(events);
  // It is not done at every start.
  expect(await findSealedToNobody(base)).toEqual([]);
});

test("an account of which nothing is kept yet is not looked through, then or later", async ({
  address,
  prefix,
}) => {
  await using stack = createReleaseStack();
  const accounts = Object.fromEntries(
    ["northside", "southside"].map((name) => [
      name,
      { key: `key-${name}-au1`, baseUrl: "http://127.0.0.1:1" },
    ]),
  );
  const config = testConfig({ accounts, endpoints: {} });
  const base = await openBase(stack, { config, logger: createLogger("silent"), prefix }, address);
  const { keyring, keys, redis } = base;
  const tombstone = keyring.seal(Buffer.from("{}"), "northside/forgotten/42");
  await redis.hset(keys.forgotten("northside"), "42", tombstone);

  expect(await findSealedToNobody(base)).toEqual(["northside"]);

  await redis.hset(keys.bodies("southside"), "evt_1", "kept since");
  expect(await findSealedToNobody(base)).toEqual(["northside"]);
});

test("a new encryption key takes over what is sealed to patients, and leaves what is erased alone", async ({
  redis,
  keys,
}) => {
  const leaves = testLeaves();
  const [old, both] = [ringWith(leaves, "k1"), ringWith(leaves, "k2", "k1")];
  const put = async (id: string): Promise<void> =>
    void (await redis.hset(
      keys.snapshots(ACCOUNT, "patients"),
      id,
      sealSnapshot(old, { account: ACCOUNT, resource: "patients", id }, snapshotOf(["Ada"])),
    ));
  await put("42");
  await put("43");
  const event = tellingOf("evt_moved", ["42", "44"]);
  await redis.hset(keys.bodies(ACCOUNT), event.id, sealEvent(old, event));
  leaves.destroy(ACCOUNT, "43");

  const done = await rotateKeys(redis, keys, both, {
    account: ACCOUNT,
    resources: RESOURCES,
    signal: SIGNAL,
  });

  expect(done).toMatchObject({ completed: true, resealed: 2, unreadable: 0, contended: 0 });
  const [first, second] = await redis.hmgetBuffer(keys.snapshots(ACCOUNT, "patients"), "42", "43");
  const sealedOf = (bytes: Buffer | null | undefined): Buffer =>
    sealedPartOf(bytes ?? Buffer.alloc(30)).sealed;
  expect([both.isCurrent(sealedOf(first)), both.isCurrent(sealedOf(second))]).toEqual([true, false]);
  expect(both.leavesIn(sealedOf(first))).toEqual(both.leavesOf(ACCOUNT, ["42"]));
  const body = await redis.hgetBuffer(keys.bodies(ACCOUNT), event.id);
  expect(both.leavesIn(body ?? Buffer.alloc(0))).toEqual(both.leavesOf(ACCOUNT, ["42", "44"]));
});

test("what a receiver answered is sealed to whom the event tells of, and stays so when the event is not kept", async ({
  redis,
  keys,
}) => {
  const leaves = testLeaves();
  const ring = ringWith(leaves, "k1");
  const outbox = createOutbox(redis, keys, ring);
  const entry = {
    eventId: "evt_1",
    subject: "appointment",
    record: "7",
    transitions: ["updated"],
    at: 1,
    order: undefined,
  };
  await outbox.add("crm", ACCOUNT, [entry], "1-0");
  const attempt = {
    at: 1,
    durationMs: 1,
    outcome: "rejected",
    status: 500,
    excerpt: "Ada Quill, left knee",
    trigger: "schedule",
    counts: true,
  } as const;
  const worker = await outbox.openWorker("crm");
  const claim = async (now: number) => {
    const claimed = await outbox.claim(worker, now, { count: 1, late: 0 }, []);
    const [delivery] = claimed === "lost" ? [] : claimed.deliveries;
    if (!delivery) throw new Error("it is due");
    return delivery;
  };
  const sealed = async (): Promise<Buffer> =>
    (await redis.hgetBuffer(keys.outbox("crm").attempts, "evt_1")) ?? Buffer.alloc(0);
  const settle = async (now: number, patients?: readonly string[]): Promise<void> => {
    const delivery = await claim(now);
    const attempts = [...delivery.attempts, { ...attempt, at: now }];
    const settled = { delivery, attempts, verdict: "retry", at: now + 1, counted: 1 } as const;
    await outbox.settle(worker, [patients ? { ...settled, patients } : settled], undefined);
  };

  await settle(2, ["42", "43"]);
  expect(ring.leavesIn(await sealed())).toEqual(ring.leavesOf(ACCOUNT, ["42", "43"]));
  // Its event could not be read this time: whom it tells of is known from before.
  await settle(3);
  expect(ring.leavesIn(await sealed())).toEqual(ring.leavesOf(ACCOUNT, ["42", "43"]));
  expect((await claim(4)).attempts).toHaveLength(2);
  // By that it is found when somebody is forgotten, whatever is known of the record by then.
  const base = { deliveries: createDeliveryLog(redis, keys, ring), keyring: ring };
  const records = { own: new Map(), masked: new Map() };
  for (const [patientId, ids] of [["42", ["evt_1"]] as const, ["44", []] as const]) {
    const of = { account: ACCOUNT, patientId };
    const found: string[] = [];
    for await (const left of findLeftDeliveries(
      { ...base, keys, redis },
      of,
      { ...of, records },
      "crm",
      SIGNAL,
    ))
      found.push(...left);
    expect(found).toEqual(ids);
  }

  leaves.destroy(ACCOUNT, "43");
  const next = await outbox.openWorker("crm");
  const again = await outbox.claim(next, 5, { count: 1, late: 0 }, []);
  expect(again === "lost" ? [] : again.deliveries.map(({ attempts }) => attempts)).toEqual([[]]);
  expect(keyringOf("k1").leavesIn(await sealed())).toHaveLength(2);
});

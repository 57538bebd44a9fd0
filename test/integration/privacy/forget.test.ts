import { expect } from "vitest";

import { newestOf } from "../../support/newest-deliveries.ts";
import type { Delivery } from "../../../src/store/outbox/delivery.ts";

import { forgetPatient, surveyPatient, unforgetPatient } from "../../../src/admin/privacy/forget.ts";
import { toError } from "../../../src/shared/errors.ts";
import { DELIVERY_STATES } from "../../../src/store/outbox/delivery-state.ts";
import { createErasure } from "../../../src/store/detection/erasure.ts";
import { createLeases } from "../../../src/store/detection/lease.ts";
import { NAMEABLE } from "../../../src/admin/nameable.ts";
import type { ClinicDay } from "../../support/clinic-day.ts";
import { eventually } from "../../support/harness.ts";
import { startDayWithPatient, told } from "../../support/day-with-patient.ts";
import { openKeyring } from "../../support/personal-data.ts";
import { test } from "../../support/redis-test.ts";
import { search, stealFrom } from "../../support/thief.ts";

const ACCOUNT = "northside";

/** What its account reads. */
const READ = NAMEABLE.defaultResources;

/** Without the resources that have none. */
function foundIn(records: Readonly<Record<string, number>>): object {
  return Object.fromEntries(Object.entries(records).filter(([, count]) => count > 0));
}
const CALLER = { id: "cli:ada", name: "ada", role: "admin" } as const;
const RUN = { signal: new AbortController().signal };

async function eventsSoFar({ base }: ClinicDay): Promise<string[]> {
  return (await base.log.read(ACCOUNT, undefined, 10_000)).map(({ eventId }) => eventId);
}

test("what is forgotten is nowhere any more, and no poll, sweep, backfill or first sync brings it back", async ({
  address,
  prefix,
  redis,
}) => {
  const { day, id, appointmentId, placeId, texts } = await startDayWithPatient({
    address,
    prefix,
    keyring: openKeyring(),
  });
  await using _day = day;
  const { base, clinic } = day;
  // Aside events too: the present state of everything, for one endpoint.
  for (const resource of READ)
    await base.queues.addBackfill({ account: ACCOUNT, resource, endpoint: "echo", pass: 0, sent: 0 });
  await eventually(async () => (await redis.zcard(base.keys.aside(ACCOUNT))) > 100 || undefined);
  const visible = search(await stealFrom(redis, prefix), texts);
  const seen = new Set(visible.map(({ needle }) => needle));
  // A whole name rests in parts: first name, last name.
  const parts = [...texts].filter((text) => !/^[A-Z]\w+ [A-Z]\w+$/.test(text));
  expect(parts.filter((text) => !seen.has(text.toLowerCase()))).toEqual([]);
  const places = new Set(visible.map(({ where }) => where.replace(/^.*\}:/, "")));
  for (const place of [
    "snapshots:patients",
    "snapshots:individual_appointments",
    "snapshots:attendees",
    "bodies",
    "attempts",
  ])
    expect(places).toContain(place);
  const survey = await surveyPatient(base, { account: ACCOUNT, patientId: id }, RUN);
  const before = await eventsSoFar(day);

  const forgotten = await forgetPatient(base, CALLER, { account: ACCOUNT, patientId: id }, RUN);

  expect(foundIn(forgotten.records)).toEqual({ patient: 1, appointments: 1, attendees: 1 });
  expect(survey.records).toEqual(forgotten.records);
  expect(forgotten.events).toBeGreaterThanOrEqual(3 + 3);
  expect(forgotten.unreadable).toEqual({ records: 0, events: 0 });
  expect(search(await stealFrom(redis, prefix), texts)).toEqual([]);
  expect(await eventsSoFar(day)).toEqual(expect.arrayContaining(before));

  // Everything is read again: what moved since, what takes place soon, every count and every id.
  clinic.desk.changePatient(id, { notes: "Grimsditch came back" });
  clinic.desk.touch(appointmentId);
  for (const resource of READ)
    await base.reading.update(ACCOUNT, resource, { countedAt: 0, nearReadAt: 0, walkedAt: 1 });
  await day.settled();
  await eventually(async () => (await base.reading.read(ACCOUNT, "patients")).walkedAt > 1 || undefined);
  await eventually(async () => (await base.reading.read(ACCOUNT, "patients")).countedAt > 0 || undefined);
  await day.settled();
  // A first sync, and a backfill.
  await redis.del(...READ.map((resource) => base.keys.cursor(ACCOUNT, resource)));
  await day.settled();
  for (const resource of READ)
    await base.queues.addBackfill({ account: ACCOUNT, resource, endpoint: "moody", pass: 0, sent: 0 });
  await eventually(
    async () =>
      (await base.queues.counts()).every(({ queue, count }) => queue !== "backfill" || count === 0) ||
      undefined,
  );
  await day.settled();

  expect(search(await stealFrom(redis, prefix), [...texts, "came back"])).toEqual([]);
  expect(told(day, id).filter(({ data }) => JSON.stringify(data).includes("came back"))).toEqual([]);
  expect(await redis.hexists(base.keys.snapshots(ACCOUNT, "patients"), id)).toBe(0);
  // No event was invented: the appointment and the place are told of when something of theirs happens, without whose.
  const [visits, placed] = [told(day, appointmentId).length, told(day, placeId).length];
  clinic.desk.move(appointmentId, clinic.now() + 2 * 86_400_000);
  const moved = await eventually(() => told(day, appointmentId)[visits]);
  expect(moved).toMatchObject({
    type: "appointment.rescheduled",
    data: { object: { patient: null, notes: null } },
  });
  expect(JSON.stringify(moved)).not.toMatch(/Wilhelmin|Grimsditch/);
  expect(told(day, placeId)).toHaveLength(placed);
  expect(told(day, appointmentId)).toHaveLength(visits + 1);
});

test("deliveries of what is forgotten end: what waits fails as not kept, and nothing that a receiver said is left", async ({
  address,
  prefix,
}) => {
  const { day, id } = await startDayWithPatient({ address, prefix, keyring: openKeyring() });
  await using _day = day;
  const { base } = day;
  const ofPatient = async (endpoint: string): Promise<Delivery[]> =>
    (await newestOf(base, endpoint, { since: 0, until: Date.now() + 1_000 }, 500)).filter(
      ({ subjectId }) => subjectId === id,
    );
  await eventually(async () => (await ofPatient("gone"))[0]?.state === "parked" || undefined);
  await eventually(async () => ((await ofPatient("echo"))[0]?.attempts.length ?? 0) > 0 || undefined);
  expect((await ofPatient("echo"))[0]?.attempts[0]?.excerpt).toContain("Wilhelmine");

  const { deliveries } = await forgetPatient(base, CALLER, { account: ACCOUNT, patientId: id }, RUN);

  const counts = new Map(deliveries.map(({ endpoint, ...count }) => [endpoint, count]));
  expect(counts.get("good")).toMatchObject({ stopped: 0 });
  expect(counts.get("good")?.delivered).toBeGreaterThan(0);
  expect(counts.get("echo")?.stopped).toBeGreaterThan(0);
  expect(counts.get("gone")?.stopped).toBeGreaterThan(0);
  for (const endpoint of ["echo", "gone", "torn", "nobody"]) {
    for (const { state, attempts } of await ofPatient(endpoint)) {
      expect(state).toBe("failed");
      expect(attempts.at(-1)).toMatchObject({ outcome: "own_fault", errorClass: "event_not_kept" });
      expect(attempts.filter(({ excerpt, detail }) => excerpt !== undefined || detail !== undefined)).toEqual(
        [],
      );
    }
  }
  // Sent again by range, they fail again: there is nothing to send.
  const [delivery] = await ofPatient("good");
  const heads: Parameters<typeof base.deliveries.recover>[1][number][] = [];
  for await (const batch of base.deliveries.walk("good", { since: 0, until: Date.now() + 1_000 }))
    heads.push(...batch);
  const again = heads.filter(({ subjectId }) => subjectId === id);
  const received = day.receiver.callbacks.length;
  expect(
    await base.deliveries.recover(
      "good",
      again,
      [...DELIVERY_STATES].filter((s) => s === "delivered" || s === "failed"),
    ),
  ).toBe(again.length);
  await base.queues.wakeDelivery({ endpoint: "good" });
  await eventually(
    async () => (await ofPatient("good")).every(({ state }) => state === "failed") || undefined,
  );
  expect(delivery?.state).toBe("delivered");
  expect(day.receiver.callbacks.slice(received).filter(({ body }) => body.includes(id))).toEqual([]);
});

test("what a receiver said goes also where its event is not kept any more", async ({ address, prefix }) => {
  const { day, id, appointmentId, placeId } = await startDayWithPatient({
    address,
    prefix,
    keyring: openKeyring(),
  });
  await using _day = day;
  const { base } = day;
  const of = { account: ACCOUNT, patientId: id };
  const range = { since: 0, until: Date.now() + 60_000 };
  /** Of whom something is kept that a receiver said, or an operator may know of it. */
  const worded = async (): Promise<{ readonly theirs: string[]; readonly others: string[] }> => {
    const found = (await newestOf(base, "echo", range, 500)).filter(({ attempts }) =>
      attempts.some(({ excerpt, detail }) => excerpt !== undefined || detail !== undefined),
    );
    const isTheirs = (record: string): boolean => [id, appointmentId, placeId].includes(record);
    const ids = found.map(({ subjectId }) => subjectId);
    return { theirs: ids.filter(isTheirs), others: ids.filter((record) => !isTheirs(record)) };
  };
  await eventually(async () => (await worded()).theirs.includes(id) || undefined);
  await base.log.trim(ACCOUNT, Date.now() + 60_000, async () => new Set());
  const { others } = await worded();
  const survey = await surveyPatient(base, of, RUN);

  const { deliveries, events } = await forgetPatient(base, CALLER, of, RUN);

  expect(events).toBe(0);
  for (const { deliveries: counted } of [survey, { deliveries }])
    expect(counted.find(({ endpoint }) => endpoint === "echo")?.excerpts).toBeGreaterThan(0);
  const left = await worded();
  expect(left.theirs).toEqual([]);
  expect(left.others).toEqual(expect.arrayContaining(others));
});

test("it waits for a reading that is under way, and a run that was killed in the middle is ended by the next", async ({
  address,
  prefix,
  redis,
}) => {
  const { day, id, texts } = await startDayWithPatient({ address, prefix, keyring: openKeyring() });
  await using _day = day;
  const { base } = day;
  const of = { account: ACCOUNT, patientId: id };
  const leases = createLeases(redis, base.keys, 60_000);
  const lease = await eventually(async () => await leases.acquire(ACCOUNT, "attendees"));
  const killed = new AbortController();
  const waited: string[] = [];

  const run = forgetPatient(base, CALLER, of, {
    signal: killed.signal,
    onProgress: (at) => {
      if (at.step === "waiting") waited.push(at.resource);
      // Killed once what is remembered has changed, and before any body is gone.
      if (at.step === "events") killed.abort();
    },
  });
  const ended = run.then(
    () => "done",
    (error: unknown) => toError(error).name,
  );
  await eventually(() => waited.includes("attendees") || undefined);
  expect(await base.tombstones.find(ACCOUNT, id)).toBeUndefined();
  await leases.release(lease);
  expect(await ended).toBe("AbortError");
  expect(await base.tombstones.find(ACCOUNT, id)).toMatchObject({ by: "cli:ada" });

  // Killed right after bodies were erased: whose they were cannot be seen any more.
  const left = await eventually(async () =>
    (await newestOf(base, "echo", { since: 0, until: Date.now() + 1_000 }, 500)).find(({ attempts }) =>
      attempts.some(({ excerpt }) => excerpt?.includes(id)),
    ),
  );
  const erasure = createErasure(redis, base.keys, base.keyring, base.log);
  await erasure.eraseBodies(ACCOUNT, [left.eventId]);
  const again = await forgetPatient(base, CALLER, of, RUN);

  expect(again.forgottenBefore).toBeDefined();
  expect(again.records).toMatchObject({ patient: 0, appointments: 0, attendees: 0 });
  expect(foundIn(again.records)).toEqual({});
  expect(await erasure.unfinished(ACCOUNT)).toEqual([]);
  expect(search(await stealFrom(redis, prefix), texts)).toEqual([]);
  expect(await forgetPatient(base, CALLER, of, RUN)).toMatchObject({ events: 0, deliveries: [] });
});

test("who is not forgotten any more is told of again, as restored and with the next number; others never were touched", async ({
  address,
  prefix,
}) => {
  const { day, id, appointmentId } = await startDayWithPatient({ address, prefix, keyring: openKeyring() });
  await using _day = day;
  const { base, receiver } = day;
  const of = { account: ACCOUNT, patientId: id };
  await forgetPatient(base, CALLER, of, RUN);
  const others = await surveyPatient(
    base,
    { account: ACCOUNT, patientId: day.seeded.patientIds[0] ?? "" },
    RUN,
  );
  expect(others.records.patient).toBe(1);
  const count = receiver.callbacks.length;

  expect(await unforgetPatient(base, CALLER, of)).toBe(true);
  expect(await unforgetPatient(base, CALLER, of)).toBe(false);

  const restored = await eventually(() => told(day, id).find(({ type }) => type === "patient.restored"));
  expect(restored).toMatchObject({ sequence: 2, data: { object: { notes: "Grimsditch rang twice" } } });
  const visit = await eventually(() =>
    told(day, appointmentId).find(({ data }) => JSON.stringify(data["changed"]) === '["patient","notes"]'),
  );
  expect(visit).toMatchObject({ type: "appointment.updated", data: { previous: { patient: null } } });
  const since = receiver.callbacks
    .slice(count)
    .map(({ event }) => (event as { subject: { id: string } }).subject.id);
  expect(since.every((one) => one === id || told(day, one).length > 0)).toBe(true);
  const entries = await base.audit.newest(5);
  expect(entries.map(({ action }) => action)).toEqual(["patient.unforget", "patient.forget"]);
  expect(JSON.stringify(entries)).not.toContain(id);
});

test("who is to be known again is so whole, or not at all and is asked for again, wherever it is killed", async ({
  address,
  prefix,
}) => {
  const { day, id } = await startDayWithPatient({ address, prefix, keyring: openKeyring() });
  await using _day = day;
  await day.app[Symbol.asyncDispose]();
  const { base } = day;
  const of = { account: ACCOUNT, patientId: id };
  await forgetPatient(base, CALLER, of, RUN);
  const fail = async (): Promise<never> => {
    throw new Error("killed");
  };
  for (const resource of ["patients", "attendees"])
    await base.reading.update(ACCOUNT, resource, { countedAt: 7, walkedAt: 7 });
  const unread = { ...base, reading: { ...base.reading, update: fail } };
  await unforgetPatient({ ...unread, audit: { ...base.audit, append: fail } }, CALLER, of).catch(toError);
  expect(await base.tombstones.find(ACCOUNT, id)).toBeDefined();
  expect(await base.audit.newest(1)).toMatchObject([{ action: "patient.forget" }]);

  await unforgetPatient(unread, CALLER, of).catch(toError);

  expect(await base.tombstones.find(ACCOUNT, id)).toBeUndefined();
  expect(await base.audit.newest(1)).toMatchObject([{ action: "patient.unforget" }]);
  expect(await base.reading.read(ACCOUNT, "patients")).toMatchObject({ countedAt: 0, walkedAt: 7 });
  expect(await base.reading.read(ACCOUNT, "attendees")).toMatchObject({ countedAt: 7, walkedAt: 1 });
});

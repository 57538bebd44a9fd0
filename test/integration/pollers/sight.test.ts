import { expect } from "vitest";

import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const SEED = { patients: 6, appointments: 0, groupAppointments: 0 };
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

async function told({ keeper, notices }: PollBench): Promise<string[]> {
  const { problems } = await keeper.read("northside");
  expect([...problems.values()].filter(({ quarantined }) => quarantined)).toEqual([]);
  return notices.map(({ transition, resource }) => `${transition} ${resource ?? "account"}`);
}

test("a key that may not see all of the settings any more is told once, and again when it may", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: SEED });
  const read = async (polls: number): Promise<void> => {
    for (let poll = 0; poll < polls; poll += 1) {
      await bench.poll("settings");
      bench.tick(HOUR_MS);
    }
  };
  await read(2);
  bench.clinic.faults.restrict("settings", "forbidden");
  await read(3);
  // What everybody is served is read on.
  bench.clinic.desk.of("settings").change("account", { "account.name": "Southside" });
  await read(1);
  expect((await bench.events()).map(({ type }) => type)).toEqual(["settings.updated"]);
  expect(await told(bench)).toEqual(["baseline_completed settings", "permission_reduced settings"]);
  bench.clinic.faults.unrestrict();
  await read(3);
  expect(await told(bench)).toEqual([
    "baseline_completed settings",
    "permission_reduced settings",
    "recovered settings",
  ]);
  const [, lost, back] = bench.notices;
  expect(back?.since).toBe(lost?.since);
});

test("a key that never could see all of the settings has lost nothing, and nothing is told when it may", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: SEED });
  bench.clinic.faults.restrict("settings", "forbidden");
  await bench.poll("settings");
  bench.tick(HOUR_MS);
  await bench.poll("settings");
  bench.clinic.faults.unrestrict();
  bench.tick(HOUR_MS);
  await bench.poll("settings");
  expect(await told(bench)).toEqual(["baseline_completed settings"]);
});

test("an account that shows nothing that is archived is told once, and again when it does", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({
    redis,
    keys,
    seed: SEED,
    unknowns: { oldVariantEndpoints: false },
  });
  const { clinic } = bench;
  const [id] = [clinic.plant.record("contacts"), clinic.plant.record("contacts")];
  const read = async (polls: number, everyMs = 60_000): Promise<void> => {
    for (let poll = 0; poll < polls; poll += 1) {
      await bench.poll("contacts");
      bench.tick(everyMs);
    }
  };
  clinic.faults.enforce({ hiddenColumns: "refused" });
  await read(4);
  expect(await told(bench)).toEqual(["degraded contacts", "baseline_completed contacts"]);
  // Neither its being archived nor its not being shown is told.
  clinic.desk.of("contacts").perform(id, "archive");
  await read(3, HOUR_MS);
  expect(await bench.events()).toEqual([]);
  clinic.faults.heal();
  bench.tick(DAY_MS);
  await read(4);
  expect(await told(bench)).toEqual([
    "degraded contacts",
    "baseline_completed contacts",
    "recovered contacts",
  ]);
});

test("one that has not shown an archived record yet, and may, is not told", async ({ redis, keys }) => {
  await using bench = await createPollBench({
    redis,
    keys,
    seed: SEED,
    unknowns: { deletedAtFilterable: false },
  });
  bench.clinic.plant.record("contacts");
  for (let poll = 0; poll < 4; poll += 1) {
    await bench.poll("contacts");
    bench.tick(60_000);
  }
  expect(await told(bench)).toEqual(["baseline_completed contacts"]);
});

/** Four alerts, known for a day, and the key's user an administrator. */
async function openAlerts(given: Pick<Parameters<typeof createPollBench>[0], "redis" | "keys">) {
  const bench = await createPollBench({ ...given, seed: SEED });
  const { clinic } = bench;
  const ids = [0, 1, 2, 3].map(() => clinic.plant.record("medical_alerts"));
  const read = async (polls: number, everyMs = 61_000): Promise<void> => {
    for (let poll = 0; poll < polls; poll += 1) {
      await bench.poll("medical_alerts");
      bench.tick(everyMs);
    }
  };
  await read(1, DAY_MS);
  await read(1, DAY_MS);
  const setRole = (role: string): void => void clinic.desk.of("users").change(clinic.ownerId, { role });
  const toldOfAlerts = async (): Promise<string[]> =>
    (await bench.events()).map(({ type, subject }) => `${type} ${subject.id}`);
  return { bench, ids, read, setRole, toldOfAlerts };
}

test.for(["receptionist", "practitioner", "something new"])(
  "what a key's user who becomes a %s does not see any more is not deleted, and is told of once",
  async (role, { redis, keys }) => {
    const { bench, ids, read, setRole, toldOfAlerts } = await openAlerts({ redis, keys });
    await using _bench = bench;
    const { clinic } = bench;
    setRole(role);
    clinic.faults.restrict("medical_alerts", { hiddenIds: ids.slice(0, 3) });
    await read(12, HOUR_MS / 4);
    await read(4);
    expect(await toldOfAlerts()).toEqual([]);
    expect(await told(bench)).toEqual(["baseline_completed medical_alerts", "permission_reduced account"]);
    expect(bench.notices.at(-1)?.detail).toContain(`was administrator and is ${role}`);
    // Another key of the same user is another connection, and forgets nothing of it.
    bench.restart({ key: clinic.addKey() });
    await read(6, HOUR_MS / 4);
    expect(await toldOfAlerts()).toEqual([]);
    expect(await told(bench)).toHaveLength(2);
    // It costs no more than now and then a look.
    const before = bench.requests();
    await read(10);
    expect(bench.requests() - before).toBeLessThanOrEqual(10 + 3);

    setRole("administrator");
    clinic.faults.unrestrict();
    await read(4, HOUR_MS);
    expect(await toldOfAlerts()).toEqual([]);
    expect(await told(bench)).toEqual([
      "baseline_completed medical_alerts",
      "permission_reduced account",
      "recovered account",
    ]);
  },
);

test("with the same role as before, and with a higher one, what is gone is told", async ({ redis, keys }) => {
  const { bench, ids, read, setRole, toldOfAlerts } = await openAlerts({ redis, keys });
  await using _bench = bench;
  const desk = bench.clinic.desk.of("medical_alerts");
  desk.remove(ids[0] ?? "");
  await read(12, HOUR_MS / 4);
  setRole("practitioner");
  bench.restart();
  await read(1);
  setRole("administrator");
  desk.remove(ids[1] ?? "");
  await read(12, HOUR_MS / 4);
  expect(await toldOfAlerts()).toEqual(ids.slice(0, 2).map((id) => `medical_alert.deleted ${id}`));
  expect(await told(bench)).toEqual([
    "baseline_completed medical_alerts",
    "permission_reduced account",
    "recovered account",
  ]);
});

test("an operator who has looked has it told, and the lower role is what there is from then on", async ({
  redis,
  keys,
}) => {
  const { bench, ids, read, setRole, toldOfAlerts } = await openAlerts({ redis, keys });
  await using _bench = bench;
  const desk = bench.clinic.desk.of("medical_alerts");
  setRole("practitioner");
  desk.remove(ids[0] ?? "");
  await read(12, HOUR_MS / 4);
  expect(await toldOfAlerts()).toEqual([]);
  await bench.release({ acceptDeletions: true });
  await read(12, HOUR_MS / 4);
  desk.remove(ids[1] ?? "");
  await read(12, HOUR_MS / 4);
  expect(await toldOfAlerts()).toEqual(ids.slice(0, 2).map((id) => `medical_alert.deleted ${id}`));
  expect((await told(bench)).slice(1)).toEqual(["permission_reduced account", "recovered account"]);
});

test("where users are read, a lower role of the key's own is told as soon as it is seen, and nobody else's", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: SEED });
  const { clinic } = bench;
  const users = clinic.desk.of("users");
  const other = clinic.plant.record("users");
  await bench.poll("users");
  bench.tick(DAY_MS);
  users.change(other, { role: "scheduler" });
  await bench.poll("users");
  expect(await told(bench)).toEqual(["baseline_completed users"]);
  bench.tick(DAY_MS);
  users.change(clinic.ownerId, { role: "bookkeeper" });
  await bench.poll("users");
  expect(await told(bench)).toEqual(["baseline_completed users", "permission_reduced account"]);
});

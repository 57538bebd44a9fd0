import { expect } from "vitest";

import { type ResourceStatus, readAccountStatuses } from "../../../src/admin/accounts/account-status.ts";
import { createKeptFacts } from "../../../src/admin/accounts/kept-facts.ts";
import type { Base } from "../../../src/admin/base.ts";
import { type AdminSetup } from "../../support/admin-setup.ts";
import { test } from "../../support/admin-test.ts";

const ACCOUNT = "northside";
const PATIENTS = { account: ACCOUNT, resource: "patients" };
const MINUTE = 60_000;

/** A process that asks again and again, and what it is told of patients. */
async function setUp({ base }: AdminSetup) {
  const clock = { ms: 0 };
  const kept = createKeptFacts(() => clock.ms);
  const moveTo = async (watermark: number): Promise<void> => {
    await base.redis.hset(base.keys.cursor(ACCOUNT, "patients"), "phase", "live", "watermark", watermark);
  };
  await base.queues.ensurePolls(
    base.config.accounts.flatMap(({ name: account, resources }) =>
      resources.map((resource) => ({ target: { account, resource }, delayMs: MINUTE })),
    ),
  );
  await moveTo(1);
  return {
    clock,
    kept,
    moveTo,
    look: async () => patientsOf(await readAccountStatuses(base, base.config.accounts, kept)),
  };
}

function patientsOf(statuses: Awaited<ReturnType<typeof readAccountStatuses>>): ResourceStatus {
  const found = statuses
    .flatMap(({ resources }) => resources)
    .find(({ resource }) => resource === "patients");
  if (!found) throw new Error("patients are read");
  return found;
}

async function hgetalls({ redis }: Base): Promise<number> {
  return Number(/^cmdstat_hgetall:calls=(\d+)/m.exec(await redis.info("commandstats"))?.[1] ?? 0);
}

test("of a resource whose poll has slept since, nothing is asked for again; of one that ran, everything", async ({
  admin,
}) => {
  const { look, moveTo } = await setUp(admin);
  expect(await look()).toMatchObject({ completeUpTo: 1, poll: { job: "asleep" } });

  const before = await hgetalls(admin.base);
  await look();
  expect(await hgetalls(admin.base)).toBe(before);

  await moveTo(2);
  expect(await look()).toMatchObject({ completeUpTo: 1 });
  await admin.base.queues.pollNow(PATIENTS);
  expect(await look()).toMatchObject({ completeUpTo: 2, poll: { job: "waiting" } });
  await moveTo(3);
  expect(await look()).toMatchObject({ completeUpTo: 3, poll: { job: "waiting" } });
});

test("within a minute all is asked for again, whatever has slept", async ({ admin }) => {
  const { clock, look, moveTo } = await setUp(admin);
  await look();
  await moveTo(2);
  clock.ms += MINUTE;
  expect(await look()).toMatchObject({ completeUpTo: 2 });
  await moveTo(3);
  clock.ms += MINUTE - 1;
  expect(await look()).toMatchObject({ completeUpTo: 2 });
  clock.ms += 1;
  expect(await look()).toMatchObject({ completeUpTo: 3 });
});

test("where Redis may have gone back nothing is believed any more", async ({ admin }) => {
  const { kept, look, moveTo } = await setUp(admin);
  await look();
  await moveTo(2);
  kept.forget();
  expect(await look()).toMatchObject({ completeUpTo: 2 });
});

test("what changes without a poll is seen at once: the connection, a job that is gone, a lease that somebody holds", async ({
  admin,
}) => {
  const { base } = admin;
  const { look, moveTo } = await setUp(admin);
  const lease = base.keys.lease(ACCOUNT, "patients");
  await base.redis.set(lease, "9:somebody:0");
  await look();
  await moveTo(2);
  await base.redis.del(lease);
  expect(await look()).toMatchObject({ completeUpTo: 2 });

  const detail = "another shape";
  const problem = { kind: "schema_changed", since: 1, detail, told: true, quarantined: true } as const;
  const read = await base.connections.read(ACCOUNT);
  await base.connections.change(ACCOUNT, read, { resource: "patients", problem }, undefined);
  expect(await look()).toMatchObject({ quarantined: true, detail });

  await base.redis.del(base.keys.connection(ACCOUNT));
  expect(await look()).toMatchObject({ quarantined: false });
  await base.queues.board.find(({ name }) => name === "poll")?.remove(`${ACCOUNT}.patients`);
  expect((await look()).assessment).toMatchObject({ code: "poll_missing", severity: "critical" });
});

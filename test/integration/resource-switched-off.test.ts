import { expect } from "vitest";

import type { Caller } from "../../src/admin/access/caller.ts";
import { openBase } from "../../src/admin/base.ts";
import { forgetPatient } from "../../src/admin/privacy/forget.ts";
import { type App, startApp } from "../../src/app/app.ts";
import type { Config } from "../../src/config/config.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import { createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { startReceiver } from "../../src/sandbox/http/receiver.ts";
import { seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import { eventually } from "../support/harness.ts";
import { test } from "../support/redis-test.ts";
import { SECRET, testConfig } from "../support/test-config.ts";

const OPERATOR: Caller = { id: "cli:root", name: "root", role: "admin" };
const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString("base64");

async function live(app: App): Promise<void> {
  await eventually(async () =>
    (await app.status()).every(({ cursor }) => cursor?.phase === "live") ? true : undefined,
  );
}

test("what waited when a resource was switched off still arrives, and what happened until it is on again is told then, but of nobody who was forgotten", async ({
  address,
  prefix,
}) => {
  const clinic = createClinic({ now: Date.now, seed: 5 });
  clinic.setRateLimit(100_000);
  seedClinic(clinic, { patients: 12, appointments: 20 });
  await using server = await startClinicServer(clinic);
  const receiving = { status: 204, refusals: 0 };
  const answer = (): number => {
    if (receiving.status !== 204) receiving.refusals += 1;
    return receiving.status;
  };
  await using receiver = await startReceiver({ secret: SECRET, answer });
  const key = clinic.addKey();
  const configOf = (resources: readonly string[]): Config =>
    testConfig(
      {
        accounts: { northside: { key, baseUrl: server.url, resources } },
        endpoints: { crm: { url: receiver.url, settings: { events: ["patient.*"] } } },
      },
      ENCRYPTION_KEY,
    );
  const both = configOf(["individual_appointments", "patients"]);
  const without = configOf(["individual_appointments"]);
  const start = async (config: Config): Promise<App> =>
    await startApp({ config, logger: createLogger("silent"), redis: address, prefix });
  const told = (): string[] =>
    receiver.callbacks
      .map(({ event }) => event as WebhookEvent)
      .map(({ data, subject, type }) => `${subject.id} ${type} ${String(data.object?.["first_name"])}`)
      .toSorted();
  const [changed, waiting, forgotten] = clinic.desk
    .patients()
    .filter((row) => row.archived_at === null)
    .map(({ id }) => id);
  if (!changed || !waiting || !forgotten) throw new Error("there are patients");

  const first = await start(both);
  await live(first);
  receiving.status = 503;
  clinic.desk.renamePatient(waiting, "Ada", "Quill");
  clinic.desk.renamePatient(forgotten, "Bea", "Quill");
  await eventually(() => (receiving.refusals > 1 ? true : undefined));
  await first[Symbol.asyncDispose]();

  receiving.status = 204;
  const second = await start(without);
  clinic.desk.renamePatient(changed, "Cleo", "Quill");
  {
    const stack = createReleaseStack();
    const base = await openBase(stack, { config: without, logger: createLogger("silent"), prefix }, address);
    await forgetPatient(
      base,
      OPERATOR,
      { account: "northside", patientId: forgotten },
      {
        signal: new AbortController().signal,
      },
    );
    await stack[Symbol.asyncDispose]();
  }
  clinic.desk.renamePatient(forgotten, "Bob", "Quill");
  await eventually(() => (told().length > 0 ? true : undefined));
  await second[Symbol.asyncDispose]();

  const third = await start(both);
  await live(third);
  await eventually(() => (told().some((line) => line.includes("Cleo")) ? true : undefined));
  clinic.desk.renamePatient(changed, "Dora", "Quill");
  await eventually(() => (told().some((line) => line.includes("Dora")) ? true : undefined));
  await third[Symbol.asyncDispose]();
  const known = told().filter((line) => !line.startsWith(forgotten));
  expect(known).toEqual(
    [
      `${changed} patient.updated Cleo`,
      `${changed} patient.updated Dora`,
      `${waiting} patient.updated Ada`,
    ].toSorted(),
  );
  expect(told().filter((line) => line.includes("Bob"))).toEqual([]);
});

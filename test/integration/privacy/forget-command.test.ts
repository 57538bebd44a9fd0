import { join } from "node:path";

import { expect, test } from "vitest";

import { withBase } from "../../../src/cli/with-base.ts";
import { readConfig } from "../../../src/cli/read-config.ts";
import { createEventLog } from "../../../src/store/events/event-log.ts";
import { createKeys } from "../../../src/store/redis/keys.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { type Ran, runCommand, writeOperatorFile } from "../../support/cli-commands.ts";
import { foundInstallation } from "../../support/found-installation.ts";
import { ENVIRONMENT } from "../../support/operator-file.ts";
import { redisProgram, temporaryFolder } from "../../support/redis-process.ts";
import { eventOf, keyringOf } from "../../support/stored-things.ts";

const PATIENT = "1390726237298631770";
const KEY = "k1";

// The key that keyringOf makes of its id.
const ENV = { ...ENVIRONMENT, ENCRYPTION_KEY: "arnx6499M4j0+dWG9m6Z/VQIDfLERvDlhmiwnAihbdA=" };

const run = async (file: string, ...args: readonly string[]): Promise<Ran> =>
  await runCommand(ENV, "forget", ...args, "--config", file);

test("forget counts first, erases with --yes, and --undo lets the patient come back", async () => {
  using folder = temporaryFolder();
  await using server = await startPrivateRedis(join(folder.path, "data"), redisProgram());
  const redis = await connectRedis({ socketPath: server.socketPath }, 10_000);
  const log = createEventLog(redis, createKeys("cliniko-webhooks"), keyringOf(KEY));
  await log.append(eventOf({ subject: { type: "patient", id: PATIENT } }));
  await log.append(eventOf({ id: "evt_another00000000000000001", subject: { type: "patient", id: "7" } }));
  const file = await writeOperatorFile(folder.path);
  await foundInstallation(file, ENV);

  const survey = await run(file, "northside", PATIENT);
  expect(survey).toMatchObject({ code: 0, err: "" });
  expect(survey.out).toContain("events to erase");
  expect(survey.out).toContain("Nothing is erased yet: add --yes.");
  expect((await log.readEvents("northside", ["evt_rescheduled0000000000001"])).size).toBe(1);

  // It was sealed as before there was an erasure key: a copy from then would open.
  const erased = await run(file, "northside", PATIENT, "--yes", "--json");
  expect(JSON.parse(erased.out)).toMatchObject({
    ...{ erased: true, patient_id: PATIENT, events: 1 },
    proof: { key: "destroyed", tried: 1, opened: 1, disk: "rewritten", on_disk: 0 },
  });
  expect(erased.code).toBe(1);
  expect(
    (await log.readEvents("northside", ["evt_rescheduled0000000000001", "evt_another00000000000000001"]))
      .size,
  ).toBe(1);
  expect(await log.read("northside", undefined, 10)).toHaveLength(2);
  expect((await run(file, "northside", PATIENT)).out).toContain("forgotten before");

  expect(await run(file, "northside", PATIENT, "--undo")).toMatchObject({ code: 0 });
  expect(await run(file, "northside", PATIENT, "--undo")).toMatchObject({ code: 1 });
  expect((await run(file, "southside", PATIENT)).err).toContain('there is no account "southside"');
  expect((await run(file, "northside", "Ada")).err).toContain("is not a patient's number");
  redis.disconnect();
});

test("what no configured key opens is counted, told, and ends the command with a failure", async () => {
  using folder = temporaryFolder();
  await using server = await startPrivateRedis(join(folder.path, "data"), redisProgram());
  const redis = await connectRedis({ socketPath: server.socketPath }, 10_000);
  await createEventLog(redis, createKeys("cliniko-webhooks"), keyringOf("k9")).append(eventOf());
  const file = await writeOperatorFile(folder.path);
  await foundInstallation(file, ENV);

  const { code, out } = await run(file, "northside", PATIENT, "--yes");

  expect(code).toBe(1);
  expect(out).toContain("0 records and 1 events cannot be read with the configured keys");
  redis.disconnect();
});

test("it says what was proven, and ends well only when nothing opens any more", async () => {
  using folder = temporaryFolder();
  await using server = await startPrivateRedis(join(folder.path, "data"), redisProgram());
  const tell = async (id: string): Promise<void> => {
    await withBase(await readConfig(file, ENV), async ({ log }) => {
      await log.append(eventOf({ id, subject: { type: "patient", id: PATIENT } }));
    });
  };
  // Without one first: the installation has none yet.
  const file = await writeOperatorFile(folder.path, "keys_folder: none\n");
  await foundInstallation(file, ENV);
  await tell("evt_withoutkey000000000000001");
  const without = await run(file, "northside", PATIENT, "--yes");
  expect(without.code).toBe(1);
  expect(without.out).toContain("1 sealed pieces were kept of the patient; 1 of them can still be opened");
  expect(without.out).toContain("There is no erasure key (keys_folder)");
  expect(without.out).toContain("The files of Redis were written anew: none of it stands in them.");
  expect(await run(file, "northside", PATIENT, "--undo")).toMatchObject({ code: 0 });

  await writeOperatorFile(folder.path);
  await foundInstallation(file, ENV);
  await tell("evt_withkey0000000000000001");
  const erased = await run(file, "northside", PATIENT, "--yes");
  expect(erased.out).toContain("1 sealed pieces were kept of the patient; 0 of them can still be opened");
  expect(erased.out).toContain("Replace the copies of the erasure key now");
  expect(erased).toMatchObject({ code: 0, err: "" });

  await writeOperatorFile(folder.path, "keys_folder: none\n");
  const refused = await run(file, "northside", PATIENT);
  expect(refused.err).toContain("keys_folder is none, but what is kept is sealed with an erasure key");
  expect(refused.code).not.toBe(0);
  expect(server.socketPath).toContain(folder.path);
});

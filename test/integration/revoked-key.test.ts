import { expect } from "vitest";

import { createClinic } from "../../src/sandbox/clinic.ts";
import { startClinicServer } from "../../src/sandbox/clinic-server.ts";
import { createLogger } from "../../src/logger.ts";
import { eventually, startHarness } from "../support/harness.ts";
import { test } from "../support/redis-test.ts";

test("a revoked key stops its own account, says why, and leaves the other account at its pace", async ({
  address,
  prefix,
}) => {
  const lines: string[] = [];
  const southside = createClinic({ now: Date.now, seed: 2 });
  const badKey = southside.addKey();
  await using southsideServer = await startClinicServer(southside);
  await using harness = await startHarness({
    address,
    prefix,
    logger: createLogger("info", { write: (line) => void lines.push(line) }),
    setup: {
      accounts: { southside: { key: badKey, baseUrl: southsideServer.url } },
      settings: { roles: ["poll", "dispatch", "ops"], ops: { port: 0, token: { env: "SECRET" } } },
    },
  });
  const asked = (): number => southside.traffic.total;
  southside.revokeKey(badKey);
  await eventually(() => (lines.some((line) => line.includes("key refused by cliniko")) ? true : undefined));
  const before = asked();
  const northsideBefore = harness.clinic.traffic.total;

  // Long enough for the good account to be read several times more.
  await eventually(() => (harness.clinic.traffic.total >= northsideBefore + 6 ? true : undefined));
  expect(asked()).toBe(before);
  const [appointment] = harness.clinic.desk
    .appointments()
    .filter((row) => row.archived_at === null && row.cancelled_at === null);
  harness.clinic.desk.editNote(appointment?.id ?? "", "still awake");
  expect(await harness.nextEvent(1)).toMatchObject({ type: "appointment.updated", account: "northside" });

  const said = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ account }) => account === "southside");
  expect(said).toContainEqual(
    expect.objectContaining({
      level: 50,
      msg: "key refused by cliniko, polling of this account stopped",
      detail: expect.stringContaining("HTTP 401") as string,
    }),
  );
  const metrics = await fetch(`${harness.app.opsUrl}/metrics`, {
    headers: { authorization: `Bearer whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw` },
  });
  const text = await metrics.text();
  expect(text).toContain('cliniko_webhooks_connection_state{account="southside",state="key_revoked"} 1');
  expect(text).toContain('cliniko_webhooks_connection_state{account="northside",state="ok"} 1');
  expect(lines.join("")).not.toContain(badKey);
});

import { expect } from "vitest";

import { createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { createLogger } from "../../src/shared/logger.ts";
import type { ConnectionStore } from "../../src/store/detection/connection-store.ts";
import { pollAccount } from "../../src/admin/accounts/poll-or-release.ts";
import { openBase } from "../../src/admin/base.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
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
  await using stack = createReleaseStack();
  const base = await openBase(
    stack,
    { config: harness.config, logger: createLogger("silent"), prefix },
    address,
  );
  southside.revokeKey(badKey);
  await agePastSuspicion(base.connections);
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
  // An operator's word is acted upon at once, and what came of it is said.
  const account = harness.config.accounts.find(({ name }) => name === "southside");
  if (!account) throw new Error("there is an account");
  const operator = { id: "cli:root", name: "root", role: "admin" } as const;
  expect(await pollAccount(base, operator, account)).toMatchObject({
    woken: [],
    key: { outcome: "refused", detail: expect.stringContaining("HTTP 401") as string },
  });
  expect(asked()).toBe(before + 1);

  const metrics = await fetch(`${harness.app.opsUrl}/metrics`, {
    headers: { authorization: `Bearer whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw` },
  });
  const text = await metrics.text();
  expect(text).toContain('cliniko_webhooks_connection_state{account="southside",state="key_revoked"} 1');
  expect(text).toContain('cliniko_webhooks_connection_state{account="northside",state="ok"} 1');
  expect(lines.join("")).not.toContain(badKey);

  southside.restoreKey(badKey);
  expect(await pollAccount(base, operator, account)).toMatchObject({
    woken: account.resources,
    key: { outcome: "accepted" },
  });
  await eventually(() => (asked() >= before + 4 ? true : undefined));
});

/** Each look is a minute older than it was, so that the next one is due: the wait itself is measured elsewhere. */
async function agePastSuspicion(connections: ConnectionStore): Promise<void> {
  await eventually(async () => {
    const read = await connections.read("southside");
    const { key } = read;
    if (key?.state === "key_revoked") return true;
    if (key?.state !== "suspected" || key.looking || Date.now() - key.checkedAt > 60_000) return undefined;
    const older = { checkedAt: key.checkedAt - 61_000, countedAt: key.countedAt - 61_000 };
    await connections.change("southside", read, { key: { ...key, ...older } }, undefined);
    return undefined;
  });
}

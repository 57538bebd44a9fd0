import { expect, test } from "vitest";

import { startWatchedServers } from "../../support/redis-servers.ts";
import { startStage } from "../../support/state-stage.ts";
import { startWork } from "../../support/under-trouble.ts";

test("a primary that is killed under its sentinels: read and delivered on, nothing lost, nothing invented", async () => {
  await using watched = await startWatchedServers();
  await using stage = await startStage({ url: watched.url }, "sentinel");
  const work = startWork(stage);
  const before = await watched.primary();

  const killed = await work.through(async () => {
    await before.kill();
    await expect.poll(async () => (await watched.primary()).port).not.toBe(before.port);
  });

  expect(killed).toMatchObject({ lost: 0, invented: 0, identityFaults: 0, strange: [] });
  expect((await stage.ready()).status).toBe(200);
  const told = stage.log.messages().filter((message) => /^redis (is back|lost)/.test(message));
  expect([told.at(0), told.at(-1)]).toEqual(["redis lost, waiting for it", "redis is back"]);
}, 600_000);

import { expect, test } from "vitest";

import { startRedisServer } from "../../support/redis-process.ts";
import { setStage } from "../../support/service-process.ts";

test("a recovery that nobody works on is not waited for, and goes on when somebody does", async () => {
  await using server = await startRedisServer({});
  await using stage = await setStage();
  const env = { REDIS_URL: `unix://${"socketPath" in server.address ? server.address.socketPath : ""}` };
  const first = stage.start(env);
  await expect.poll(() => stage.receiver.callbacks.length).toBeGreaterThanOrEqual(4);
  first.child.kill("SIGTERM");
  await first.ended;
  const told = stage.receiver.callbacks.length;

  const { code, output } = await stage.run(["recover", "crm", "--state", "delivered", "--yes"], env);

  expect(code).toBe(0);
  expect(output).toMatch(/^0 of \d+ are on their way so far: no process with the role dispatch is running/m);
  const second = stage.start(env);
  await second.says("service started");
  await expect.poll(() => stage.receiver.callbacks.length).toBeGreaterThanOrEqual(told + 4);
  const again = await stage.run(["recover", "crm", "--state", "delivered", "--yes"], env);
  expect(again.output).toMatch(/^\d+ are on their way\.$/m);
});

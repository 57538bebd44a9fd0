import { expect, test } from "vitest";

import { doctor } from "../../../src/cli/doctor/doctor.ts";
import { listAccounts } from "../../../src/cli/accounts/accounts.ts";
import { explainFailure } from "../../../src/cli/terminal/failure.ts";
import { pollNow } from "../../../src/cli/accounts/operate.ts";
import { PLAIN } from "../../../src/cli/terminal/paint.ts";
import { status } from "../../../src/cli/check/status.ts";
import { listTokens } from "../../../src/cli/access/tokens.ts";
import { startPortServer } from "../../support/state-stage.ts";
import { testConfig } from "../../support/test-config.ts";

test("on a Redis without an installation a command says so, ends with 3, and founds none", async () => {
  await using server = await startPortServer();
  const account = { key: "MS0xLWFiY2RlZg-au1", baseUrl: "http://127.0.0.1:9/v1" };
  const accounts = { northside: account };
  const config = { ...testConfig({ accounts, endpoints: {} }), redisUrl: server.url };
  const view = { json: true, paint: PLAIN };
  const commands: readonly (() => Promise<unknown>)[] = [
    async () => await status(config, view, () => undefined),
    async () => await listAccounts(config, view, () => undefined),
    async () => await pollNow(config, "northside", true, () => undefined),
    async () => await listTokens(config, true, () => undefined),
  ];
  for (const command of commands) {
    const failed = await command().then(
      () => undefined,
      (error: unknown) => explainFailure(error),
    );
    expect(failed?.exitCode).toBe(3);
    expect(failed?.text).toContain("holds no installation yet: start the service on it first");
  }
  const lines: string[] = [];
  expect(await doctor(config, view, (line) => void lines.push(line))).toBe(false);
  expect(lines.join("\n")).toContain("holds no installation yet");

  expect(await server.redis.dbsize()).toBe(0);
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { runTest } from "../../../src/cli/deliveries/deliveries.ts";
import { withBase } from "../../../src/cli/with-base.ts";
import { readConfig } from "../../../src/cli/read-config.ts";
import { testResultSchema } from "../../../src/ops/api/endpoints/endpoint-schemas.ts";
import { syncFileEndpoints } from "../../../src/store/outbox/endpoint-file.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { foundInstallation } from "../../support/found-installation.ts";
import { redisProgram } from "../../support/redis-process.ts";

const ENV = {
  ENCRYPTION_KEY: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
  NORTHSIDE_KEY: "MS0xLWFiY2RlZg-au1",
  CRM_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};

test("a test of a private address tells the operator which setting opens it, to machines as the API does", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  await using _server = await startPrivateRedis(join(folder, "data"), redisProgram());
  const file = join(folder, "notifier.yaml");
  await writeFile(
    file,
    `contact: { name: Northside, email: it@northside.example }
encryption: [{ id: k1, key: { env: ENCRYPTION_KEY } }]
accounts: { northside: { api_key: { env: NORTHSIDE_KEY } } }
endpoints: { crm: { url: "https://10.0.0.5/", secret: { env: CRM_SECRET }, events: ["*"] } }
data_folder: ${folder}/data
`,
  );
  await foundInstallation(file, ENV);
  const config = await readConfig(file, ENV);
  await withBase(config, async ({ endpoints, now }) => {
    await syncFileEndpoints(endpoints, config.endpoints, now);
  });
  let [people, machines] = ["", ""];

  expect(await runTest(config, "crm", false, (line) => void (people += line))).toBe(false);
  expect(await runTest(config, "crm", true, (line) => void (machines += line))).toBe(false);

  expect(people).toContain('delivery.allow_private: ["10.0.0.5/32"]');
  expect(testResultSchema.parse(JSON.parse(machines))).toMatchObject({
    result: "not_reached",
    error_class: "refused_by_guard",
    detail:
      '10.0.0.5 is private (RFC 1918); a receiver of your own is opened by delivery.allow_private: ["10.0.0.5/32"]',
  });
});

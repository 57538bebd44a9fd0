import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { runTest } from "../../../src/cli/deliveries/deliveries.ts";
import { withBase } from "../../../src/cli/with-base.ts";
import { readConfig } from "../../../src/cli/read-config.ts";
import { testResultSchema } from "../../../src/ops/api/endpoints/endpoint-schemas.ts";
import { syncFileEndpoints } from "../../../src/store/outbox/endpoint-file.ts";
import { CLI_ENV, startInstallation } from "../../support/cli-commands.ts";

const ENV = { ...CLI_ENV, CRM_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };

test("a test of a private address tells the operator which setting opens it, to machines as the API does", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const more = `endpoints: { crm: { url: "https://10.0.0.5/", secret: { env: CRM_SECRET }, events: ["*"] } }\n`;
  await using installation = await startInstallation(folder, { more, env: ENV });
  const config = await readConfig(installation.file, ENV);
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

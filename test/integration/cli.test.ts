import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test as base } from "vitest";

import { startHttp } from "../support/local-servers.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

const test = base.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
  onCleanup(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
});

async function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, out, err };
}

const CONFIG = `contact: { name: Northside, email: it@northside.example }
encryption:
  - { id: k1, key: { env: ENCRYPTION_KEY } }
accounts:
  northside:
    api_key: { env: NORTHSIDE_KEY }
endpoints:
  crm:
    url: htps:/crm.example.com
    secret: { env: CRM_SECRET }
    events: [appointment.canceled]
`;
const ENV = {
  ENCRYPTION_KEY: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
  CRM_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};

test("three wrong things give three problems in one run, each with its place and remedy", async ({
  folder,
}) => {
  const file = join(folder, "notifier.yaml");
  await writeFile(file, CONFIG);
  for (const command of ["start", "check"]) {
    const { code, out, err } = await run([command, "--config", file], ENV);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err.replaceAll(folder, "")).toMatchInlineSnapshot(`
      "/notifier.yaml has 3 problems:

        accounts.northside.api_key (line 6)
          the environment variable NORTHSIDE_KEY is not set
          → set NORTHSIDE_KEY to the API key that Cliniko shows under My info → Manage API keys

        endpoints.crm.url (line 9)
          starts with htps:// instead of https://
          → write the whole address, like https://crm.example.com/hooks/cliniko

        endpoints.crm.events.0 (line 11)
          there is no event type "appointment.canceled"
          → did you mean "appointment.cancelled"?
      "
    `);
  }
});

test("a file that is not there is named, with what to do", async ({ folder }) => {
  const { code, err } = await run(["check", "--config", join(folder, "none.yaml")]);
  expect(code).toBe(2);
  expect(err).toContain("is not there");
  expect(err).toContain("cliniko-webhooks init");
});

test.each([["--help"], ["start", "--help"], ["demo", "--help"]])(
  "%s %s is help and ends well",
  async (...args) => {
    const { code, out } = await run(args.filter(Boolean));
    expect(code).toBe(0);
    expect(out).toContain("Usage: cliniko-webhooks");
  },
);

test.each([["check"], ["start"], ["status"], ["sandbox"], ["listen"]])(
  "%s does not run while the environment switches certificates off",
  async (command) => {
    const { code, err } = await run([command], { NODE_TLS_REJECT_UNAUTHORIZED: "0" });

    expect(code).toBe(2);
    expect(err).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED[^]*is 0, which/);
    expect(err).toContain("NODE_EXTRA_CA_CERTS");
    // The twin: any other value verifies.
    const verifying = await run(["check", "--config", "nowhere.yaml"], { NODE_TLS_REJECT_UNAUTHORIZED: "1" });
    expect(verifying.err).toContain("is not there");
  },
);

test("an unknown command, option or number ends with 2", async () => {
  expect(await run(["strat"])).toMatchObject({ code: 2, err: expect.stringContaining("start") as string });
  expect(await run(["start", "--confg", "x"])).toMatchObject({ code: 2 });
  for (const command of ["listen", "sandbox"])
    for (const port of ["many", "99999"])
      expect(await run([command, "--port", port])).toMatchObject({
        code: 2,
        err: expect.stringContaining("Write a whole number from 0 to 65535.") as string,
      });
  expect(await run(["demo", "--for", "soon"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("60s, 5m, 1h") as string,
  });
});

test.each(["listen", "sandbox"])(
  "a port that %s finds taken is one sentence with a remedy",
  async (command) => {
    await using other = await startHttp((_request, response) => response.end("somebody else"));
    const { code, err } = await run([command, "--port", String(other.port)]);
    expect(code).toBe(3);
    expect(err).toContain(
      `${command} cannot listen on 127.0.0.1:${other.port}: another process does; stop it, or set --port`,
    );
  },
);

test("the service starts a Redis of its own, stops on SIGTERM with 0, and leaves nothing running", async ({
  folder,
}) => {
  const file = join(folder, "notifier.yaml");
  await writeFile(
    file,
    CONFIG.replace("htps:/crm.example.com", "https://crm.example.com/hook")
      .replace("appointment.canceled", "appointment.cancelled")
      .replace("{ env: NORTHSIDE_KEY }", "{ env: NORTHSIDE_KEY }\n    base_url: http://127.0.0.1:9/v1") +
      `data_folder: ${folder}/data\nops: { port: 0 }\n`,
  );
  const child = spawn(process.execPath, [PROGRAM, "start", "--config", file], {
    env: { PATH: process.env["PATH"] ?? "", ...ENV, NORTHSIDE_KEY: "MS0xLWFiY2RlZg-au1" },
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
  await expect.poll(() => out).toContain("service started");
  const second = await run(["start", "--config", file], { ...ENV, NORTHSIDE_KEY: "MS0xLWFiY2RlZg-au1" });
  expect(second.code).toBe(3);
  expect(second.out).toContain("already runs the service");
  child.kill("SIGTERM");
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(0);
  expect(out).toContain('"msg":"stopped"');
  expect(out).not.toContain("MS0xLWFiY2RlZg");
  expect(out).not.toContain(ENV.CRM_SECRET);
  // A socket that nobody answers on is gone with its server.
  const { existsSync } = await import("node:fs");
  expect(existsSync(join(folder, "data", "redis.sock"))).toBe(false);
});

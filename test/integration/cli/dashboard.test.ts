import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { expect, test as base } from "vitest";

import { startApp } from "../../../src/app/app.ts";
import { openBase } from "../../../src/admin/base.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { readConfig } from "../../../src/cli/read-config.ts";
import { createReleaseStack } from "../../../src/shared/release-stack.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { foundInstallation } from "../../support/found-installation.ts";
import { CLI_ENV, type Ran, runCommand, writeOperatorFile } from "../../support/cli-commands.ts";
import { createBrowserRequests } from "../../support/browser-requests.ts";
import { redisProgram } from "../../support/redis-process.ts";

const ENV = { ...CLI_ENV, OPS_TOKEN: "a-long-random-word-of-ours" };
const PUBLIC_URL = "https://webhooks.northside.example";

/** A Redis such as a running service has, and what a command beside it prints. */
const test = base
  .extend("folder", async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
    const server = await startPrivateRedis(join(folder, "data"), redisProgram());
    onCleanup(async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });
    return folder;
  })
  .extend("run", ({ folder }) => {
    return async (ops: string, ...args: readonly string[]): Promise<Ran> => {
      const config = await writeConfig(folder, ops);
      await foundInstallation(config, ENV);
      return await runCommand(ENV, "dashboard", ...args, "--config", config);
    };
  });

async function writeConfig(folder: string, ops: string): Promise<string> {
  return await writeOperatorFile(folder, `ops: { ${ops} }\nroles: [ops]\nlog_level: silent\n`);
}

const TOKEN = "token: { env: OPS_TOKEN }";

test("the link that is printed signs in as the ops token at the running service, once", async ({
  folder,
  run,
}) => {
  const config = await readConfig(await writeConfig(folder, `port: 0, ${TOKEN}`), ENV);
  const redis = { socketPath: join(folder, "data", "redis.sock") };
  await using app = await startApp({ config, redis, logger: createLogger("silent") });
  const { code, out } = await run(`${TOKEN}, public_url: ${PUBLIC_URL}`);

  expect(code).toBe(0);
  expect(out).toMatch(
    /^https:\/\/webhooks\.northside\.example\/ops\/sign-in#code=[\w-]{43}\n\nOpen it in a browser: it signs you in as "ops\.token of the configuration" \(admin\)\.\nIt works once, until .*Z\. Whoever opens it first is in: keep it to yourself\.\n$/,
  );
  const linkCode = /#code=([\w-]+)/.exec(out)?.[1] ?? "";
  const browser = createBrowserRequests(app.opsUrl ?? "");
  expect((await browser.signIn({ code: linkCode })).status).toBe(204);
  expect(JSON.parse((await browser.ask("GET", "/v1/me")).text)).toMatchObject({ id: "ops-token" });
  expect((await browser.signIn({ code: linkCode })).status).toBe(401);

  await using stack = createReleaseStack();
  const { audit } = await openBase(stack, { config, logger: createLogger("silent") }, redis);
  const entries = (await audit.newest(10)).toReversed();
  expect(entries.map(({ actor, action, target }) => [actor.id, action, target])).toEqual([
    [`cli:${userInfo().username}`, "sign_in_link.create", "ops-token"],
    ["ops-token", "session.create", expect.stringMatching(/^[0-9a-f]{12}$/)],
  ]);
});

test.for([
  [TOKEN, "http://127.0.0.1:8321/"],
  [`${TOKEN}, port: 9000, host: 0.0.0.0`, "http://127.0.0.1:9000/"],
  [`${TOKEN}, host: "::"`, "http://127.0.0.1:8321/"],
  [`${TOKEN}, host: "::1"`, "http://[::1]:8321/"],
  [`${TOKEN}, host: ops.northside.example`, "http://ops.northside.example:8321/"],
  [`${TOKEN}, host: 0.0.0.0, public_url: "${PUBLIC_URL}/"`, `${PUBLIC_URL}/`],
] as const)("with ops { %s } the link leads to %s", async ([ops, address], { run }) => {
  const { url, expires_at: expiresAt } = JSON.parse((await run(ops, "--json")).out) as {
    url: string;
    expires_at: string;
  };

  expect(url.startsWith(`${address}ops/sign-in#code=`)).toBe(true);
  expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
});

test("a link is made with the rights of a token, by its id or the whole of it", async ({ folder, run }) => {
  const config = await readConfig(await writeConfig(folder, TOKEN), ENV);
  await using stack = createReleaseStack();
  const redis = { socketPath: join(folder, "data", "redis.sock") };
  const { tokens } = await openBase(stack, { config, logger: createLogger("silent") }, redis);
  const { token, secret } = await tokens.create({ name: "Kim", role: "viewer", sensitive: false });
  const expired = await tokens.create({ name: "Lou", role: "viewer", sensitive: false, expiresAt: 1 });

  for (const given of [token.id, secret]) {
    expect((await run(TOKEN, "--token", given)).out).toContain('it signs you in as "Kim" (viewer).');
  }
  for (const given of ["000000000000", expired.token.id]) {
    const { code, out, err } = await run(TOKEN, "--token", given);
    expect([code, out, err]).toEqual([2, "", expect.stringContaining("there is no such token")]);
  }
});

test("without an ops.token, and on a port that nobody knows, it says what to do", async ({ run }) => {
  const missing = await run("port: 8321");
  const unknown = await run(`${TOKEN}, port: 0`);

  expect([missing.code, missing.out]).toEqual([2, ""]);
  expect(missing.err).toContain('cliniko-webhooks tokens create "your name" --role admin');
  expect([unknown.code, unknown.err]).toEqual([
    2,
    expect.stringContaining("set ops.port, or ops.public_url"),
  ]);
});

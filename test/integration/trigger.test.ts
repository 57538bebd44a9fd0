import { once } from "node:events";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test as base } from "vitest";

import { eventCatalogue } from "../../src/catalogue/event-catalogue.ts";
import { withBase } from "../../src/cli/with-base.ts";
import { readConfig } from "../../src/cli/read-config.ts";
import { startReceiver } from "../../src/sandbox/http/receiver.ts";
import { syncFileEndpoints } from "../../src/store/outbox/endpoint-file.ts";
import { startPrivateRedis } from "../../src/store/redis/private-redis.ts";
import { CLI_ENV, type Ran, runCommand } from "../support/cli-commands.ts";
import { foundInstallation } from "../support/found-installation.ts";
import { closedPort } from "../support/local-servers.ts";
import { redisProgram } from "../support/redis-process.ts";
import { SECRET } from "../support/test-config.ts";

const ENV: NodeJS.ProcessEnv = { ...CLI_ENV, SECRET };

const run = async (...args: readonly string[]): Promise<Ran> => await runCommand(ENV, "trigger", ...args);

const test = base.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "cw-trigger-"));
  onCleanup(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
});

interface Body {
  readonly type: string;
  readonly id: string;
  readonly account: string;
  readonly origin: string;
  readonly subject: { readonly id: string };
  readonly data: {
    readonly object: Record<string, unknown> | null;
    readonly current?: Record<string, unknown>;
  };
}

test("--list names every type, with one line of meaning each", async () => {
  const { out } = await run("--list");
  const lines = out.trimEnd().split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(eventCatalogue.map(({ type }) => type));
  for (const line of lines) expect(line).toMatch(/^\S+ {2,}\S.+$/);
  expect(JSON.parse((await run("--list", "--json")).out)).toHaveLength(eventCatalogue.length);
});

describe("--print", () => {
  test("shows the body alone, with the developer's own values", async () => {
    const own = ["--set", "data.object.notes=a=b", "--set", "subject.id=42"];
    const { out, code } = await run("appointment.cancelled", "--print", ...own);
    expect(code).toBe(0);
    const body = JSON.parse(out) as Body;
    expect(body).toMatchObject({ type: "appointment.cancelled", origin: "test", subject: { id: "42" } });
    expect(body.data.object).toMatchObject({ id: "42", notes: "a=b" });
  });

  test("shows every level", async () => {
    const level = async (payload: string): Promise<Body["data"]> =>
      (JSON.parse((await run("appointment.cancelled", "--print", "--payload", payload)).out) as Body).data;
    expect((await level("changes")).current).toHaveProperty("cancelled_at");
    expect(await level("ids")).not.toHaveProperty("current");
    expect((await level("full")).object).not.toBe(null);
  });
});

describe("what is typed wrong is said, with what was meant", () => {
  test.each([
    [["appointment.canceled", "--print"], 'did you mean "appointment.cancelled"?'],
    [["appointment.cancelled", "--print", "--set", "starts_at=now"], 'did you mean "data.object.starts_at"?'],
    [["appointment.cancelled", "--print", "--set", "starts_at"], "Write a path and its value"],
    [["appointment.cancelled"], "has nowhere to send to"],
    [[], "name a type: trigger --list shows all"],
    [["appointment.cancelled", "--endpoint", "crm", "--payload", "ids"], "cannot be used with option"],
    [["appointment.cancelled", "--forward-to", "localhost:3000"], "is not an address of http or https"],
  ])("%j", async (args, words) => {
    const { code, err } = await run(...args);
    expect(err).toContain(words);
    expect(code).toBe(2);
  });
});

describe("--forward-to", () => {
  test("sends it signed, without a service", async () => {
    await using receiver = await startReceiver({ secret: SECRET });
    const { code, out } = await run("patient.merged", "--forward-to", receiver.url, "--secret-env", "SECRET");
    expect(receiver.callbacks.map(({ event }) => (event as Body).type)).toEqual(["patient.merged"]);
    expect(out).toMatch(
      /^patient\.merged evt_\S+ to http:\/\/127\.0\.0\.1:\d+\/\ndelivered: 204 after \d+ ms\n$/,
    );
    expect(code).toBe(0);
  });

  test("makes a secret and shows it", async () => {
    await using receiver = await startReceiver({ secret: SECRET });
    const { code, out } = await run("patient.merged", "--forward-to", receiver.url);
    expect(out).toMatch(/^secret {2}whsec_\S{44} /);
    // Another one than the receiver's.
    expect(out).toContain("FAILED: 401 after");
    expect(code).toBe(1);
    const { secret } = JSON.parse(
      (await run("patient.merged", "--forward-to", receiver.url, "--json")).out,
    ) as { secret: string };
    await using own = await startReceiver({ secret });
    ENV["MADE"] = secret;
    expect(
      (await run("patient.merged", "--forward-to", own.url, "--secret-env", "MADE", "--json")).code,
    ).toBe(0);
  });

  test("says that nobody answers", async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    expect(await run("patient.merged", "--forward-to", url)).toMatchObject({
      code: 1,
      out: expect.stringContaining("FAILED: no answer (ECONNREFUSED)") as string,
    });
  });
});

describe("--endpoint", () => {
  async function configure(folder: string, url: string, settings = ""): Promise<string> {
    const file = join(folder, "notifier.yaml");
    await writeFile(
      file,
      `contact: { name: Northside, email: it@northside.example }
encryption: [{ id: k1, key: { env: ENCRYPTION_KEY } }]
accounts:
  harbour: { api_key: { env: NORTHSIDE_KEY } }
  southbank: { api_key: { env: NORTHSIDE_KEY } }
endpoints:
  crm: { url: "${url}", secret: { env: SECRET }, events: ["appointment.*"]${settings} }
delivery: { allow_http: true, allow_private: [127.0.0.1/32] }
data_folder: ${folder}/data
`,
    );
    const config = await readConfig(file, ENV);
    await foundInstallation(file, ENV);
    await withBase(
      config,
      async ({ endpoints, now }) => await syncFileEndpoints(endpoints, config.endpoints, now),
    );
    return file;
  }

  test("goes the way of callbacks: its payload level, headers, secret and account", async ({ folder }) => {
    await using _redis = await startPrivateRedis(join(folder, "data"), redisProgram());
    await using receiver = await startReceiver({ secret: SECRET });
    const file = await configure(folder, receiver.url, ", accounts: [southbank], payload: ids");
    const { code, out } = await run("appointment.cancelled", "--endpoint", "crm", "--config", file);
    expect(out).toMatch(/^appointment\.cancelled evt_\S+ to crm\ndelivered: status 204 after \d+ ms\n$/);
    expect(code).toBe(0);
    const event = receiver.callbacks[0]?.event as Body;
    expect(event).toMatchObject({ account: "southbank", origin: "test" });
    expect(event.data.object).toBe(null);
    expect(receiver.callbacks[0]?.webhookId).toBe(event.id);

    const own = ["--set", "account=elsewhere", "--json"];
    const json = await run("patient.merged", "--endpoint", "crm", "--config", file, ...own);
    expect(JSON.parse(json.out)).toMatchObject({ type: "patient.merged", kind: "delivered", status: 204 });
    expect(receiver.callbacks[1]?.event).toMatchObject({ account: "elsewhere" });
    const unwanted = await run("patient.merged", "--endpoint", "crm", "--config", file);
    expect(unwanted.out).toContain("to crm, which has not asked for such events\ndelivered");
  });

  test("the guard holds it back as it would any callback", async ({ folder }) => {
    await using _redis = await startPrivateRedis(join(folder, "data"), redisProgram());
    const file = await configure(folder, "http://10.1.2.3/hooks");
    expect(await run("appointment.cancelled", "--endpoint", "crm", "--config", file)).toMatchObject({
      code: 1,
      out: expect.stringContaining("FAILED: refused_by_guard") as string,
    });
  });

  test("an endpoint that is none is said, with the one that is meant", async ({ folder }) => {
    await using _redis = await startPrivateRedis(join(folder, "data"), redisProgram());
    const file = await configure(folder, "http://127.0.0.1:9/");
    const { code, err } = await run("appointment.cancelled", "--endpoint", "crn", "--config", file);
    expect(err).toContain('did you mean "crm"?');
    expect(code).toBe(2);
  });
});

test("the program has both commands, and their help", async () => {
  const program = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
  const help = async (...args: readonly string[]): Promise<string> => {
    const child = spawn(process.execPath, [program, ...args]);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => void (text += chunk.toString()));
    }
    await once(child, "close");
    return text;
  };
  expect(await help("trigger", "--help")).toContain("--set <path=value>");
  expect(await help("listen", "--help")).toContain("--forward-to <url>");
  expect(await help("listen", "--from", "oldest")).toContain("is for --forward-to, which is not given");
  expect(await help("listen", "--forward-to", "http://127.0.0.1:3000/")).toContain(
    "the service asks who reads its feed",
  );
  expect(await help("listen", "--forward-to", "http://127.0.0.1:3000/", "--port", "1")).toContain(
    "cannot be used with",
  );
});

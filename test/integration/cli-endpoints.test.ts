import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test as base } from "vitest";
import { z } from "zod";

import { endpointSchema } from "../../src/ops/api/endpoints/endpoint-schemas.ts";
import { tokenSchema } from "../../src/ops/api/access/token-schemas.ts";
import { createSigner } from "../../src/dispatch/signing/sign.ts";
import { readConfig } from "../../src/cli/read-config.ts";
import { syncFileEndpoints } from "../../src/store/outbox/endpoint-file.ts";
import { createAuditLog } from "../../src/store/access/audit-log.ts";
import { createEndpointStore } from "../../src/store/outbox/endpoint-store.ts";
import { createKeyring } from "../../src/store/sealing/keyring.ts";
import { createProcessRegistry } from "../../src/store/detection/process-registry.ts";
import { createKeys } from "../../src/store/redis/keys.ts";
import { connectRedis } from "../../src/store/redis/redis.ts";
import { verifyWebhook } from "../../src/public/verify.ts";
import {
  CLI_ENV,
  type Ran,
  runCommand,
  startInstallation,
  writeOperatorFile,
} from "../support/cli-commands.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const ENV = { ...CLI_ENV, CRM_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };

type Run = (...args: readonly string[]) => Promise<Ran>;

/** A configuration with one endpoint in it. */
const test = base
  .extend("folder", async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
    onCleanup(async () => await rm(folder, { recursive: true, force: true }));
    return folder;
  })
  .extend("run", async ({ folder }, { onCleanup }): Promise<Run> => {
    const more = `endpoints: { written: { url: "https://a.example/", secret: { env: CRM_SECRET }, events: ["*"] } }\n`;
    const { file, ...installation } = await startInstallation(folder, { more, env: ENV });
    onCleanup(async () => await installation[Symbol.asyncDispose]());
    return async (...args) => await runCommand(ENV, "endpoints", ...args, "--config", file);
  })
  .extend("tokens", ({ run: _running, folder }): Run => {
    return async (...args) =>
      await runCommand(ENV, "tokens", ...args, "--config", join(folder, "notifier.yaml"));
  })
  .extend("redis", async ({ run: _running, folder }, { onCleanup }) => {
    const redis = await connectRedis({ socketPath: join(folder, "data", "redis.sock") }, 10_000);
    onCleanup(() => redis.disconnect());
    return redis;
  });

const CREATE = [
  "create",
  "crm",
  "--url",
  "https://crm.example.com/hooks?token=hunter2",
  "--events",
  "patient.*",
];

async function show(run: Run, ...more: readonly string[]): Promise<Record<string, unknown>> {
  const { out, err } = await run("show", "crm", "--json", ...more);
  expect(err).toBe("");
  return JSON.parse(out) as Record<string, unknown>;
}

test("an endpoint is made, its secret is printed, and it is listed and shown without it", async ({ run }) => {
  const made = await run(...CREATE, "--header", "Authorization: Bearer hunter3");
  const [secret = ""] = /whsec_\S+/.exec(made.out) ?? [];

  expect(made).toMatchObject({ code: 0, err: "" });
  expect(made.out).toContain("crm is made. It gets what happens from now on: patient.*");
  expect(Buffer.from(secret.slice("whsec_".length), "base64")).toHaveLength(32);

  const listed = await run("list");
  expect(listed.out).toMatchInlineSnapshot(`
    "endpoint  state    waiting  parked  failed  from  host             accounts  events
    crm       healthy  0        0       0       api   crm.example.com  (all)     patient.*
    "
  `);
  const [plain, open] = [await run("show", "crm"), await run("show", "crm", "--secret")];
  expect(plain.out).toContain("authorization");
  for (const hidden of [secret, "hunter3"]) {
    expect(plain.out + listed.out).not.toContain(hidden);
    expect(open.out).toContain(hidden);
  }
});

test("everything that can be said of an endpoint is taken over, and shown as the file would have it", async ({
  run,
}) => {
  const settings = [
    ...["--accounts", "northside", "--payload", "changes", "--include", "notes, medicare"],
    ...[
      "--when",
      "did_not_arrive: false -> true",
      "--when",
      "cancelled_at",
      "--when",
      "practitioner: * -> 12",
    ],
    ...["--header", "X-Team: north", "--rate-limit", "2.5", "--concurrency", "3", "--ordering", "subject"],
    ...["--description", "the CRM"],
  ];
  expect(await run(...CREATE, ...settings)).toMatchObject({ code: 0, err: "" });

  expect(await show(run, "--secret")).toMatchObject({
    id: "crm",
    source: "api",
    state: "active",
    revision: 1,
    settings: {
      url: "https://crm.example.com/hooks?token=hunter2",
      description: "the CRM",
      events: ["patient.*"],
      accounts: ["northside"],
      when: [
        { field: "did_not_arrive", from: false, to: true },
        { field: "cancelled_at" },
        { field: "practitioner", to: "12" },
      ],
      payload: "changes",
      include: ["notes", "medicare"],
      headers: { "x-team": "north" },
      rate_limit: 2.5,
      concurrency: 3,
      ordering: "subject",
    },
  });
});

test("several wrong options are told at once, each by its name and with its remedy", async ({ run }) => {
  const { code, out, err } = await run(
    ...["create", "crm", "--url", "http://127.0.0.1:4000/", "--events", "patient.mergd"],
    ...["--accounts", "nothside", "--when", "notes", "--header", "Host: a", "--concurrency", "many"],
  );

  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatchInlineSnapshot(`
    "the command line has 5 problems:

      --url
        is plain http: patients' data would travel in clear
        → use https; for a receiver on this machine, set delivery.allow_http: true and delivery.allow_private: ["127.0.0.1/32"]

      --events
        there is no event type "patient.mergd"
        → did you mean "patient.merged"?

      --accounts
        there is no account "nothside"
        → did you mean "northside"?

      --concurrency
        is not of the right kind
        → write a number here

      --header Host
        is a header of ours
        → leave it out: it carries the signature or runs the connection
    "
  `);
});

test.for<[readonly string[], string]>([
  [["create", "Crm!", "--url", "https://a.example/", "--events", "*"], "is not a usable endpoint name"],
  [["create", "written", "--url", "https://a.example/", "--events", "*"], "stands in the configuration file"],
  [["create", "crm", "--events", "*"], "--url"],
  [[...CREATE, "--payload", "everything"], "full, changes, ids"],
  [[...CREATE, "--header", "hunter4"], 'write "X-Team: north"'],
  [["show", "crn"], 'there is no endpoint "crn"'],
  [["update", "crn", "--payload", "ids"], 'there is no endpoint "crn"'],
  [["update", "crm"], "is to change nothing"],
  [["rotate", "crm", "--overlap", "8d"], "Write 0s to 7d"],
])("%j ends with 2 and says why", async ([args, message], { run }) => {
  const { code, out, err } = await run(...args);

  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(message);
  expect(err).not.toContain("hunter4");
});

test("an update changes what is given and leaves the rest; none and all take a setting away", async ({
  run,
}) => {
  await run(
    ...CREATE,
    "--rate-limit",
    "5",
    "--accounts",
    "northside",
    "--include",
    "notes",
    "--header",
    "A: 1",
  );
  const before = await show(run, "--secret");

  expect(await run("update", "crm", "--payload", "ids")).toMatchObject({ code: 0, out: "crm is changed.\n" });
  const after = await show(run, "--secret");
  expect(after).toEqual({
    ...before,
    revision: 2,
    updated_at: after["updated_at"],
    settings: { ...(before["settings"] as object), payload: "ids" },
  });

  await run(
    "update",
    "crm",
    "--rate-limit",
    "none",
    "--accounts",
    "all",
    "--include",
    "none",
    "--header",
    "none",
  );
  const { settings } = await show(run, "--secret");
  expect(settings).toMatchObject({ include: [], headers: {}, payload: "ids" });
  expect(settings).not.toHaveProperty("rate_limit");
  expect(settings).not.toHaveProperty("accounts");
});

test("a pause holds, a second one does not move its beginning, and enabling ends it", async ({ run }) => {
  await run(...CREATE);

  expect((await run("pause", "crm")).out).toContain("crm is paused");
  const paused = await show(run);
  await run("pause", "crm");
  expect(await show(run)).toEqual(paused);
  expect(endpointSchema.parse(paused)).toMatchObject({
    status: { state: "paused", since: expect.stringMatching(/^20.*Z$/) as string },
  });
  expect(z.array(endpointSchema).parse(JSON.parse((await run("list", "--json")).out))).toEqual([paused]);
  expect((await run("list")).out).toContain("paused");

  expect((await run("enable", "crm")).out).toContain("crm is enabled");
  expect(await show(run)).toMatchObject({ status: { state: "healthy" } });
});

test("who changed what at the command line is written down, without values", async ({ run, redis }) => {
  await run(...CREATE, "--header", "Authorization: hunter3");
  await run("update", "crm", "--url", "https://other.example/x?hunter4", "--payload", "ids");
  await run("update", "crm", "--payload", "ids");
  await run("update", "crm", "--events", "patient.mergd");
  await run("pause", "crm");
  await run("rotate", "crm");
  await run("delete", "crm", "--yes");
  const entries = await createAuditLog(redis, createKeys("cliniko-webhooks")).newest(100);

  expect(entries.toReversed().map(({ action, fields, host }) => [action, fields, host])).toEqual([
    ["endpoint.create", expect.arrayContaining(["url", "headers"]) as string[], "crm.example.com"],
    ["endpoint.update", ["url", "payload"], "other.example"],
    ["endpoint.pause", ["paused_at"], undefined],
    ["endpoint.rotate", ["signing_keys"], undefined],
    ["endpoint.delete", [], undefined],
  ]);
  expect(JSON.stringify(entries)).not.toMatch(/hunter|whsec/);
  const { username } = userInfo();
  for (const { actor, target } of entries) {
    expect([actor, target]).toEqual([{ id: `cli:${username}`, name: username, role: "admin" }, "crm"]);
  }
});

test("a token is made, printed once, listed without its secret, and revoked", async ({ tokens }) => {
  expect((await tokens("list")).out).toContain("There is no token yet");
  const crm = ["--role", "subscriber", "--subscriber", "crm", "--accounts", "northside"];
  const made = await tokens("create", "CRM production", ...crm);
  const [token = "", id = ""] = /cwt_([0-9a-f]{12})_[\w-]{43}/.exec(made.out) ?? [];

  expect(made).toMatchObject({ code: 0, err: "" });
  expect(made.out).toMatch(
    /^It opens until \d{4}-\d\d-\d\dT\S+Z; --expires names another end, --no-expiry none\.$/m,
  );
  const listed = await tokens("list");
  expect(listed.out).toMatch(new RegExp(`^${id} +CRM production +subscriber +crm +northside .* never$`, "m"));
  expect(listed.out).not.toContain(token.slice(20));
  expect(z.array(tokenSchema).parse(JSON.parse((await tokens("list", "--json")).out))).toMatchObject([
    { id, accounts: ["northside"] },
  ]);

  expect((await tokens("revoke", "000000000000")).err).toContain("there is no such token");
  expect((await tokens("revoke", token)).out).toContain(`${id} (CRM production) is revoked`);
  expect((await tokens("list")).out).not.toContain(id);
  const endless = await tokens("create", "x", "--role", "viewer", "--json", "--no-expiry");
  expect(JSON.parse(endless.out)).toMatchObject({ expires_at: null });
});

test.for<[readonly string[], string]>([
  [["x"], "--role"],
  [["x", "--role", "owner"], "admin, viewer, subscriber"],
  [["x", "--role", "subscriber"], "--subscriber"],
  [
    ["x", "--role", "subscriber", "--subscriber", "crm", "--accounts", "nothside"],
    'did you mean "northside"?',
  ],
  [["x", "--role", "viewer", "--accounts", "northside"], "is not for a token of role viewer"],
  [["x", "--role", "admin", "--sensitive"], "is not for a token of role admin"],
  [["x", "--role", "viewer", "--expires", "9d", "--no-expiry"], "--no-expiry"],
])("a token %j is refused", async ([args, message], { tokens }) => {
  const { code, out, err } = await tokens("create", ...args);

  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(message);
  expect((await tokens("list")).out).toContain("There is no token yet");
});

test("nothing is deleted without --yes", async ({ run }) => {
  await run(...CREATE);

  const asked = await run("delete", "crm");
  expect(asked).toMatchObject({ code: 2, out: "" });
  expect(asked.err).toContain("every delivery that still waits for");
  expect((await run("list")).out).toContain("crm");

  expect(await run("delete", "crm", "--yes")).toMatchObject({ code: 0, err: "" });
  expect((await run("list")).out).not.toContain("crm");
});

test("a rotation prints the new secret, and the former one signs until the overlap is over", async ({
  run,
}) => {
  const [former = ""] = /whsec_\S+/.exec((await run(...CREATE)).out) ?? [];
  const rotated = await run("rotate", "crm", "--overlap", "2h");
  const [fresh = ""] = /whsec_\S+/.exec(rotated.out) ?? [];

  expect(rotated.out).toMatch(/goes on signing beside it until 20\S+Z/);
  expect(await show(run, "--secret")).toMatchObject({
    signing_keys: [
      { kind: "v1", secret: fresh, expires_at: null },
      { kind: "v1", secret: former, expires_at: expect.stringMatching(/^20/) as string },
    ],
  });
  expect(fresh).not.toBe(former);

  const atOnce = await run("rotate", "crm", "--overlap", "0s", "--signature", "v1a");
  expect(atOnce.out).toContain("The former secret no longer signs.");
  expect(await show(run)).toMatchObject({
    signing_keys: [{ signature: "v1a", public_key: /whpk_\S+/.exec(atOnce.out)?.[0] }],
  });
});

test("a name that is taken is refused with what to do instead", async ({ run }) => {
  await run(...CREATE);
  const { code, err } = await run(...CREATE);

  expect(code).toBe(2);
  expect(err).toContain("endpoints update crm");
  expect((await run("show", "crn")).err).toContain('did you mean "crm"?');
});

test("of an endpoint that signs v1a only the public key is printed, and it verifies", async ({ run }) => {
  const { out } = await run(...CREATE, "--signature", "v1a");
  const [publicKey = ""] = /whpk_\S+/.exec(out) ?? [];
  const shown = await show(run, "--secret");
  const [key] = shown["signing_keys"] as { secret: string }[];

  expect(out).not.toContain("whsk_");
  expect(verifies(key?.secret ?? "", publicKey)).toBe(true);
  expect((await run("show", "crm")).out).toContain(publicKey);
});

test("the program itself has these commands", async () => {
  const child = spawn(process.execPath, [PROGRAM, "endpoints", "secret"]);
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];

  expect(code).toBe(0);
  expect(out).toMatch(/^secret: whsec_/);
});

test("a secret for the file is printed without any service, and belongs to its public key", async () => {
  const shared = await runCommand(ENV, "endpoints", "secret");
  const pair = await runCommand(ENV, "endpoints", "secret", "--signature", "v1a");

  const [secret = ""] = /whsec_\S+/.exec(shared.out) ?? [];
  expect(shared).toMatchObject({ code: 0, err: "" });
  expect(verifies(secret, secret)).toBe(true);
  expect(verifies(/whsk_\S+/.exec(pair.out)?.[0] ?? "", /whpk_\S+/.exec(pair.out)?.[0] ?? "")).toBe(true);
});

function verifies(secret: string, by: string): boolean {
  const kind = secret.startsWith("whsk_") ? ("v1a" as const) : ("v1" as const);
  const headers = createSigner().headers([{ kind, secret, createdAt: 0 }], "evt_1", 1_000, "{}", 0);
  return verifyWebhook({ secrets: [by], headers, body: "{}", nowMs: 1_000_000 }).kind === "verified";
}

test("what stands in the configuration file can be paused and enabled, and is changed there alone", async ({
  run,
  folder,
}) => {
  await bringInFile(folder);

  expect((await run("pause", "written")).code).toBe(0);
  expect((await run("enable", "written")).code).toBe(0);
  expect((await run("list")).out).toMatch(/^written +healthy +0 +0 +0 +file/m);
  for (const args of [
    ["update", "written", "--payload", "ids"],
    ["rotate", "written"],
    ["delete", "written", "--yes"],
  ]) {
    const { code, err } = await run(...args);
    expect([args[0], code]).toEqual([args[0], 2]);
    expect(err).toContain("stands in the configuration file");
  }
});

test("what has left the configuration file is still not changed, and can be deleted once no process would make it again", async ({
  run,
  folder,
  redis,
}) => {
  await bringInFile(folder);
  const file = join(folder, "notifier.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace(/^endpoints: .*\n/m, ""));

  expect((await run("update", "written", "--payload", "ids")).err).toContain("is no longer in it");
  const processes = createProcessRegistry(redis, createKeys("cliniko-webhooks"));
  await processes.say({ ...OLDER_PROCESS, endpoints: ["written"] });
  const refused = await run("delete", "written", "--yes");
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("process 17 on notifier-1 was started before the configuration file left");
  expect(await redis.hexists(createKeys("cliniko-webhooks").endpoints, "written")).toBe(1);
  await processes.say({ ...OLDER_PROCESS, endpoints: [] });
  expect(await run("delete", "written", "--yes")).toMatchObject({ code: 0, err: "" });
});

const OLDER_PROCESS = {
  id: "one",
  host: "notifier-1",
  pid: 17,
  roles: ["poll"],
  version: "0.1.0",
  node: "24.11.1",
  startedAt: 1_795_317_304_000,
  memoryBytes: 121_634_816,
  loopDelayMs: 1.4,
};

/** What the service does with the file's endpoints when it starts. */
async function bringInFile(folder: string): Promise<void> {
  const { endpoints, encryptionKeys } = await readConfig(join(folder, "notifier.yaml"), ENV);
  const redis = await connectRedis({ socketPath: join(folder, "data", "redis.sock") }, 10_000);
  const keys = createKeys("cliniko-webhooks");
  const store = createEndpointStore(redis, keys, createKeyring(encryptionKeys), Date.now);
  await syncFileEndpoints(store, endpoints, Date.now);
  redis.disconnect();
}

test("beside no service a command ends with 3 and says what to start", async ({ folder }) => {
  const file = await writeOperatorFile(folder);

  expect(await runCommand(ENV, "endpoints", "list", "--config", file)).toMatchObject({
    code: 3,
    err: expect.stringContaining("start it first") as string,
  });
});

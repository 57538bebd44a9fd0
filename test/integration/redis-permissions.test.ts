import { readFileSync } from "node:fs";

import type { Redis } from "../../src/store/redis/client.ts";
import { expect, test } from "vitest";

import { aclRules } from "../../src/store/redis/redis-access.ts";
import { closedPort } from "../support/local-servers.ts";
import { eventually } from "../support/harness.ts";
import { startRedisServer } from "../support/redis-process.ts";
import { type Stage, setStage } from "../support/service-process.ts";

const RULES = aclRules("cliniko-webhooks");
const PASSWORD = "a-p@ss:word/with#marks";

interface Restricted extends AsyncDisposable {
  readonly admin: Redis;
  readonly url: string;
}

/** A Redis with one user who may do what the rules say, and a second database for the number in the URL to mean something. */
async function startRestricted(rules: string): Promise<Restricted> {
  const port = await closedPort();
  const server = await startRedisServer({ port: String(port), bind: "127.0.0.1", appendonly: "yes" });
  await server.redis.call("ACL", "SETUSER", "notifier", "reset", "on", `>${PASSWORD}`, ...rules.split(" "));
  return {
    admin: server.redis,
    url: `redis://notifier:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/1`,
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

/** Every command that Redis refused, with the thing that was not allowed. */
async function refusedBy(admin: Redis): Promise<string[]> {
  const log = (await admin.call("ACL", "LOG", "128")) as unknown[][];
  return log.map((entry) => {
    const at = (name: string): string => String(entry[entry.indexOf(name) + 1]);
    return `${at("reason")} ${at("object")} (${at("context")})`;
  });
}

async function workThrough(stage: Stage, env: Readonly<Record<string, string>>): Promise<void> {
  const service = stage.start(env);
  const { opsUrl } = await service.says("service started");
  await eventually(() =>
    service.lines().filter(({ msg }) => msg === "connection baseline_completed").length >= 4
      ? true
      : undefined,
  );
  const { clinic, receiver } = stage;
  const [appointment] = clinic.desk.appointments();
  const [patient] = clinic.desk.patients();
  clinic.desk.editNote(appointment?.id ?? "", "changed");
  await eventually(() => receiver.callbacks.find(({ body }) => body.includes("appointment.updated")));
  const { eventId } = JSON.parse(
    `{"eventId":${JSON.stringify(/"id":"(evt_[^"]+)"/.exec(receiver.callbacks.at(-1)?.body ?? "")?.[1])}}`,
  ) as { eventId: string };
  const authorization = { authorization: "Bearer an-operators-own-long-word" };
  const feed = await fetch(`${opsUrl}/v1/feed?from=oldest`, { headers: authorization });
  expect(feed.status, await feed.text()).toBe(200);
  const link = await fetch(`${opsUrl}/v1/sign-in-links`, { method: "POST", headers: authorization });
  expect(link.status, await link.text()).toBe(201);
  for (const path of ["/v1/overview", "/v1/system", "/v1/audit", "/metrics", "/health/ready"]) {
    const answer = await fetch(`${opsUrl}${path}`, { headers: authorization });
    expect([path, answer.status]).toEqual([path, 200]);
  }
  const commands = [
    ["check"],
    ["status"],
    ["doctor"],
    ["accounts"],
    ["poll", "northside"],
    ["tokens", "create", "reader", "--role", "viewer"],
    ["tokens", "list"],
    ["endpoints", "list"],
    ["endpoints", "test", "crm"],
    ["endpoints", "pause", "crm"],
    ["endpoints", "enable", "crm"],
    ["backfill", "northside", "crm"],
    ["events", "list"],
    ["events", "show", eventId],
    ["deliveries", "list", "crm"],
    ["recover", "crm", "--since", "1h"],
    ["explain", "northside", "appointment", appointment?.id ?? ""],
    ["forget", "northside", patient?.id ?? "", "--yes"],
    ["keys", "rotate"],
    ["audit", "list"],
    ["dashboard"],
  ];
  for (const args of commands) {
    const { output } = await stage.run(args, env);
    expect([args.join(" "), output.includes("NOPERM")], output).toEqual([args.join(" "), false]);
    expect(output).not.toContain(PASSWORD);
    expect(output).not.toContain(encodeURIComponent(PASSWORD));
  }
  service.child.kill("SIGTERM");
  expect((await service.ended).code).toBe(0);
  expect(service.output()).not.toContain("NOPERM");
  expect(service.output()).not.toContain(PASSWORD);
}

test("the service and its commands ask Redis for what docs/deployment.md permits, and for nothing else", async () => {
  await using redis = await startRestricted(RULES);
  await using stage = await setStage();
  await workThrough(stage, { REDIS_URL: redis.url });

  expect(await refusedBy(redis.admin)).toEqual([]);
  const [, kept] = /keys=(\d+)/.exec(/db1:(.*)/.exec(await redis.admin.info("keyspace"))?.[1] ?? "") ?? [];
  expect(Number(kept)).toBeGreaterThan(10);
  expect(await redis.admin.dbsize()).toBe(0);
}, 600_000);

test("docs/deployment.md has the permissions as they are", () => {
  const page = readFileSync("docs/deployment.md", "utf8").replaceAll(/ \\\n\s*/g, " ");
  expect(page).toContain(`ACL SETUSER cliniko-webhooks on '>a long password' ${RULES}`);
});

test("without INFO, CONFIG and CLIENT the service runs all the same, and says nothing about it over and over", async () => {
  await using redis = await startRestricted(`${RULES} -info -config|get -client|list -client|setname`);
  await using stage = await setStage();
  const service = stage.start({ REDIS_URL: redis.url });
  await service.says("service started");
  await service.says("connection baseline_completed");
  const [appointment] = stage.clinic.desk.appointments();
  stage.clinic.desk.editNote(appointment?.id ?? "", "changed");
  await eventually(() => stage.receiver.callbacks.find(({ body }) => body.includes("appointment.updated")));

  expect(service.output()).not.toContain("NOPERM");
  service.child.kill("SIGTERM");
  expect((await service.ended).code).toBe(0);
});

test.each([
  ["a command", `${RULES} -zmscore -xread`, "run zmscore, xread: ACL SETUSER notifier +zmscore +xread"],
  [
    "the keys",
    RULES.replace("~cliniko-webhooks:*", "~other:*"),
    "use keys that begin with cliniko-webhooks: (get, set, getdel): ACL SETUSER notifier ~cliniko-webhooks:*",
  ],
])(
  "%s that is not permitted is named at once with the remedy, by start, check and doctor",
  async (_what, rules, message) => {
    await using redis = await startRestricted(rules);
    await using stage = await setStage();
    const service = stage.start({ REDIS_URL: redis.url });
    const { code } = await service.ended;

    expect(code).toBe(2);
    expect(service.lines()).toEqual([
      expect.objectContaining({ msg: "service could not start", detail: expect.stringContaining(message) }),
    ]);
    expect(service.output()).not.toMatch(/"stack"|\n +at /);
    expect((await stage.run(["check"], { REDIS_URL: redis.url })).output).toContain(message);
    expect((await stage.run(["doctor"], { REDIS_URL: redis.url })).output).toContain(message);
    expect(await redis.admin.dbsize()).toBe(0);
  },
  60_000,
);

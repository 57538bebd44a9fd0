import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { createKeys } from "../../src/store/redis/keys.ts";
import { modeOf, openBelow, openFolder } from "../support/folder-modes.ts";
import { closedPort, startHttp, startTcp } from "../support/local-servers.ts";
import { serverPid, startRedisServer } from "../support/redis-process.ts";
import { type ServiceProcess, setStage } from "../support/service-process.ts";

/** What a start that cannot go on says: one line, no stack. */
async function endOf(service: ServiceProcess): Promise<{ code: number | null; detail: string }> {
  const end = await service.ended;
  expect(service.output()).not.toMatch(/"stack"|\n +at /);
  expect(service.lines().map(({ msg }) => msg)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^service could not start$/)]),
  );
  return { ...end, detail: service.lines().at(-1)?.detail ?? "" };
}

test("a start that waits for a Redis that says nothing is ended by one signal, within seconds", async () => {
  await using stage = await setStage();
  await using silent = await startTcp((socket) => socket.resume());
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    const service = stage.start({ REDIS_URL: `redis://127.0.0.1:${silent.port}` });
    await expect.poll(() => silent.openSockets()).toBeGreaterThan(0);
    const toldAt = performance.now();
    service.child.kill(signal);
    const { code } = await service.ended;
    expect([signal, code]).toEqual([signal, 0]);
    expect(performance.now() - toldAt).toBeLessThan(20_000);
    expect(service.lines().at(-1)?.msg).toBe("stopped while starting");
    await expect.poll(() => silent.openSockets()).toBe(0);
  }
});

test("a start that what is kept stands in the way of says in its one line what that is, and what to do", async () => {
  await using server = await startRedisServer({});
  await using stage = await setStage();
  const env = { REDIS_URL: `unix://${"socketPath" in server.address ? server.address.socketPath : ""}` };
  const keys = createKeys("cliniko-webhooks");
  await server.redis.hset(keys.renamedAccounts, "old", "northside unfinished");

  const half = await endOf(stage.start(env));
  expect(half.detail).toContain("the renaming of old to northside was stopped half way");
  expect(half.detail).toContain("cliniko-webhooks accounts rename old northside");

  await server.redis.hset(keys.renamedAccounts, "old", "northside");
  const name = "crm-of-the-api";
  const url = "https://example.com/hook";
  const made = await stage.run(["endpoints", "create", name, "--url", url, "--events", "*"], env);
  expect(made).toMatchObject({ code: 0 });
  const file = JSON.parse(readFileSync(stage.configFile, "utf8")) as { endpoints: Record<string, unknown> };
  const endpoints = { ...file.endpoints, [name]: { url, secret: { env: "WEBHOOK_SECRET" }, events: ["*"] } };
  writeFileSync(stage.configFile, JSON.stringify({ ...file, endpoints }));

  const taken = await endOf(stage.start(env));
  expect(taken.detail).toContain(`endpoints.${name} has the name of an endpoint that was made at run time`);
  expect(taken.detail).toContain(`cliniko-webhooks endpoints delete ${name}`);
});

test("a start whose Redis freezes in the middle is ended by one signal too", async () => {
  await using stage = await setStage();
  const port = await closedPort();
  await using server = await startRedisServer({ port: String(port), bind: "127.0.0.1" });
  const pid = await serverPid(server.redis);
  const service = stage.start({ REDIS_URL: `redis://127.0.0.1:${port}` });
  await expect
    .poll(async () => String(await server.redis.client("LIST")).split("\n").length, { interval: 5 })
    .toBeGreaterThan(2);
  process.kill(pid, "SIGSTOP");
  const toldAt = performance.now();
  service.child.kill("SIGTERM");
  await service.ended;
  expect(performance.now() - toldAt).toBeLessThan(30_000);
  process.kill(pid, "SIGCONT");
});

test("a second signal does not wait for the work in hand", async () => {
  await using stage = await setStage();
  const port = await closedPort();
  await using server = await startRedisServer({ port: String(port), bind: "127.0.0.1" });
  const pid = await serverPid(server.redis);
  const service = stage.start({ REDIS_URL: `redis://127.0.0.1:${port}` });
  await service.says("connection baseline_completed");
  process.kill(pid, "SIGSTOP");
  service.child.kill("SIGTERM");
  await service.says("draining");
  const toldAt = performance.now();
  service.child.kill("SIGTERM");
  expect((await service.ended).code).toBe(1);
  expect(performance.now() - toldAt).toBeLessThan(15_000);
  process.kill(pid, "SIGCONT");
});

test("a port that is taken is one sentence with a remedy, found by check, and free again it is used", async () => {
  await using other = await startHttp((_request, response) => response.end("somebody else"));
  await using stage = await setStage({ ops: { port: other.port } });
  const { code, detail } = await endOf(stage.start());
  const sentence = `ops cannot listen on 127.0.0.1:${other.port}: another process does; stop it, or set ops.port`;

  expect([code, detail]).toEqual([3, sentence]);
  const checked = await stage.run(["check"]);
  expect(checked.code).toBe(3);
  expect(checked.output).toContain(sentence);

  await other[Symbol.asyncDispose]();
  const service = stage.start();
  await service.says("service started");
  // The port that our own service has is no fault.
  expect((await stage.run(["check"])).output).toContain(
    `the service runs already, on 127.0.0.1:${other.port}`,
  );
});

test.each([
  ["a file in its place", "there is a file of that name: set data_folder to a folder"],
  [
    "a folder in the place of a file of ours",
    "there is a folder in the place of a file: empty it, or set data_folder",
  ],
])(
  "a data folder that cannot be used is one sentence with a remedy: %s",
  async (what, remedy) => {
    await using stage = await setStage();
    const path = join(stage.folder, "data");
    if (what.startsWith("a file")) writeFileSync(path, "");
    else mkdirSync(join(path, "owner.lock"), { recursive: true });
    const { code, detail } = await endOf(stage.start());

    expect(code).toBe(2);
    expect(detail).toBe(`the data folder ${path} cannot be written to: ${remedy}`);
  },
  60_000,
);

function mount(path: string, options: string): boolean {
  mkdirSync(path, { recursive: true });
  return spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]).status === 0;
}

const CAN_MOUNT = ((): boolean => {
  const probe = join("/tmp", `cw-mount-${process.pid}`);
  const can = mount(probe, "size=1m");
  if (can) spawnSync("umount", [probe]);
  rmSync(probe, { recursive: true, force: true });
  return can;
})();

test.skipIf(!CAN_MOUNT)(
  "a read-only data folder is one sentence with a remedy, found by check (needs mount)",
  async () => {
    await using stage = await setStage();
    const path = join(stage.folder, "data");
    mount(path, "size=1m,ro");
    try {
      const { code, detail } = await endOf(stage.start());
      expect(code).toBe(2);
      expect(detail).toBe(
        `the data folder ${path} cannot be written to: it is on a read-only file system: mount a volume there, or set data_folder`,
      );
      expect((await stage.run(["check"])).output).toContain(detail);
    } finally {
      spawnSync("umount", [path]);
    }
  },
  60_000,
);

test.skipIf(!CAN_MOUNT)(
  "a disk that fills up is a few lines in the log, and reading goes on when there is room (needs mount)",
  async () => {
    await using stage = await setStage();
    const path = join(stage.folder, "data");
    mount(path, "size=8m");
    try {
      const service = stage.start();
      await expect
        .poll(() => service.lines().filter(({ msg }) => msg === "connection baseline_completed").length)
        .toBeGreaterThanOrEqual(4);
      expect((await stage.run(["check"])).output).toMatch(/FAIL +disk/);
      const before = service.lines().length;
      spawnSync("dd", ["if=/dev/zero", `of=${join(path, "fill")}`, "bs=16k"]);
      await service.says("redis cannot be written, waiting for it");
      // Ten rests of a worker: unbounded, this was some three thousand lines a second.
      await delay(10_000);
      expect(service.lines().length - before).toBeLessThan(10);

      rmSync(join(path, "fill"));
      const [appointment] = stage.clinic.desk.appointments();
      stage.clinic.desk.editNote(appointment?.id ?? "", "written when there was room again");
      await expect
        .poll(() => stage.receiver.callbacks.some(({ body }) => body.includes("appointment.updated")))
        .toBe(true);
      service.child.kill("SIGTERM");
      expect((await service.ended).code).toBe(0);
    } finally {
      spawnSync("umount", [path]);
    }
  },
  // A job whose end could not be written is taken up again when its lock is old.
  300_000,
);

test("a database that Redis does not have ends start and check with the number that it has", async () => {
  await using stage = await setStage();
  const port = await closedPort();
  await using server = await startRedisServer({ port: String(port), bind: "127.0.0.1" });
  const env = { REDIS_URL: `redis://127.0.0.1:${port}/99` };
  const { code, detail } = await endOf(stage.start(env));

  expect(code).toBe(2);
  expect(detail).toContain("has no database 99, it has 16: 0 to 15");
  expect((await stage.run(["check"], env)).output).toContain(detail);
  expect(await server.redis.info("keyspace")).not.toContain("db0");
});

test("a start closes both of its folders to others, and says so", async () => {
  await using stage = await setStage();
  const data = openFolder(join(stage.folder, "data"), 0o755);
  const keys = openFolder(join(stage.folder, "keys"), 0o775);
  const checked = await stage.run(["check"], { REDIS_URL: "" });
  expect(checked.output).toContain(`${data} (0755) is open to others: the service closes it when it starts`);
  expect(checked.output).toContain(`${keys} (0775) is open to others: the service closes it when it starts`);
  expect([modeOf(data), modeOf(keys)]).toEqual(["755", "775"]);

  const service = stage.start({ REDIS_URL: "" });
  await service.says("private redis");
  await service.says("keys folder");
  await service.says("service started");
  expect([modeOf(data), modeOf(keys)]).toEqual(["700", "700"]);
  expect([...openBelow(data), ...openBelow(keys)]).toEqual([]);
});

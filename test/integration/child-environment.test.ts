import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { expect, test } from "vitest";

import { startPrivateRedis } from "../../src/store/redis/private-redis.ts";
import { isAlive, redisProgram, temporaryFolder } from "../support/redis-process.ts";
import { setStage } from "../support/service-process.ts";

const SECRETS = ["ENCRYPTION_KEY", "CLINIKO_API_KEY", "WEBHOOK_SECRET", "OPS_TOKEN"];

/** A program that writes down what it was told, and then is the real one: Redis overwrites its own `/proc/…/environ`. */
function listeningProgram(folder: string, program: string): string {
  const path = join(folder, "redis-server");
  const script = `#!/bin/sh\nenv > ${join(folder, "told")}\nexec ${program} "$@"\n`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

/** Names of variables. A shell adds some of its own. */
function namesIn(text: string, separator: string): string[] {
  const names = text.split(separator).flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
  return names.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name)).toSorted();
}

/** Every process that descends from one, with what stands in its environment. */
function descendants(pid: number): { readonly pid: number; readonly environment: string }[] {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = /\) \w (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8"))?.[1];
        if (Number(parent) !== pid) return [];
        return [{ pid: Number(name), environment: readFileSync(`/proc/${name}/environ`, "utf8") }];
      } catch {
        return []; // it has ended meanwhile
      }
    });
  return children.flatMap((child) => [child, ...descendants(child.pid)]);
}

test("no program that the service starts is told its keys, while the service itself has them", async () => {
  await using stage = await setStage();
  const program = listeningProgram(stage.folder, redisProgram());
  const TZ = "Australia/Sydney";
  const service = stage.start({
    PATH: `${stage.folder}${delimiter}${process.env["PATH"] ?? ""}`,
    TZ,
    REDIS_URL: "",
  });
  await service.says("private redis started");

  const told = readFileSync(join(stage.folder, "told"), "utf8");
  expect(namesIn(told, "\n")).toEqual(["PATH", "TZ"]);
  expect(told).toContain(TZ);
  const { pid = 0 } = service.child;
  const own = readFileSync(`/proc/${pid}/environ`, "utf8");
  expect(namesIn(own, "\0")).toEqual(expect.arrayContaining(SECRETS));
  const found = descendants(pid);
  // The server, and what holds the lock of its folder; for a moment also what the server forks to write its files anew.
  expect(found.filter((child) => isAlive(child.pid)).length).toBeGreaterThan(1);
  const ofOwn = SECRETS.map((name) => new RegExp(`${name}=([^\0]+)`).exec(own)?.[1] ?? "missing");
  for (const { environment } of found) {
    for (const text of [...SECRETS, ...ofOwn]) expect(environment).not.toContain(text);
  }
  expect(program).toContain(stage.folder);
});

test("nor is what repairs an append-only file", async () => {
  using folder = temporaryFolder();
  const home = join(folder.path, "data");
  const program = listeningProgram(folder.path, redisProgram());
  const checker = join(folder.path, "redis-check-aof");
  writeFileSync(checker, `#!/bin/sh\nenv > ${join(folder.path, "asked")}\nexit 1\n`, { mode: 0o755 });
  const first = await startPrivateRedis(home, program);
  await first[Symbol.asyncDispose]();
  const files = readdirSync(join(home, "appendonlydir"));
  writeFileSync(join(home, "appendonlydir", files.find((name) => name.endsWith(".aof")) ?? ""), "torn");
  process.env["WEBHOOK_SECRET"] = "whsec_of_a_test";
  try {
    await expect(startPrivateRedis(home, program)).rejects.toThrow("did not start");
  } finally {
    delete process.env["WEBHOOK_SECRET"];
  }
  const asked = namesIn(readFileSync(join(folder.path, "asked"), "utf8"), "\n");
  expect(asked).toContain("PATH");
  expect(asked).not.toContain("WEBHOOK_SECRET");
});

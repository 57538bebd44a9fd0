import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { eventually } from "../support/harness.ts";
import { temporaryFolder } from "../support/redis-process.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** The demo with a folder for temporary files of its own, so that what it leaves there can be seen. */
function startDemo(
  tmp: string,
  env: Readonly<Record<string, string>> = {},
  ...args: readonly string[]
): Running {
  const child = spawn(process.execPath, [PROGRAM, "demo", ...args], {
    env: { PATH: process.env["PATH"] ?? "", TMPDIR: tmp, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => void (text += chunk.toString()));
  return { child, output: () => text };
}

/** Waits until it has said this; a demo that ends before it does is shown with all it has said. */
async function hasSaid({ child, output }: Running, words: string): Promise<void> {
  await eventually(() => {
    if (output().includes(words)) return true;
    if (child.exitCode !== null) throw new Error(`the demo ended (exit ${child.exitCode}):\n${output()}`);
    return undefined;
  });
}

/** Processes whose command line names the folder: the service, its redis-server, their guards. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(folder) ? [`${pid} ${line}`] : [];
      } catch {
        return [];
      }
    });
}

const ENDINGS: readonly (readonly [what: string, end: (demo: ChildProcess) => void])[] = [
  ["a closed pipe, as of head", (child) => child.stdout?.destroy()],
  ["SIGHUP", (child) => void child.kill("SIGHUP")],
  ["SIGTERM", (child) => void child.kill("SIGTERM")],
  [
    "Ctrl-C twice",
    (child) => {
      child.kill("SIGINT");
      child.kill("SIGINT");
    },
  ],
  ["kill -9", (child) => void child.kill("SIGKILL")],
];

test.concurrent.for(ENDINGS)(
  "when %s ends the demo nothing is left: no process, no folder",
  async ([_what, end], context) => {
    using tmp = temporaryFolder();
    const demo = startDemo(tmp.path);
    const { child } = demo;
    const gone = once(child, "exit");
    await hasSaid(demo, "The receptionist starts work");
    context.expect(processesOf(tmp.path).some((line) => line.includes("redis-server"))).toBe(true);
    end(child);
    await gone;

    await context.expect.poll(() => processesOf(tmp.path)).toEqual([]);
    await context.expect.poll(() => readdirSync(tmp.path)).toEqual([]);
  },
);

test.concurrent.for(["SIGINT", "SIGKILL"] as const)(
  "%s while it starts leaves nothing either",
  async (signal, context) => {
    using tmp = temporaryFolder();
    const { child } = startDemo(tmp.path);
    const gone = once(child, "exit");
    await eventually(() =>
      processesOf(tmp.path).some((line) => line.includes("start --with-parent")) ? true : undefined,
    );
    const toldAt = performance.now();
    child.kill(signal);
    await gone;
    context.expect(performance.now() - toldAt).toBeLessThan(60_000);

    await context.expect.poll(() => processesOf(tmp.path)).toEqual([]);
    await context.expect.poll(() => readdirSync(tmp.path)).toEqual([]);
  },
);

test("a service whose parent is gone before it is loaded does not start", async () => {
  using tmp = temporaryFolder();
  const config = join(tmp.path, "notifier.json");
  writeFileSync(
    config,
    JSON.stringify({
      contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
      encryption: [{ id: "k1", key: { env: "ENCRYPTION_KEY" } }],
      accounts: {},
      endpoints: {},
      data_folder: join(tmp.path, "data"),
    }),
  );
  const env = { ...process.env, ENCRYPTION_KEY: randomBytes(32).toString("base64"), REDIS_URL: "" };
  const child = spawn(process.execPath, [PROGRAM, "start", "--with-parent", "--config", config], {
    env,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const gone = once(child, "exit");
  child.disconnect();

  expect(await gone).toEqual([0, null]);
  expect(processesOf(tmp.path)).toEqual([]);
});

test("without a redis-server it fails at once with the remedy, and leaves nothing", async () => {
  using tmp = temporaryFolder();
  const { child, output } = startDemo(tmp.path, { PATH: "/nowhere" });
  const [code] = (await once(child, "close")) as [number];

  expect(code).toBe(3);
  expect(output()).toMatch(
    /^error: the demo runs on a Redis of its own, .*: install one \(apt-get install redis-server, /,
  );
  expect(output()).not.toMatch(/https?:|cliniko-webhooks-demo-/);
  expect(readdirSync(tmp.path)).toEqual([]);
});

test.each([["sandbox"], ["listen"]])(
  "%s ends quietly when nobody reads what it prints",
  async (command) => {
    const child = spawn(
      process.execPath,
      [PROGRAM, command, "--port", "0", ...(command === "sandbox" ? ["--acts", "600"] : [])],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => void (err += chunk.toString()));
    await eventually(() => /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0]);
    const gone = once(child, "exit");
    child.stdout.destroy();
    // What is printed next finds the pipe closed: a callback, even one that is refused, makes the listener print.
    if (command === "listen") {
      await fetch(/http:\/\/127\.0\.0\.1:\d+\S*/.exec(out)?.[0] ?? "", { method: "POST", body: "{}" }).catch(
        () => undefined,
      );
    }
    expect((await gone)[0]).toBe(0);
    expect(err).toBe("");
  },
  30_000,
);

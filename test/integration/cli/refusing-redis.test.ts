import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { createProgram } from "../../../src/cli/program.ts";
import { readConfig } from "../../../src/cli/read-config.ts";
import { explainFailure } from "../../../src/cli/terminal/failure.ts";
import { withBase } from "../../../src/cli/with-base.ts";
import { createKeys } from "../../../src/store/redis/keys.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { CLI_ENV, runCommand, startInstallation } from "../../support/cli-commands.ts";

const ENDPOINT = ["endpoints", "create", "erp", "--url", "https://erp.example.com/", "--events", "*"];

/** Ends with what `act` resolves to. Everything that the command line does passes these stores. */
async function withInstallation(
  act: (run: {
    readonly file: string;
    readonly socketPath: string;
    readonly run: (...args: readonly string[]) => ReturnType<typeof runCommand>;
  }) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
  const installation = await startInstallation(folder);
  try {
    const { file, socketPath } = installation;
    const run = async (...args: readonly string[]): ReturnType<typeof runCommand> =>
      await runCommand(CLI_ENV, ...args, "--config", file);
    await act({ file, socketPath, run });
  } finally {
    await installation[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

test("a Redis that is full refuses what a command writes in words, with the code of what cannot be reached", async () => {
  await withInstallation(async ({ run, socketPath }) => {
    const redis = await connectRedis({ socketPath }, 5_000);
    await redis.config("SET", "maxmemory", "1");
    for (const args of [
      ENDPOINT,
      ["tokens", "create", "me", "--role", "admin"],
      ["keys", "rotate"],
      ["accounts", "remove", "northside", "--yes"],
      ["forget", "northside", "42", "--yes"],
    ]) {
      const { code, err } = await run(...args);
      expect(err).toBe(
        `error: Redis at ${socketPath} cannot be used: Redis is full: raise maxmemory. Then run this again (docs/operations.md#redis)\n`,
      );
      expect(code).toBe(3);
    }
    // What only looks does look, and names what it could not look at.
    expect((await run("status")).out).toContain("takes no writes");
    expect((await run("doctor")).out).not.toContain("please report it");
    await redis.config("SET", "maxmemory", "0");
    expect((await run(...ENDPOINT)).code).toBe(0);
    redis.disconnect();
  });
});

test("a command that is stopped says so, and how it goes on", async () => {
  await withInstallation(async ({ file, run, socketPath }) => {
    const redis = await connectRedis({ socketPath }, 5_000);
    const keys = createKeys("cliniko-webhooks");
    await redis.hset(keys.cursor("old", "patients"), { phase: "live", watermark: 1 });
    for (const args of [
      ["accounts", "remove", "northside", "--yes"],
      ["accounts", "rename", "old", "northside"],
      ["forget", "northside", "42", "--yes"],
    ]) {
      const program = createProgram(
        CLI_ENV,
        () => undefined,
        () => AbortSignal.abort(),
      );
      const failed: unknown = await program
        .parseAsync([...args, "--config", file], { from: "user" })
        .catch((error: unknown) => error);
      expect(explainFailure(failed)).toEqual({
        exitCode: 1,
        text: "error: stopped before its end: the same command again does the rest\n",
      });
    }
    expect((await run("accounts", "rename", "old", "northside")).out).toContain("is called northside now");
    redis.disconnect();
  });
});

test("a command whose Redis does not answer any more ends and says so; one that is answered late does not", async () => {
  await withInstallation(async ({ file, socketPath }) => {
    const config = await readConfig(file, CLI_ENV);
    const redis = await connectRedis({ socketPath }, 5_000);
    const pause = async (ms: number): Promise<void> => {
      await redis.call("CLIENT", "PAUSE", String(ms), "ALL");
    };
    const late = withBase(
      config,
      async (base) => {
        await pause(30);
        return await base.redis.ping();
      },
      Date.now,
      20,
    );
    expect(await late).toBe("PONG");
    const lost = withBase(
      config,
      async () => {
        await pause(5_000);
        await new Promise(() => undefined);
      },
      Date.now,
      20,
    );
    const failed: unknown = await lost.catch((error: unknown) => error);
    expect(explainFailure(failed)).toEqual({
      exitCode: 3,
      text: `error: Redis at ${socketPath} has not answered for 0.2 s. What was done stays done: run this again when it is back\n`,
    });
    redis.disconnect();
  });
});

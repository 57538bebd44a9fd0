import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { createKeys } from "../../../src/store/redis/keys.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { CLI_ENV, runCommand, startInstallation } from "../../support/cli-commands.ts";

test("the commands count first, name what is in the way, and take the options of accounts", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
  const installation = await startInstallation(folder);
  try {
    const run = async (...args: readonly string[]): Promise<string> => {
      const { out, err } = await runCommand(CLI_ENV, "accounts", ...args, "--config", installation.file);
      return out + err;
    };
    const redis = await connectRedis({ socketPath: installation.socketPath }, 5_000);
    const keys = createKeys("cliniko-webhooks");
    await redis.hset(keys.cursor("old", "patients"), { phase: "live", watermark: 1 });
    expect(await run("remove", "old")).toContain("Nothing is erased yet: add --yes.");
    expect(JSON.parse(await run("remove", "old", "--json"))).toMatchObject({
      erased: false,
      is_empty: false,
    });
    expect(await run("rename", "old", "elsewhere")).toContain("does not name elsewhere");
    expect(await run("rename", "old", "northside")).toContain("old is called northside now");
    expect(await redis.hget(keys.cursor("northside", "patients"), "phase")).toBe("live");
    expect(await run("remove", "northside", "--yes")).toContain("its first sync begins anew");
    expect(await redis.exists(keys.cursor("northside", "patients"))).toBe(0);
    redis.disconnect();
  } finally {
    await installation[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});

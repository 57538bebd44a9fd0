import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";
import { expect, test } from "vitest";

import { addEventCommands } from "../../../src/cli/events/event-commands.ts";
import { explainFailure } from "../../../src/cli/terminal/failure.ts";
import { PLAIN } from "../../../src/cli/terminal/paint.ts";
import { createKeys } from "../../../src/store/redis/keys.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { foundInstallation } from "../../support/found-installation.ts";
import { redisProgram } from "../../support/redis-process.ts";

const ENV = {
  ENCRYPTION_KEY: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
  NORTHSIDE_KEY: "MS0xLWFiY2RlZg-au1",
};

const FILE = {
  contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
  encryption: [{ id: "k1", key: { env: "ENCRYPTION_KEY" } }],
  accounts: { northside: { api_key: { env: "NORTHSIDE_KEY" } } },
  endpoints: {},
};

test("the commands count first, name what is in the way, and take the options of accounts", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
  const server = await startPrivateRedis(join(folder, "data"), redisProgram());
  try {
    const config = join(folder, "notifier.yaml");
    await writeFile(config, JSON.stringify({ ...FILE, data_folder: join(folder, "data") }));
    await foundInstallation(config, ENV);
    const run = async (...args: readonly string[]): Promise<string> => {
      const lines: string[] = [];
      const program = new Command("cliniko-webhooks").exitOverride();
      const print = (line: string): void => void lines.push(line);
      addEventCommands(program, {
        env: ENV,
        print,
        paint: PLAIN,
        ctrlC: () => new AbortController().signal,
      });
      try {
        await program.parseAsync(["accounts", ...args, "--config", config], { from: "user" });
        return lines.join("\n");
      } catch (error) {
        return explainFailure(error).text;
      } finally {
        process.exitCode = undefined;
      }
    };
    const redis = await connectRedis({ socketPath: server.socketPath }, 5_000);
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
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});

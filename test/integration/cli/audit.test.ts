import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";
import { z } from "zod";

import { createAuditLog } from "../../../src/store/access/audit-log.ts";
import { auditEntrySchema } from "../../../src/ops/api/access/audit-routes.ts";
import { createKeys } from "../../../src/store/redis/keys.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { CLI_ENV, type Ran, runCommand, startInstallation } from "../../support/cli-commands.ts";

test("the audit log is listed the newest first, and shipped a line a JSON object, the oldest first", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
  await using installation = await startInstallation(folder);
  const redis = await connectRedis({ socketPath: installation.socketPath }, 10_000);
  const log = createAuditLog(redis, createKeys("cliniko-webhooks"));
  const audit = async (...args: readonly string[]): Promise<Ran> =>
    await runCommand(CLI_ENV, "audit", ...args, "--config", installation.file);
  const run = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await audit(...args)).out.split("\n").slice(0, -1);
  const actor = { id: "cli:mia", name: "mia", role: "admin" };
  for (let line = 0; line < 1_203; line += 1) {
    await log.append({ actor, action: "endpoint.pause", target: `ep_${line}`, fields: [] });
  }

  const lines = await run("export");
  const entries = lines.map((line) => auditEntrySchema.parse(JSON.parse(line)));
  expect(entries.map(({ target }) => target)).toEqual(Array.from({ length: 1_203 }, (_, at) => `ep_${at}`));
  expect(await run("export", "--after", entries[1_199]?.id ?? "")).toEqual(lines.slice(1_200));
  expect(await run("export", "--after", entries[1_202]?.id ?? "")).toEqual([]);
  expect((await audit("export", "--after", "yesterday")).err).toContain("--after");

  // The newest first, whatever is asked for; past what one look takes.
  const list = async (...args: readonly string[]) =>
    z.array(auditEntrySchema).parse(JSON.parse((await run("list", "--json", ...args)).join("\n")));
  expect(await list("--limit", "2")).toEqual(entries.slice(-2).toReversed());
  expect(await list("--limit", "0")).toEqual([]);
  expect((await list("--target", "ep_7")).every(({ target }) => target.startsWith("ep_7"))).toBe(true);
  expect(await list("--actor", "MIA", "--action", "endpoint.", "--target", "ep_0")).toEqual([entries[0]]);
  expect(await list("--actor", "tom")).toEqual([]);
  const table = (await run("list", "--limit", "1")).join("\n");
  expect(table).toMatch(/mia +endpoint\.pause +ep_1202/);
  expect((await run("list", "--actor", "tom")).join("\n")).toBe("Nobody has changed anything of this kind.");

  redis.disconnect();
  await rm(folder, { recursive: true, force: true });
});

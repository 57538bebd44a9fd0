import { expect } from "vitest";

import { createAuditLog } from "../../../src/store/access/audit-log.ts";
import { test } from "../../support/redis-test.ts";

const ENTRY = {
  actor: { id: "cli:mia", name: "mia", role: "admin" },
  action: "endpoint.update",
  target: "crm",
  fields: ["url", "events"],
} as const;

test("what was appended is read back as it was, the newest first", async ({ redis, keys }) => {
  const log = createAuditLog(redis, keys);
  await log.append(ENTRY);
  await log.append({ ...ENTRY, fields: [], host: "crm.example.com", requestId: "req-1" });
  const [newest, oldest, ...rest] = await log.newest(10);

  expect(rest).toEqual([]);
  expect(oldest).toMatchObject(ENTRY);
  expect(newest).toMatchObject({ fields: [], host: "crm.example.com", requestId: "req-1" });
  expect(oldest?.host).toBeUndefined();
  expect(Math.abs((newest?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  expect(await log.newest(10, newest?.position)).toEqual([oldest]);
  expect(await log.newest(1)).toEqual([newest]);
});

test("it keeps so many lines and no more: the oldest go, and what is left is shipped in order", async ({
  redis,
  keys,
}) => {
  const most = 300;
  const log = createAuditLog(redis, keys, Date.now, most);
  for (let line = 0; line < 1_000; line += 1) await log.append({ ...ENTRY, target: `ep_${line}` });
  const count = await log.count();
  // Redis lets whole blocks go.
  expect(count).toBeGreaterThanOrEqual(most);
  expect(count).toBeLessThan(most + 200);

  const shipped: string[] = [];
  for (let after: string | undefined; ;) {
    const entries = await log.oldest(70, after);
    shipped.push(...entries.map(({ target }) => target));
    after = entries.at(-1)?.position;
    if (after === undefined) break;
  }
  expect(shipped).toEqual(Array.from({ length: count }, (_, index) => `ep_${1_000 - count + index}`));
});

test("a subscriber's lines are counted against its token, nobody else's are", async ({ redis, keys }) => {
  const log = createAuditLog(redis, keys);
  await log.append(ENTRY);
  await log.append({ ...ENTRY, actor: { id: "t1", name: "crm", role: "subscriber" } });
  expect(await redis.hvals(keys.kept("t1"))).toEqual([expect.stringMatching(/^\d{3}$/)]);
  expect(await redis.exists(keys.kept("cli:mia"))).toBe(0);
});

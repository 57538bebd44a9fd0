import { expect } from "vitest";

import { createAuditLog } from "../../../src/store/audit-log.ts";
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

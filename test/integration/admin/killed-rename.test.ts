import { expect } from "vitest";

import type { Caller } from "../../../src/admin/access/caller.ts";
import { renameAccount } from "../../../src/admin/accounts/rename-account.ts";
import { type Base, openBase } from "../../../src/admin/base.ts";
import { refuseHalfRenamed } from "../../../src/admin/privacy/left-at-start.ts";
import type { Config } from "../../../src/config/config.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { createReleaseStack } from "../../../src/shared/release-stack.ts";
import { test } from "../../support/redis-test.ts";
import { testConfig } from "../../support/test-config.ts";

const OPERATOR: Caller = { id: "cli:root", name: "root", role: "admin" };
const RUN = { signal: new AbortController().signal };
const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString("base64");

function configOf(account: string): Config {
  const accounts = { [account]: { key: "MS0xLW5vYm9keQ-au1", baseUrl: "http://127.0.0.1:1" } };
  return testConfig({ accounts, endpoints: {} }, ENCRYPTION_KEY);
}

/** Whoever uses it is killed before or after it takes a field away. */
function killedAt(redis: Base["redis"], when: "before" | "after"): Base["redis"] {
  return new Proxy(redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== "hdel") return typeof value === "function" ? (value.bind(target) as unknown) : value;
      return async (key: string, field: string): Promise<never> => {
        if (when === "after") await target.hdel(key, field);
        throw new Error("killed");
      };
    },
  });
}

test("a rename back that is killed at its end is finished by the same command, and never has both names be former ones", async ({
  address,
  prefix,
}) => {
  await using stack = createReleaseStack();
  const base = await openBase(
    stack,
    { config: configOf("new"), logger: createLogger("silent"), prefix },
    address,
  );
  const { keys, redis } = base;
  await redis.hset(keys.cursor("old", "patients"), { phase: "live", watermark: 1 });
  await redis.xadd(keys.log("old"), "1-0", "told", "before");
  const there = { from: "old", to: "new" };
  expect(await renameAccount(base, OPERATOR, there, RUN)).toMatchObject({ kind: "renamed" });
  // Whose terminal was gone before it heard of that is not told to remove anything.
  expect(await renameAccount(base, OPERATOR, there, RUN)).toEqual({
    kind: "refused",
    message: "old is called new already",
    remedy: "nothing: start the service",
  });
  await redis.unlink(keys.log("old"));

  const back = { ...base, config: configOf("old") };
  const names = { from: "new", to: "old" };
  for (const when of ["before", "after"] as const) {
    const killed = renameAccount({ ...back, redis: killedAt(redis, when) }, OPERATOR, names, RUN);
    await expect(killed).rejects.toThrow("killed");
    await expect(refuseHalfRenamed(back)).rejects.toThrow(/1 problem/);
  }

  expect(await renameAccount(back, OPERATOR, names, RUN)).toMatchObject({ kind: "renamed" });
  expect(await redis.hgetall(keys.renamedAccounts)).toEqual({ new: "old" });
  expect(await redis.hget(keys.cursor("old", "patients"), "phase")).toBe("live");
  expect((await base.audit.newest(1))[0]).toMatchObject({ action: "account.rename", target: "old" });
});

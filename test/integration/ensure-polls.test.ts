import { expect } from "vitest";

import { ensurePolls } from "../../src/app/ensure-polls.ts";
import { createFixedPace } from "../../src/pollers/schedule/pace.ts";
import { createQueueSetup } from "../support/queue-setup.ts";
import { test } from "../support/redis-test.ts";
import { testConfig } from "../support/test-config.ts";

const account = { key: "MS0xLWtleQ-au1", baseUrl: "http://127.0.0.1:9/v1" };

test("at a start the first list of each new account comes before the second of any", async ({
  redis,
  keys,
  prefix,
}) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues } = setup;
  const config = testConfig({
    accounts: {
      northside: { ...account, resources: ["individual_appointments", "patients", "invoices"] },
      southside: { ...account, resources: ["patients"] },
      westside: { ...account, resources: ["individual_appointments", "patients"] },
    },
    endpoints: {},
  });
  const guarded = { watermarks: { note: () => undefined, read: () => undefined } };
  const pace = createFixedPace(10_000, Date.now);
  await ensurePolls({ config, guarded, keys, now: Date.now, pace, queues, redis });

  const waiting = (await queues.board[0]?.getWaiting()) ?? [];
  expect(waiting.map(({ id }) => id)).toEqual([
    "northside.individual_appointments",
    "southside.patients",
    "westside.individual_appointments",
    "northside.patients",
    "westside.patients",
    "northside.invoices",
  ]);
});

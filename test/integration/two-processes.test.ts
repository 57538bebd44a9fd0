import { expect } from "vitest";

import { startApp } from "../../src/app/app.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { startHarness } from "../support/harness.ts";
import { test } from "../support/redis-test.ts";

test("two processes on one Redis tell each change once, and one goes on when the other stops", async ({
  address,
  prefix,
}) => {
  await using harness = await startHarness({ address, prefix });
  const second = await startApp({
    config: harness.config,
    logger: createLogger("silent"),
    redis: address,
    prefix,
  });
  const { clinic } = harness;
  const standing = clinic.desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null)
    .map((row) => row.id);
  clinic.desk.bulkMove(standing, 86_400_000);
  await harness.settled();
  await harness.settled();
  await harness.nextEvent(standing.length);
  expect(new Set(harness.events().map(({ subject }) => subject.id))).toEqual(new Set(standing));
  expect(harness.events()).toHaveLength(standing.length);

  await second[Symbol.asyncDispose]();
  clinic.desk.bulkMove(standing.slice(0, 3), 3_600_000);
  await harness.nextEvent(standing.length + 3);
});

import { expect, test } from "vitest";

import { tellUnknownFields } from "../../../src/pollers/connection/unknown-fields.ts";
import { createMemoryReading } from "../../support/simulation/memory-reading.ts";

test("new fields are told once; of one who makes up names for ever, a bounded number is told and remembered", async () => {
  const reading = createMemoryReading();
  let told = 0;
  const keeper = { update: async () => void (told += 1) };
  const at = { account: "northside", resource: "patients" };
  const deps = { keeper, reading, now: () => 0 };

  await tellUnknownFields(deps, at, ["shoe_size"], 0);
  await tellUnknownFields(deps, at, ["shoe_size"], 0);
  expect(told).toBe(1);
  for (let round = 0; round < 2_000; round += 1)
    await tellUnknownFields(deps, at, [`made_up_${round}`, `and_${round}`], 0);

  expect(told).toBeLessThanOrEqual(200);
  const { unknownTold } = await reading.read(at.account, at.resource);
  expect(unknownTold.split(",")).toHaveLength(200);
});

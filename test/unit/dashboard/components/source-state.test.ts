import { expect, test } from "vitest";

import { stateWeight, stateWords } from "../../../../dashboard/components/status/source-state.ts";
import { formatResource } from "../../../../dashboard/components/format/format-resource.ts";
import { resourceState } from "../../../../src/ops/api/accounts/resource-schema.ts";

test("every state has words, and what is wrong a remedy", () => {
  for (const state of resourceState.options) {
    const { meaning, name, remedy, tone } = stateWords({ state, quarantined: false });
    expect(name).not.toBe("");
    expect(meaning).toMatch(/\.$/);
    expect(remedy === undefined, state).toBe(tone === "good" || state === "first_sync");
  }
});

test("a guard that found records missing says so, and how to go on", () => {
  const words = stateWords({ state: "permission_reduced", quarantined: true });
  expect(words.name).toBe("quarantined");
  expect(words.meaning).toContain("None was reported as deleted");
  expect(stateWords({ state: "schema_changed", quarantined: true }).name).toBe("quarantined: schema changed");
});

test("what is quarantined weighs more than anything that is not, and live the least", () => {
  const states = resourceState.options.map((state) => ({ state, quarantined: false }));
  const [heaviest] = states.toSorted((left, right) => stateWeight(right) - stateWeight(left));
  expect(heaviest?.state).toBe("key_revoked");
  expect(stateWeight({ state: "degraded", quarantined: true })).toBeGreaterThan(
    stateWeight({ state: "key_revoked", quarantined: false }),
  );
  expect(stateWeight({ state: "live", quarantined: false })).toBe(0);
});

test("kinds of record are written as people write them", () => {
  expect(formatResource("individual_appointments")).toBe("Individual appointments");
});

import { expect, test } from "vitest";

import { wordsFor } from "../../../src/admin/deliveries/explain-words.ts";
import { RESOURCE_NAMES, type ResourceName, resources } from "../../../src/resources/registry.ts";

const AT = "2026-11-22T03:15:05Z";

function sentences(name: ResourceName): string[] {
  const { gone, known, notRead, quiet, unknown } = wordsFor(resources[name]);
  return [notRead(name), known(AT), gone(AT), unknown, quiet];
}

test("what has neither an id nor a stamp is not said to be stamped, and its id is explained", () => {
  for (const name of ["services", "settings", "available_times"] as const) {
    const all = sentences(name).join(" ");
    expect(all).not.toMatch(/stamped|updated_at|a record of this id/);
    expect(all).toMatch(/[Ii]ts id is/);
  }
  expect(sentences("services").join(" ")).toContain("business, appointment_type");
  expect(sentences("services").join(" ")).toContain("withdrawn");
  expect(sentences("settings").join(" ")).toContain('"account"');
  expect(sentences("available_times").join(" ")).toContain("available_times");
});

test("every other one is known by what Cliniko stamped, and its hint stands where there is one", () => {
  const others = RESOURCE_NAMES.filter((name) => ["window", "whole"].includes(resources[name].reading));
  for (const name of others) {
    const [notRead, known, , unknown = ""] = sentences(name);
    expect(notRead).toContain(name);
    expect(known).toContain(`stamped it at ${AT}`);
    expect(unknown.endsWith(resources[name].keptIf?.hint ?? "of this id.")).toBe(true);
  }
});

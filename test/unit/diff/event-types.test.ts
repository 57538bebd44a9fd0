import { expect, test } from "vitest";

import { EVENT_TYPES, matchesPattern } from "../../../src/diff/event-types.ts";
import { resourceOf } from "../../../src/resources/registry.ts";

test.each([
  ["*", ["failing"], false],
  ["endpoint.*", ["failing"], true],
  ["endpoint.failing", ["failing"], true],
  ["endpoint.disabled", ["failing"], false],
  ["connection.*", ["failing"], false],
  ["*", ["test"], false],
  ["endpoint.*", ["test"], false],
  ["endpoint.test", ["test"], false],
])("%j matches an endpoint's %j: %j", (pattern, transitions, matches) => {
  expect(matchesPattern(pattern, "endpoint", transitions)).toBe(matches);
});

test("everything matches every type that is neither an endpoint's nor told in confidence", () => {
  for (const type of EVENT_TYPES) {
    const [subject = "", transition = ""] = type.split(".");
    const isAsked = subject === "endpoint" || resourceOf(subject)?.confidential === true;
    expect([type, matchesPattern("*", subject, [transition])]).toEqual([type, !isAsked]);
    expect([type, matchesPattern(`${subject}.*`, subject, [transition])]).toEqual([type, true]);
    expect([type, matchesPattern(type, subject, [transition])]).toEqual([type, true]);
  }
});

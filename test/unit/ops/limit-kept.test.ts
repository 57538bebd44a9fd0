import { expect, test } from "vitest";

import { mayBeFull } from "../../../src/ops/api/limit-kept.ts";

test.each([
  ["POST", { roles: ["admin", "subscriber"] }, true],
  ["PATCH", { roles: ["subscriber"] }, true],
  [["GET", "POST"], { roles: ["subscriber"] }, true],
  ["DELETE", { roles: ["subscriber"], whenFull: "allowed" }, false],
  ["GET", { roles: ["subscriber"] }, false],
  ["HEAD", { roles: ["subscriber"] }, false],
  ["POST", { roles: ["admin", "viewer"] }, false],
  ["POST", { roles: "anyone" }, false],
] as const)("%s for %j leaves something behind: %s", (method, operation, expected) => {
  expect(mayBeFull({ method }, operation)).toBe(expected);
});

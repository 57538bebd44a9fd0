import { expect, test } from "vitest";

import { type Failure, besides } from "../../../src/cliniko/outcome.ts";

test("what was asked for besides fails without the ids that it was asked for by, and reduces no right of the list that is read", () => {
  const refused: Failure = {
    kind: "bad_filter",
    detail: "HTTP 400 (req-7): id:=1390726237298631770 is no filter",
  };
  const nested: Failure = { kind: "malformed", detail: `patients cannot be asked for: ${refused.detail}` };
  const tooLate: Failure = { kind: "unavailable", status: 504, detail: "HTTP 504", tooLate: true };

  for (const failure of [refused, nested]) {
    const { kind, detail } = besides(failure, "patients");
    expect([kind, detail.includes("HTTP 400 (req-7)"), /\d{10}/.test(detail)]).toEqual([
      "unavailable",
      true,
      false,
    ]);
  }
  expect(besides(tooLate, "patients")).not.toHaveProperty("tooLate");
});

test("what concerns the whole account stays what it is", () => {
  const revoked: Failure = { kind: "unauthorized", detail: "HTTP 401" };
  expect(besides(revoked, "patients")).toBe(revoked);
});

import { expect, test } from "vitest";

import { assessSignIns } from "../../../../src/admin/assess/assess-sign-ins.ts";

const MINUTE = 60_000;
const failed = (minute: number, times: number) => ({ minute, times, guesses: times });

test.each([
  ["nothing", [], "ok"],
  ["a person who mistypes", [failed(100, 8)], "ok"],
  ["one too few", [failed(98, 10), failed(100, 9)], "ok"],
  ["somebody who guesses", [failed(98, 10), failed(100, 10)], "warning"],
  ["somebody who has stopped", [failed(90, 400), failed(95, 400)], "ok"],
])("%s", (_what, minutes, severity) => {
  expect(assessSignIns(minutes, 100 * MINUTE + 30_000).severity).toBe(severity);
});

test("it has gone on since there was no long pause", () => {
  const minutes = [failed(60, 30), failed(90, 30), failed(94, 3), failed(97, 30), failed(100, 30)];

  expect(assessSignIns(minutes, 100 * MINUTE)).toMatchObject({
    code: "sign_ins_failing",
    since: 90 * MINUTE,
    detail: "60 failed in the last 5 minutes",
  });
});

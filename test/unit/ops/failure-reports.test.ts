import { expect, test } from "vitest";

import { createLogger } from "../../../src/shared/logger.ts";
import { createFailureReports } from "../../../src/ops/sign-ins/failure-reports.ts";
import { createSignInGuard } from "../../../src/ops/sign-ins/sign-in-guard.ts";
import type { FailedMinute } from "../../../src/store/access/sign-in-failures.ts";

interface Line {
  readonly from: string;
  readonly times?: number;
  readonly msg: string;
}

function setUp() {
  const clock = { now: 0 };
  const lines: Line[] = [];
  const added: FailedMinute[] = [];
  const doors: string[] = [];
  const reports = createFailureReports({
    logger: createLogger("warn", { write: (line) => void lines.push(JSON.parse(line) as Line) }),
    metrics: { signInFailed: (door) => void doors.push(door) },
    signInFailures: {
      add: async (failed) => {
        added.push(failed);
        return failed;
      },
      read: async () => [],
    },
    now: () => clock.now,
  });
  const guard = createSignInGuard(
    () => clock.now,
    (failed, weight) => reports.note(failed, weight),
  );
  return { clock, lines, added, doors, reports, guard };
}

test("an address has a line at once, and one a minute later with what came after", async () => {
  const { clock, lines, added, doors, guard, reports } = setUp();
  for (let time = 0; time < 400; time += 1) guard.failed("api", { ip: "192.0.2.1", id: "r1" }, "counted");
  guard.failed("pages", { ip: "192.0.2.2", id: "r2" }, "told");
  expect(lines).toMatchObject([
    { from: "192.0.2.1", door: "api", requestId: "r1", msg: "sign-in failed" },
    { from: "192.0.2.2", door: "pages", requestId: "r2", msg: "sign-in failed" },
  ]);

  clock.now = 60_000;
  await reports.flush();

  expect(lines.slice(2)).toMatchObject([
    { from: "192.0.2.1", times: 399, doors: ["api"], msg: "sign-ins failed again" },
  ]);
  expect(added).toEqual([{ minute: 0, times: 401, guesses: 400 }]);
  expect(doors).toHaveLength(401);
});

test("ten thousand addresses are not ten thousand lines", () => {
  const { lines, guard, reports } = setUp();
  for (let number = 0; number < 10_000; number += 1) {
    guard.failed("api", { ip: `10.0.${number >> 8}.${number & 255}`, id: "r" }, "counted");
  }
  reports[Symbol.dispose]();

  expect(lines.length).toBeLessThanOrEqual(102);
  expect(lines.at(-1)).toMatchObject({ from: "other addresses", times: 9_899 });
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { createLogger } from "../../src/shared/logger.ts";
import { type Troubles, createTroubles } from "../../src/shared/troubles.ts";

let lines: { readonly msg: string; readonly times?: number }[];
let troubles: Troubles;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  const logger = createLogger("info", {
    write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
  });
  troubles = createTroubles({ logger, elapsedMs: () => performance.now() });
});

afterEach(() => {
  troubles[Symbol.dispose]();
  vi.useRealTimers();
});

const FULL = new Error("MISCONF Errors writing to the AOF file: No space left on device");
const QUEUE = { message: "queue error", where: { queue: "poll" } };

function told(): string[] {
  return lines.map(({ msg, times }) => (times === undefined ? msg : `${msg} (${times})`));
}

test("what fails a thousand times in a minute and a half is told once, counted once, and told when it is over", () => {
  for (let second = 0; second < 90; second++) {
    for (let time = 0; time < 10; time++) troubles.happened({ ...QUEUE, error: FULL });
    vi.advanceTimersByTime(1_000);
  }
  expect(told()).toEqual(["queue error", "queue error: goes on (600)"]);
  expect(lines[0]).toMatchObject({ level: 50, queue: "poll", detail: FULL.message });

  vi.advanceTimersByTime(75_000);
  expect(told().slice(2)).toEqual(["queue error: over (900)"]);
  expect(lines[2]).toMatchObject({ level: 30, queue: "poll", lastedMs: 89_000 });
});

test("an hour of it is six counts, and a day of it one more an hour", () => {
  const failForMinutes = (minutes: number): void => {
    for (let second = 0; second < minutes * 60; second += 5) {
      troubles.happened({ ...QUEUE, error: FULL });
      vi.advanceTimersByTime(5_000);
    }
  };
  failForMinutes(64);
  expect(lines).toHaveLength(7);
  failForMinutes(23 * 60);
  expect(lines.length).toBeLessThanOrEqual(31);
});

test("another reason is told at once, another place is another trouble, and other numbers are not", () => {
  troubles.happened({ ...QUEUE, error: FULL });
  troubles.happened({
    ...QUEUE,
    error: new Error("OOM command not allowed when used memory > 'maxmemory'."),
  });
  troubles.happened({ ...QUEUE, where: { queue: "route" }, error: FULL });
  troubles.happened({ ...QUEUE, error: new Error("Missing lock for job 17") });
  troubles.happened({ ...QUEUE, error: new Error("Missing lock for job 18") });
  troubles.happened({ ...QUEUE, error: new Error("Missing lock for job bull-4a1") });

  expect(told()).toEqual(["queue error", "queue error", "queue error", "queue error"]);
});

test("reasons without end do not make lines without end", () => {
  for (let word = 0; word < 500; word++) {
    const letters = [word % 26, Math.floor(word / 26)].map((at) => String.fromCodePoint(65 + at)).join("");
    troubles.happened({ ...QUEUE, error: new Error(`${letters}X refused`) });
  }
  expect(lines).toHaveLength(8);
});

test("it is over when it is said to be, once; what did not happen is not over", () => {
  troubles.over(QUEUE);
  troubles.happened({ ...QUEUE, error: FULL, quietMs: Number.POSITIVE_INFINITY });
  vi.advanceTimersByTime(24 * 3_600_000);
  expect(told()).toEqual(["queue error"]);

  troubles.over({ ...QUEUE, where: { queue: "route" } });
  expect(lines).toHaveLength(1);
  troubles.over(QUEUE);
  troubles.over(QUEUE);
  expect(told()).toEqual(["queue error", "queue error: over (1)"]);
});

test("the same trouble after it was over is told anew", () => {
  troubles.happened({ ...QUEUE, error: FULL });
  vi.advanceTimersByTime(80_000);
  troubles.happened({ ...QUEUE, error: FULL });

  expect(told()).toEqual(["queue error", "queue error: over (1)", "queue error"]);
});

import { ErrorCode } from "bullmq";
import { expect, test } from "vitest";

import { promote } from "../../../src/queues/promote.ts";

const AWAKE = Object.assign(new Error("Job 1 is not in the delayed state. promote"), {
  code: ErrorCode.JobNotInState,
});
const BROKEN = new Error("Connection is closed.");

/** A job whose wakings end as told, one after the other; and whether it sleeps after one that failed. */
function jobOf(wakings: readonly (Error | undefined)[], sleeps: boolean) {
  const left = [...wakings];
  let calls = 0;
  return {
    calls: () => calls,
    promote: async () => {
      calls += 1;
      const error = left.shift();
      if (error) throw error;
    },
    isDelayed: async () => sleeps,
  };
}

test("a job that woke and fell asleep again meanwhile is woken again", async () => {
  const job = jobOf([AWAKE, AWAKE, undefined], true);
  await promote(job);
  expect(job.calls()).toBe(3);
});

test("a job that woke meanwhile, or is gone, is left alone", async () => {
  const job = jobOf([AWAKE, undefined], false);
  await promote(job);
  expect(job.calls()).toBe(1);
});

test("what fails for another reason while it sleeps is told", async () => {
  await expect(promote(jobOf([BROKEN], true))).rejects.toBe(BROKEN);
});

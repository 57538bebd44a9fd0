import { ErrorCode, type Job } from "bullmq";

/** Ends a job's sleep. That it woke by itself in between is as good; where it has fallen asleep again, it is woken again. */
export async function promote(job: Pick<Job, "isDelayed" | "promote">): Promise<void> {
  for (;;) {
    try {
      await job.promote();
      return;
    } catch (error) {
      if (!(await job.isDelayed())) return;
      if (!wasAwake(error)) throw error;
    }
  }
}

/** Ends a job's sleep where it sleeps. False: it was awake, if only for a moment, or was woken by somebody else just now. */
export async function wakeIfAsleep(job: Job): Promise<boolean> {
  try {
    await job.promote();
    return true;
  } catch (error) {
    // Asking before whether it sleeps would not help: it can wake in between. And that it sleeps again by now is no fault.
    if (wasAwake(error)) return false;
    throw error;
  }
}

function wasAwake(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === ErrorCode.JobNotInState;
}

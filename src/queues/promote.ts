import type { Job } from "bullmq";

/** Ends a job's sleep. That it woke by itself in between is as good. */
export async function promote(job: Job): Promise<void> {
  try {
    await job.promote();
  } catch (error) {
    if (await job.isDelayed()) throw error;
  }
}

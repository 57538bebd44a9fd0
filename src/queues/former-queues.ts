import { type JobType, Queue } from "bullmq";

import { JOB_NAMES } from "./job-catalogue.ts";
import type { QueueOptions, Queues } from "./queues.ts";

/** Jobs that nobody would make anew: how far they have come stands in them alone. */
type Moved = "backfill" | "recover";
const UNDONE: readonly JobType[] = ["wait", "delayed", "prioritized", "active"];

/**
 * Takes over what was under way in the queues of a release that kept them elsewhere, and removes them. Everything but backfills and
 * recoveries is made anew by whoever looks after it. False: a process of that release still works on some of it, or was killed a
 * moment ago; ask again. Safe to repeat, and for several processes at once.
 */
export async function takeOverFormerQueues(
  {
    asksVersion = true,
    connection,
    onError,
    prefix,
  }: Pick<QueueOptions, "asksVersion" | "connection" | "onError" | "prefix">,
  queues: Pick<Queues, "adopt">,
): Promise<boolean> {
  let isDone = true;
  for (const name of JOB_NAMES) {
    const settings = { connection, prefix, skipVersionCheck: !asksVersion, skipMetasUpdate: true };
    const queue = new Queue(name, settings).on("error", (error: Error) => {
      onError(error, name);
    });
    try {
      // On a cluster they could not have worked: without braces, their keys are in many slots.
      if ((await queue.backend.client).isCluster || !(await exists(queue, queue.toKey("meta")))) continue;
      const isMadeAnew = name !== "backfill" && name !== "recover";
      if (isMadeAnew || (await takeOver(queue, name, queues))) await queue.obliterate({ force: true });
      else isDone = false;
    } finally {
      await queue.close();
    }
  }
  return isDone;
}

async function takeOver(queue: Queue, name: Moved, queues: Pick<Queues, "adopt">): Promise<boolean> {
  const jobs = await queue.getJobs([...UNDONE]);
  let isWhole = true;
  for (const job of jobs) {
    const { id } = job;
    if (id === undefined) continue;
    if (await exists(queue, queue.toKey(`${id}:lock`))) {
      isWhole = false;
      continue;
    }
    await queues.adopt(name, id, job.data);
    await job.remove();
  }
  return isWhole;
}

const COMMAND = "isThere";

async function exists(queue: Queue, key: string): Promise<boolean> {
  const client = await queue.backend.client;
  client.defineCommand(COMMAND, {
    numberOfKeys: 1,
    lua: "return redis.call('EXISTS', KEYS[1])",
    readOnly: true,
  });
  return (await client.runCommand(COMMAND, [key])) === 1;
}

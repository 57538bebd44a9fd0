import type { JobData } from "./job-catalogue.ts";
import { SCORE_PER_MS } from "./queue-facts.ts";
import { type Queues, pollJobId } from "./queues.ts";

/** When each of these polls wakes, unix ms, in their order; undefined: it runs now, waits for a worker, or there is none. */
export async function readPollTimes(
  { board }: Pick<Queues, "board">,
  targets: readonly JobData<"poll">[],
): Promise<readonly (number | undefined)[]> {
  const queue = board.find(({ name }) => name === "poll");
  if (!queue) return targets.map(() => undefined);
  const client = await queue.backend.client;
  const delayed = queue.toKey("delayed");
  return await Promise.all(
    targets.map(async (target) => {
      const score = await client.zscore(delayed, pollJobId(target));
      return score === null ? undefined : Math.floor(Number(score) / SCORE_PER_MS);
    }),
  );
}

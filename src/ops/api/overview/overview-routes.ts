import type { z } from "zod";

import { type InstallationReading, overviewFor, readInstallation } from "../../../admin/accounts/overview.ts";
import { createSharedReading } from "../../../admin/accounts/shared-reading.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { unavailable } from "../answer-errors.ts";
import { callerOf } from "../authenticate.ts";
import { toOverview } from "./overview-answer.ts";
import { OVERVIEW } from "./overview-examples.ts";
import { overviewSchema } from "./overview-schemas.ts";

/** What is shown may be as old as this: many who look at once cost what one does. */
const KEPT_MS = 1_000;

type Answer = z.infer<typeof overviewSchema>;

/** As the metrics have it: a Redis that hangs is no reason to say nothing. */
const READ_LIMIT_MS = 5_000;

export function addOverviewRoutes(scope: ApiScope, { base }: ApiDeps): void {
  const read = createSharedReading(async () => await readInstallation(base), {
    keptMs: KEPT_MS,
    now: base.now,
  });
  let judged: { readonly reading: InstallationReading; readonly answer: Answer } | undefined;
  scope.route({
    method: "GET",
    url: "/overview",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        answers: {
          200: "All that exists for the caller, as it was at most a second ago, or some seconds where there are many thousand sources.",
        },
        examples: { answer: OVERVIEW },
      },
    },
    schema: {
      operationId: "readOverview",
      tags: ["Overview"],
      summary: "Read whether all is well",
      description:
        "Is every source fresh, are the queues draining, which endpoint is in trouble, and since when. Of long lists the worst are shown, and all are counted.",
      response: { 200: overviewSchema },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const reading = await within(READ_LIMIT_MS, read());
      const answer = (): Answer =>
        toOverview(caller, overviewFor(reading, base, caller), base.config.polling);
      if (caller.role === "subscriber") return answer();
      // Operators all see the same: of a large installation it takes longer to judge than to read on.
      if (judged?.reading !== reading) judged = { reading, answer: answer() };
      return judged.answer;
    },
  });
}

/** Rejects, as when Redis is away, when it takes longer. */
async function within<Value>(limitMs: number, reading: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable()), limitMs);
  });
  try {
    return await Promise.race([reading, limit]);
  } finally {
    clearTimeout(timer);
  }
}

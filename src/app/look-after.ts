import type { Target } from "../shared/target.ts";
import { restoreForgotten } from "../admin/privacy/look-after-erased.ts";
import type { Base } from "../admin/base.ts";
import { startCaretaker } from "./caretaker.ts";
import { logNames } from "../diff/endpoint-event.ts";
import { indexLogs } from "../dispatch/routing/index-logs.ts";
import { toError } from "../shared/errors.ts";
import type { GuardedRedis } from "./guard-redis.ts";
import { type ConnectionKeeper, createConnectionKeeper } from "../pollers/connection/connection-keeper.ts";
import type { Pace } from "../pollers/schedule/pace.ts";
import type { ReleaseStack } from "../shared/release-stack.ts";
import { indexing, reportNotice } from "./reports.ts";
import { takeOverFormerQueues } from "../queues/former-queues.ts";
import { type TellDeps, tellIncident, tellWentBack } from "../pollers/connection/tell-incident.ts";

/** What is needed to look after what a process has to do. */
export interface Kept extends Base {
  readonly pace: Pace;
  readonly keeper: ConnectionKeeper;
  readonly guarded: GuardedRedis;
  /** Fires when the process is to end. */
  readonly stopping: AbortSignal;
}

/** Tells an account's subscribers that its shard of Redis went back. `since`: when what is lost was still there, unix ms. */
export type TellWentBack = (account: string, since: number) => Promise<void>;

type Telling = Pick<Kept, "guarded" | "keeper" | "store">;

/** Accounts that are not configured have no subscribers who are told. */
export function createTellWentBack({ config, ...base }: Telling & Pick<Kept, "config">): TellWentBack {
  const deps = lossDeps(base);
  return async (name, since) => {
    const account = config.accounts.find((one) => one.name === name);
    if (account) await tellWentBack(deps, since, account);
  };
}

function lossDeps({ guarded, keeper, store }: Telling): TellDeps {
  return {
    keeper,
    completeUpTo: async (account, resource) => {
      const cursor = await store.readCursor(account, resource);
      return cursor?.phase === "live" ? cursor.watermark : guarded.watermarks.read(account, resource);
    },
  };
}

/** What happened to Redis longer ago is not told any more. */
const TELL_WITHIN_MS = 86_400_000;

/** Unix ms. Of what nothing is known yet: at once. No clinic is too quiet for its first sync to begin. */
async function firstPoll({ now, pace, store }: Kept, { account, resource }: Target): Promise<number> {
  const known = await store.readCursor(account, resource);
  return known ? pace.first({ account, resource }) : now();
}

/** What must exist is looked after, and what Redis lost is told to whom it concerns. */
export async function lookAfter(stack: ReleaseStack, base: Kept): Promise<void> {
  const { config, guarded, now } = base;
  const deps = lossDeps(base);
  const caretaker = stack.use(
    startCaretaker({
      ...base,
      firstPoll: async (target) => await firstPoll(base, target),
      takeOverFormer: async () => await takeOverFormerQueues(base.queueOptions, base.queues),
      tell: async (incident) => {
        // Who polls knows how far an account had come.
        if (!config.roles.includes("poll")) return;
        for (const account of config.accounts) await tellIncident(deps, incident, account);
      },
    }),
  );
  guarded.onIncident((incident) => {
    void restoreForgotten(base).catch((error: unknown) => {
      base.logger.error({ detail: toError(error).message }, "who had been forgotten could not be looked for");
    });
    caretaker.onIncident(incident);
  });
  startIndexing(stack, base);
  // Whoever noticed it may have ended before it was told.
  const last = await guarded.marks.readIncident();
  if (last && now() - last.noticedAt < TELL_WITHIN_MS) caretaker.onIncident(last);
}

/**
 * Makes the logs of earlier releases searchable, in the background. What stops it is taken up by the next start, or within the
 * hour by whoever tidies.
 */
function startIndexing(stack: ReleaseStack, base: Kept): void {
  const { config, logger, stopping, storage } = base;
  const accounts = logNames(config.accounts);
  const running = indexLogs(indexing(base, accounts), stopping).catch((error: unknown) => {
    logger.warn({ detail: toError(error).message }, "event logs could not be indexed, will be tried again");
  });
  stack.defer(async () => {
    if (storage.read().writable) await running;
  });
}

export function createAppKeeper({ connections, identityKey, logger, now, queues }: Base): ConnectionKeeper {
  return createConnectionKeeper({
    connections,
    identityKey,
    now,
    onEvents: async (account) => {
      await queues.addRoute({ account });
    },
    onNotice: (notice) => {
      reportNotice(logger, notice);
    },
  });
}

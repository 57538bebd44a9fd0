import { setImmediate as turn } from "node:timers/promises";

import { type Base, openBase } from "../../src/admin/base.ts";
import type { Config } from "../../src/config/config.ts";
import type { EndpointSettings } from "../../src/config/endpoint-settings.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { type ReleaseStack, createReleaseStack } from "../../src/shared/release-stack.ts";
import { startDispatch } from "../../src/app/start-dispatch.ts";
import { startHistoryRecorder } from "../../src/store/history/history-recorder.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { endpointOf, settingsOf } from "./endpoints.ts";
import { eventOf } from "./stored-things.ts";

/** One process's dispatch role, with connections of its own. */
export interface DispatchService extends AsyncDisposable {
  readonly base: Base;
  make(id: string, settings: Partial<EndpointSettings>): Promise<void>;
  /** Commits events of these ids, and has them given to whoever wants them. */
  commit(...ids: readonly string[]): Promise<void>;
}

export interface DispatchOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  /** Shared by processes that open each other's things. */
  readonly config: Config;
  /** Opened after dispatch, and so released before it. */
  readonly beside?: (stack: ReleaseStack) => void;
}

export async function startDispatchService(options: DispatchOptions): Promise<DispatchService> {
  const { config, address, prefix, beside } = options;
  const stack = createReleaseStack();
  const stopping = new AbortController();
  const base = await openBase(stack, { config, prefix, logger: createLogger("silent") }, address);
  const metrics = {
    scanEnded: () => undefined,
    attemptEnded: () => undefined,
    signInFailed: () => undefined,
    render: async () => "",
  };
  const recorder = stack.use(startHistoryRecorder({ ...base, onTrouble: () => undefined }));
  const common = { metrics, recorder, stopping: stopping.signal };
  await startDispatch(stack, { ...base, ...common, incidents: () => 0, tellWentBack: async () => undefined });
  beside?.(stack);
  stack.defer(() => stopping.abort());
  return {
    base,
    make: async (id, settings) => {
      const { signingKeys } = endpointOf();
      const made = await base.endpoints.create({
        id,
        source: "api",
        signingKeys,
        settings: settingsOf(settings),
      });
      if (made === "exists") throw new Error(`${id} is made once`);
      // What is committed in the millisecond of its making comes before it.
      while (Date.now() <= made.createdAt) await turn();
    },
    commit: async (...ids) => {
      for (const id of ids) await base.log.append(eventOf({ id }));
      await base.queues.addRoute({ account: "northside" });
    },
    [Symbol.asyncDispose]: async () => await stack[Symbol.asyncDispose](),
  };
}

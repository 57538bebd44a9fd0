import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { parseJson } from "../../shared/parse-json.ts";
import type { Keys } from "../redis/keys.ts";

/** A step of reconciliation that did not end well the last times. Times are unix ms by our clock. */
export interface FailingStep {
  /** Which one: `count`, `walk`, `near`, `suspects`, `merges`. */
  readonly step: string;
  readonly failingSince: number;
  readonly failures: number;
  readonly triedAt: number;
  /** How long it waits after `triedAt`. */
  readonly pauseMs: number;
  /** The kind of the last failure, and what was said of it: statuses and host names. */
  readonly kind: string;
  readonly detail: string;
}

/** What of reconciliation fails, by step. Can be lost: a step is tried then, and fails again or does not. */
export interface FailingSteps {
  failingSteps(account: string, resource: string): Promise<readonly FailingStep[]>;
  stepFailed(account: string, resource: string, failing: FailingStep): Promise<void>;
  stepsWell(account: string, resource: string, steps: readonly string[]): Promise<void>;
}

const failingSchema = z.object({
  failingSince: z.number(),
  failures: z.number(),
  triedAt: z.number(),
  pauseMs: z.number(),
  kind: z.string(),
  detail: z.string(),
});

export function createFailingSteps(redis: Redis, keys: Pick<Keys, "failingSteps">): FailingSteps {
  return {
    async failingSteps(account, resource) {
      return parseFailingSteps(await redis.hgetall(keys.failingSteps(account, resource)));
    },

    async stepFailed(account, resource, { step, ...failing }) {
      await redis.hset(keys.failingSteps(account, resource), step, JSON.stringify(failing));
    },

    async stepsWell(account, resource, steps) {
      if (steps.length > 0) await redis.hdel(keys.failingSteps(account, resource), ...steps);
    },
  };
}

/** What cannot be read is as good as not kept. */
export function parseFailingSteps(fields: Readonly<Record<string, string>>): FailingStep[] {
  return Object.entries(fields).flatMap(([step, json]) => {
    const { data } = failingSchema.safeParse(parseJson(json));
    return data ? [{ step, ...data }] : [];
  });
}

import type { Redis } from "./client.ts";
import { z } from "zod";

import type { ClockStep } from "../../shared/clock.ts";
import { toFields } from "./batch.ts";
import type { Keys } from "./keys.ts";
import { defineScript } from "./script.ts";

/** A clock that was set, as it is remembered. */
export interface NotedStep extends ClockStep {
  /** When, unix ms by the clock of Redis. */
  readonly at: number;
  /** Name of the machine that noticed. */
  readonly host: string;
}

export interface ClockStore {
  /**
   * Redis's clock, unix ms, and by how much it is behind what it has once been, ms: 0 but for the first who asks after it was
   * set back, be that in this process's life or not.
   */
  read(): Promise<{ readonly time: number; readonly wentBackMs: number }>;
  note(step: ClockStep, host: string): Promise<void>;
  /** The last one; undefined: none in a week. */
  lastStep(): Promise<NotedStep | undefined>;
}

const WENT_BACK_MS = 2_000;
const WEEK_MS = 7 * 24 * 3_600_000;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;
const READ = defineScript(
  { keys: ["clock"] },
  `${NOW}
local back = tonumber(redis.call('GET', clock) or '0') - now
redis.call('SET', clock, now)
return { now, back > ${WENT_BACK_MS} and back or 0 }`,
);
const NOTE = defineScript(
  { keys: ["step"], args: ["whose", "by", "host"] },
  `${NOW}
redis.call('HSET', step, 'at', now, 'whose', whose, 'by', by, 'host', host)
redis.call('PEXPIRE', step, ${WEEK_MS})
return 1`,
);

const stepSchema = z.object({
  at: z.coerce.number(),
  whose: z.enum(["machine", "shared"]),
  by: z.coerce.number(),
  host: z.string(),
});

export function createClockStore(redis: Redis, keys: Pick<Keys, "clock" | "clockStep">): ClockStore {
  return {
    async read() {
      const [time, wentBackMs] = z
        .tuple([z.number(), z.number()])
        .parse(await READ.run(redis, { keys: { clock: keys.clock }, args: {} }));
      return { time, wentBackMs };
    },

    async note({ whose, byMs }, host) {
      await NOTE.run(redis, { keys: { step: keys.clockStep }, args: { whose, by: byMs, host } });
    },

    async lastStep() {
      const parsed = stepSchema.safeParse(toFields(await redis.hgetall(keys.clockStep)));
      if (!parsed.success) return undefined;
      const { at, by: byMs, host, whose } = parsed.data;
      return { at, byMs, host, whose };
    },
  };
}

import { hostname } from "node:os";

import { runWhileReady } from "./run-while-ready.ts";
import type { Base } from "../admin/base.ts";
import { toError } from "../shared/errors.ts";
import { AGREE_MS } from "../shared/clock.ts";
import { formatWorkerState, parseWorkerState } from "../dispatch/worker/worker-state.ts";

/** How often the clocks are compared. */
const LOOK_EVERY_MS = 2_000;
/** What sleeps for no longer needs no second look: the promise of every live resource is longer. */
const BEYOND_MS = 20_000;

/**
 * Watches the clocks: what sleeps by a time that lies further ahead than it was meant to is woken, what is to be sent again
 * moves with the clock. Before anything works, and then every two seconds; nothing sleeps longer than was meant but for that.
 */
export async function startClockWatch(
  base: Pick<Base, "clock" | "clocks" | "endpoints" | "logger" | "outbox" | "queues" | "redis">,
  everyMs: number = LOOK_EVERY_MS,
): Promise<AsyncDisposable> {
  let apart = false;
  const look = async (beyondMs: number): Promise<void> => {
    const { clock, clocks, logger, queues } = base;
    let wentBackMs = 0;
    const steps = await clock.look(async () => {
      const read = await clocks.read();
      ({ wentBackMs } = read);
      return read.time;
    });
    if (wentBackMs > 0) await moveDeliveries(base, wentBackMs);
    for (const step of steps) {
      logger.warn({ ...step }, "a clock was set, what sleeps by it is woken");
      await clocks.note(step, hostname());
    }
    if (wentBackMs > 0 || steps.length > 0) await queues.wakeAll();
    else {
      const woken = await queues.wakeOverslept(beyondMs);
      if (woken > 0) logger.warn({ woken }, "jobs would have slept too long, a clock went back: woken");
    }
    const aheadMs = clock.machineNow() - clock.now();
    if (Math.abs(aheadMs) > AGREE_MS !== apart) {
      apart = !apart;
      if (apart) logger.warn({ aheadMs }, "the clock of this machine differs from redis's, which is gone by");
      else logger.info("the clock of this machine agrees with redis's again");
    }
  };

  await look(0);
  return runWhileReady({
    redis: base.redis,
    everyMs,
    run: async () => {
      await look(BEYOND_MS);
    },
    onError: (error) => {
      // Redis went away just now: its connection tells.
      base.logger.debug({ err: toError(error) }, "clocks not compared");
    },
  });
}

/** What waits at an endpoint goes on waiting for as long as it had to: for its next attempt, or for its circuit. */
async function moveDeliveries(
  { clock, endpoints, outbox, logger }: Pick<Base, "clock" | "endpoints" | "outbox" | "logger">,
  byMs: number,
): Promise<void> {
  logger.warn({ byMs }, "redis's clock was set back, what is to be sent again moves with it");
  for (const { id, settings } of await endpoints.list()) {
    await outbox.advanceRetries(id, byMs);
    const text = await outbox.readHealth(id);
    const state = parseWorkerState(text, settings.concurrency, clock.now());
    if (text === undefined) continue;
    const circuit = { ...state.circuit, notBeforeMs: state.circuit.notBeforeMs - byMs };
    const health = { ...state.health, since: state.health.since - byMs };
    for (const time of ["failingSince", "lastFailureAt", "lastSuccessAt"] as const) {
      const at = health[time];
      if (at !== undefined) health[time] = at - byMs;
    }
    await outbox.writeHealth(id, formatWorkerState({ ...state, circuit, health }));
  }
}

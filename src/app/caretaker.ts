import type { Target } from "../shared/target.ts";
import { targetsOf } from "../config/config.ts";
import type { Base } from "../admin/base.ts";
import { toDetail } from "../shared/errors.ts";
import { type Rotation, createRotation } from "../shared/rotation.ts";
import type { Incident } from "../store/detection/marks.ts";
import { takeOverPunctures } from "../store/sealing/find-erasure-key.ts";
import { restoreFileEndpoints } from "../store/outbox/endpoint-file.ts";

export interface CaretakerDeps extends Pick<
  Base,
  | "config"
  | "endpoints"
  | "erasureKey"
  | "keys"
  | "logger"
  | "now"
  | "queues"
  | "random"
  | "redis"
  | "storage"
> {
  /** When a poll is due that has to be made, unix ms. */
  readonly firstPoll: (target: Target) => Promise<number>;
  /** Takes over the queues of an earlier release. False: not all of it could be yet. */
  readonly takeOverFormer: () => Promise<boolean>;
  readonly tell: (incident: Incident) => Promise<void>;
}

export interface Caretaker extends AsyncDisposable {
  /** Looks now, and tells of what happened to Redis. */
  onIncident(incident: Incident): void;
}

const EVERY_MS = 10_000;
/** Jobs that are looked at in one round; all of them when there are fewer than there must be. */
const LOOKED_AT = 200;

/**
 * Looks after what must exist for this process to have work: the endpoints of the file, one job for each resource that is
 * polled, one for each endpoint, one that tidies; what another process erased is erased here. What is missing is made anew,
 * whoever removed it. A handful of commands a round, however many accounts there are; several processes may do it at once.
 */
export function startCaretaker(deps: CaretakerDeps, everyMs: number = EVERY_MS): Caretaker {
  let underWay: Promise<void> | undefined;
  let untold: Incident | undefined;
  let again = false;
  /** Until it has been seen to: Redis lost something, nobody knows what. */
  let hasLost = false;
  let tookOver = false;
  const polls = createRotation(() => targetsOf(deps.config.accounts), LOOKED_AT, deps.random);

  const round = async (): Promise<void> => {
    do {
      again = false;
      await takeOverPunctures(deps.redis, deps.keys, deps.erasureKey);
      await lookAfterEndpoints(deps);
      if (untold) {
        const incident = untold;
        await deps.tell(incident);
        if (untold === incident) untold = undefined;
      }
      tookOver ||= await deps.takeOverFormer();
      if (deps.config.roles.includes("dispatch")) await lookAfterDeliveries(deps);
      if (deps.config.roles.includes("poll")) await lookAfterPolls(deps, polls, hasLost);
      hasLost = false;
    } while (again);
  };
  const look = (): void => {
    if (!deps.storage.read().writable) return;
    underWay ??= round()
      .catch((error: unknown) => {
        const detail = toDetail(error);
        deps.logger.error({ detail }, "what must exist could not be looked after, will be tried again");
      })
      .finally(() => {
        underWay = undefined;
      });
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return {
    onIncident(incident) {
      untold = incident;
      again = true;
      hasLost = true;
      look();
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      if (deps.storage.read().writable) await underWay;
    },
  };
}

async function lookAfterEndpoints({
  config,
  endpoints,
  keys,
  logger,
  now,
  redis,
}: CaretakerDeps): Promise<void> {
  // Not from the list that is kept in memory: what is to be found out is whether that is still true.
  const present = new Set(await redis.hkeys(keys.endpoints));
  const made = await restoreFileEndpoints(endpoints, config.endpoints, present, now);
  if (made.length > 0) logger.warn({ endpoints: made }, "endpoints of the file were gone, made again");
}

async function lookAfterDeliveries({ endpoints, logger, queues }: CaretakerDeps): Promise<void> {
  const known = (await endpoints.list()).map(({ id }) => id);
  const lost = await queues.lostDeliveries(known);
  for (const endpoint of lost) await queues.wakeDelivery({ endpoint });
  if (lost.length > 0) logger.warn({ endpoints: lost.length }, "deliveries had no job, made again");
  await queues.ensureTidy();
}

/** Where as many jobs are there as there must be, hardly one of ours is gone: some are looked at in turn. `isLost`: all are. */
async function lookAfterPolls(
  { config, firstPoll, logger, now, queues }: CaretakerDeps,
  rotation: Rotation<Target>,
  isLost: boolean,
): Promise<void> {
  const targets = targetsOf(config.accounts);
  const some = rotation.next();
  const isShort = some.length < targets.length && (await queues.livingPolls()) < targets.length;
  const lost = await queues.lostPolls(isLost || isShort ? targets : some);
  await queues.ensurePolls(
    await Promise.all(lost.map(async (target) => ({ target, delayMs: (await firstPoll(target)) - now() }))),
  );
  if (lost.length > 0) logger.warn({ polls: lost.length }, "polls had no job, made again");
}

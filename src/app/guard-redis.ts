import { randomUUID } from "node:crypto";

import { targetsOf } from "../config/config.ts";
import type { Base } from "../admin/base.ts";
import { toError } from "../shared/errors.ts";
import { keepIdentityKey, ownerOf, whoseIdentity } from "../store/detection/installation.ts";
import { ANOTHERS, NO_ANSWER, startInstallationWatch } from "../store/detection/installation-watch.ts";
import { readLastSeen, writeLastSeen } from "../store/detection/last-seen.ts";
import { type Incident, type Marks, createMarks } from "../store/detection/marks.ts";
import { type TargetMap, createTargetMap } from "../shared/target.ts";
import { createGate } from "../store/redis/redis-gate.ts";
import type { Storage } from "../store/redis/storage-state.ts";
import { keepErasureKey } from "../store/sealing/find-erasure-key.ts";
import type { ReleaseStack } from "../shared/release-stack.ts";

/** How far each resource was read when this process last saw it, unix seconds by the upstream's clock. */
export interface Watermarks {
  note(account: string, resource: string, watermark: number): void;
  read(account: string, resource: string): number | undefined;
}

export interface GuardedRedis {
  readonly watermarks: Watermarks;
  readonly marks: Pick<Marks, "readIncident">;
  /** How often Redis lost something, as far as this process knows: what was remembered of it before is not true any more. */
  readonly incidents: () => number;
  onIncident(listener: (incident: Incident) => void): void;
  /** Why this process cannot do its work; undefined: it can. */
  notReady(): string | undefined;
}

/** Resources whose place is looked at to find out whether Redis lost something. */
const MOST_LOOKED_AT = 50;

/** Watches the Redis of a service: whose it is, whether it can be written, whether it lost what it had. */
export async function guardRedis(
  stack: ReleaseStack,
  base: Base,
  stopping: AbortSignal,
): Promise<GuardedRedis> {
  const { identityKey, keyring, keys, logger, now, reconnectPolicy: policy, redis, storage, store } = base;
  const known = createTargetMap<number>();
  const listeners: ((incident: Incident) => void)[] = [];
  let incidents = 0;
  const marks = await beginMarks(base);
  keepLastSeen(stack, base, known);
  const gate = createGate(redis);
  stack.use(
    await startInstallationWatch({
      redis,
      gate,
      policy,
      storage,
      marks,
      now,
      whose: async () => await whoseIdentity(redis, keys, keyring, identityKey),
      keepIdentity: async () => {
        await keepIdentityKey(redis, keys, keyring, identityKey);
        await keepErasureKey(redis, keys, base.erasureKey);
      },
      hasLost: async () => {
        const some = [...known.entries()].slice(0, MOST_LOOKED_AT);
        if (some.length === 0) return undefined;
        const cursors = await Promise.all(
          some.map(async ([{ account, resource }]) => await store.readCursor(account, resource)),
        );
        return some.some(([, watermark], index) => {
          const cursor = cursors[index];
          return cursor?.phase !== "live" || cursor.watermark < watermark;
        });
      },
      onStorage: createStorageReport(base),
      onIncident: (incident) => {
        incidents += 1;
        const { kind, since, copyAt } = incident;
        const times = { since: toIso(since), ...(copyAt === null ? {} : { copyOf: toIso(copyAt) }) };
        logger.error(times, kind === "emptied" ? EMPTIED : WENT_BACK);
        for (const listener of listeners) listener(incident);
      },
    }),
  );
  stopping.addEventListener("abort", () => {
    // Nobody's outage to wait for: ours may never come back.
    if (storage.read().reason === ANOTHERS) gate.giveUp();
  });
  return {
    watermarks: {
      note(account, resource, watermark) {
        known.set({ account, resource }, watermark);
      },
      read: (account, resource) => known.get({ account, resource }),
    },
    marks,
    incidents: () => incidents,
    onIncident: (listener) => void listeners.push(listener),
    notReady() {
      const { reason } = storage.read();
      if (reason !== "") return reason;
      return redis.status === "ready" ? undefined : NO_ANSWER;
    },
  };
}

/** Marks of ours in a Redis that was found or founded here a moment ago: whoever left some before does not matter. */
async function beginMarks(base: Base): Promise<Marks> {
  const { identityKey, keys, logger, now, redis } = base;
  const marks = createMarks(redis, keys, ownerOf(identityKey), randomUUID());
  const first = { count: 0, at: now() };
  await marks.take(first);
  const [lost, before] = await Promise.all([findLostWhileStopped(base), marks.readIncident()]);
  if (lost && lost.id !== before?.id) {
    logger.error({ since: toIso(lost.since) }, WENT_BACK);
    await marks.record(lost, before?.id ?? "", first);
  }
  return marks;
}

/** How often what has been read is written down outside of Redis. */
const LAST_SEEN_MS = 60_000;

/** Redis was put back to an older copy while no process of ours ran: it had been read further than it says. */
async function findLostWhileStopped({
  config,
  identityKey,
  now,
  store,
}: Base): Promise<Incident | undefined> {
  if (config.keysFolder === undefined) return undefined;
  const seen = readLastSeen(config.keysFolder, ownerOf(identityKey));
  if (!seen) return undefined;
  const places = targetsOf(config.accounts).filter(
    ({ account, resource }) => seen.watermarks[`${account}/${resource}`] !== undefined,
  );
  const cursors = await Promise.all(
    places.slice(0, MOST_LOOKED_AT).map(async (place) => ({
      known: seen.watermarks[`${place.account}/${place.resource}`] ?? 0,
      cursor: await store.readCursor(place.account, place.resource),
    })),
  );
  // One that is not there may have been removed by an operator.
  const isLost = cursors.some(({ cursor, known }) => cursor?.phase === "live" && cursor.watermark < known);
  if (!isLost) return undefined;
  // Every process that starts finds the same: it is one incident, and is told once.
  return { id: `last-seen-${seen.at}`, kind: "went_back", since: seen.at, noticedAt: now(), copyAt: null };
}

function keepLastSeen(
  stack: ReleaseStack,
  { config: { keysFolder }, identityKey, logger, now }: Base,
  known: TargetMap<number>,
): void {
  if (keysFolder === undefined) return;
  const write = (): void => {
    const read = [...known.entries()];
    if (read.length === 0) return;
    const watermarks = Object.fromEntries(
      read.map(([{ account, resource }, watermark]) => [`${account}/${resource}`, watermark]),
    );
    try {
      writeLastSeen(keysFolder, { owner: ownerOf(identityKey), at: now(), watermarks });
    } catch (error) {
      logger.warn({ detail: toError(error).message }, "how far was read cannot be written down");
    }
  };
  const timer = setInterval(write, LAST_SEEN_MS);
  timer.unref();
  stack.defer(() => {
    clearInterval(timer);
    write();
  });
}

const EMPTIED =
  "redis was emptied: a first sync begins anew, and endpoints, tokens and tombstones made at run time are gone";
const WENT_BACK = "redis went back to an older copy: what changed since then is read and told again";

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

/** One line when it begins, one for each other reason that shows meanwhile, and one when it is over, whatever is tried in between. */
function createStorageReport({
  logger,
  redis,
}: Pick<Base, "logger" | "redis">): (now: Storage, before: Storage) => void {
  let told: Storage | undefined;
  const reasons = new Set<string>();
  return (now, before) => {
    if (now.writable) {
      if (told)
        logger.info({ reason: told.reason, forMs: now.since - told.since }, "redis can be written again");
      told = undefined;
      reasons.clear();
      return;
    }
    // That it is lost is told by its connection.
    if (now.reason === NO_ANSWER && redis.status !== "ready") return;
    if (reasons.has(now.reason)) return;
    reasons.add(now.reason);
    logger.error({ reason: now.reason }, "redis cannot be written, waiting for it");
    told ??= before.writable ? now : before;
  };
}

import { existsSync } from "node:fs";
import { join } from "node:path";

import { type Clock, createClock, givenClock } from "../shared/clock.ts";
import type { Config } from "../config/config.ts";
import { type OwnPlaces, createOwnPlaces } from "../dispatch/http/own-places.ts";
import { type KeptFacts, createKeptFacts } from "./accounts/kept-facts.ts";
import type { IdentityKey } from "../diff/identity.ts";
import { NotifierError, RedisUnavailableError, toError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { type QueueOptions, type Queues, createQueues } from "../queues/queues.ts";
import type { ReleaseStack } from "../shared/release-stack.ts";
import { type AccessStores, createAccessStores } from "../store/access/access-stores.ts";
import { type DetectionStores, createDetectionStores } from "../store/detection/detection-stores.ts";
import { refuseHalfRotated } from "../store/sealing/half-rotated.ts";
import { alongRules } from "../store/events/related-store.ts";
import { type DeliveryStores, createDeliveryStores } from "../store/outbox/delivery-stores.ts";
import { type ClockStore, createClockStore } from "../store/redis/clock-store.ts";
import { logNames } from "../diff/endpoint-event.ts";
import { type History, createHistory } from "../store/history/history.ts";
import { loadIdentityKey, readIdentityKey } from "../store/detection/installation.ts";
import { type Keyring, createKeyring } from "../store/sealing/keyring.ts";
import { type Keys, createKeys } from "../store/redis/keys.ts";
import { announceWake } from "../store/outbox/wake-feed.ts";
import { type ReconnectPolicy, createReconnectPolicy } from "../store/redis/reconnect-policy.ts";
import { checkAccess } from "../store/redis/redis-access.ts";
import { closeFolder, keysFolder } from "../store/redis/own-folder.ts";
import type { ErasureKey } from "../store/sealing/erasure-key.ts";
import { findErasureKey, takeOverPunctures } from "../store/sealing/find-erasure-key.ts";
import { type Redis, hostsOf } from "../store/redis/client.ts";
import { type RedisAddress, connectRedis, describeAddress } from "../store/redis/redis.ts";
import { readRedisTime } from "../store/redis/redis-facts.ts";
import { type StorageState, createStorageState, reasonOf } from "../store/redis/storage-state.ts";
import { type Troubles, createTroubles } from "../shared/troubles.ts";

const REDIS_TIMEOUT_MS = 10_000;
/** First part of every Redis key. */
export const REDIS_PREFIX = "cliniko-webhooks";

/** Everything that is kept, opened: what the service and the operator's commands both build on. */
export interface Base extends AccessStores, DetectionStores, DeliveryStores {
  readonly config: Config;
  readonly logger: Logger;
  /** Where what fails again and again is told. */
  readonly troubles: Troubles;
  readonly clock: Clock;
  readonly clocks: ClockStore;
  /** The clock's, unix ms. */
  readonly now: () => number;
  readonly random: () => number;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly keyring: Keyring;
  /** Undefined: there is none. */
  readonly erasureKey: ErasureKey | undefined;
  readonly queues: Queues;
  readonly queueOptions: QueueOptions;
  /** What this process has read of all accounts. */
  readonly keptFacts: KeptFacts;
  readonly identityKey: IdentityKey;
  readonly history: History;
  /** Whether Redis can be written; a service keeps it true, a command beside it takes it for granted. */
  readonly storage: StorageState;
  readonly reconnectPolicy: ReconnectPolicy;
  /** Where no callback goes. */
  readonly own: OwnPlaces;
}

export interface BaseOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** First part of every Redis key. */
  readonly prefix?: string;
  /** Instead of one of the configuration's keys. */
  readonly keyring?: Keyring;
  /** Instead of the clocks of this machine and of Redis. */
  readonly now?: () => number;
  readonly random?: () => number;
  /** See QueueOptions. */
  readonly lockMs?: number;
  /** A command beside a service: it finds the installation that there is, and never makes one. */
  readonly asCommand?: boolean;
  /** Nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws RedisUnavailableError
 * @throws SetupError when Redis does not let us do what we need
 * @throws UnreadableRecordError when the encryption keys do not open what is stored
 */
export async function openBase(
  stack: ReleaseStack,
  { config, logger, prefix = REDIS_PREFIX, random = Math.random, signal, ...given }: BaseOptions,
  address: RedisAddress,
): Promise<Base> {
  const probe = await connectRedis(address, REDIS_TIMEOUT_MS, { signal, readyCheck: false });
  const permissions = await checkAccess(probe, describeAddress(address), prefix);
  const reconnectPolicy = createReconnectPolicy();
  const redis = await connectRedis(address, REDIS_TIMEOUT_MS, {
    policy: reconnectPolicy,
    signal,
    readyCheck: permissions.tells,
    onOutage: ({ lost, detail }) => {
      if (lost) logger.error({ detail }, "redis lost, waiting for it");
      else logger.info("redis is back");
    },
  });
  stack.defer(() => redis.disconnect());
  const troubles = createTroubles({ logger, elapsedMs: () => performance.now() });
  stack.defer(() => troubles[Symbol.dispose]());
  const keys = createKeys(prefix);
  // Whose installation this is must be known before what is about patients can be opened.
  const ownKeyring = given.keyring ?? createKeyring(config.encryptionKeys);
  const clock = given.now
    ? givenClock(given.now)
    : createClock({ machineNow: Date.now.bind(Date), monotonicMs: () => performance.now() });
  const { now } = clock;
  await clock.look(async () => await readRedisTime(redis, keys));
  const storage = createStorageState(now);
  const find = given.asCommand === true ? findIdentityKey : makeIdentityKey;
  const identityKey = await find(redis, keys, ownKeyring, describeAddress(address));
  await refuseHalfRotated(
    redis,
    keys,
    config.encryptionKeys.map(({ id }) => id),
  );
  if (given.asCommand !== true && config.keysFolder !== undefined) {
    const notice = closeFolder(keysFolder(config.keysFolder));
    if (notice !== undefined) logger.warn({ notice }, "keys folder");
  }
  const erasureKey = await findErasureKey(redis, keys, {
    folder: config.keysFolder,
    identityKey,
    elapsedMs: () => performance.now(),
    mayMake: given.asCommand !== true,
  });
  await takeOverPunctures(redis, keys, erasureKey);
  const keyring = given.keyring ?? createKeyring(config.encryptionKeys, erasureKey);
  const queueOptions = {
    connection: redis,
    now,
    asksVersion: permissions.tells,
    prefix: `${prefix}:queue`,
    onError: (error: Error, queue: string) => {
      // An outage of Redis is told once, by the connection itself; every worker feels it.
      if (redis.status === "ready" && storage.read().writable) {
        troubles.happened({ message: "queue error", error, facts: { queue, detail: error.message } });
      }
    },
    announceWake: async (endpoint: string) => await announceWake(redis, keys, endpoint),
    onJobFailed: (error: Error, queue: string) => {
      const message = "job failed, will be tried again";
      troubles.happened({ message, where: { queue }, error, facts: { err: error } });
    },
    ...(given.lockMs === undefined ? {} : { lockMs: given.lockMs }),
  };
  const rosters = {
    onWentBack: (list: string) => {
      const detail = "Redis holds an older list of what lives: what has ended stays ended";
      troubles.happened({ message: "list went back", where: { list }, error: new Error(detail) });
    },
  };
  const stored = { redis, keys, keyring, identityKey, now, rosters, alongOf: alongRules(config.accounts) };
  const access = createAccessStores({
    ...stored,
    onTrouble: (error) => troubles.happened({ message: "access log cannot be written", error }),
  });
  stack.use(access.access);
  return {
    ...access,
    ...createDetectionStores({ ...stored, erasureKey }),
    ...createDeliveryStores({ ...stored, logs: logNames(config.accounts) }),
    config,
    logger,
    troubles,
    clock,
    clocks: createClockStore(redis, keys),
    now,
    random,
    redis,
    keys,
    keyring,
    erasureKey,
    queueOptions,
    queues: stack.use(createQueues(queueOptions)),
    keptFacts: createKeptFacts(),
    identityKey,
    history: createHistory(redis, keys),
    storage,
    reconnectPolicy,
    own: createOwnPlaces(config, () => hostsOf(redis)),
  };
}

type FindIdentity = (redis: Redis, keys: Keys, keyring: Keyring, address: string) => Promise<IdentityKey>;

const findIdentityKey: FindIdentity = async (redis, keys, keyring, address) => {
  const identityKey = await readIdentityKey(redis, keys, keyring);
  if (identityKey) return identityKey;
  throw new RedisUnavailableError(
    `Redis at ${address} holds no installation yet: start the service on it first, or set REDIS_URL as the service has it, with its database`,
  );
};

const makeIdentityKey: FindIdentity = async (redis, keys, keyring, address) => {
  try {
    return await loadIdentityKey(redis, keys, keyring);
  } catch (error) {
    if (error instanceof NotifierError) throw error;
    const { message } = toError(error);
    throw new RedisUnavailableError(`Redis at ${address} cannot be used: ${reasonOf(message)}`, {
      cause: error,
    });
  }
};

/** The Redis that the operator names; undefined: the service starts one of its own. */
export function configuredRedis({
  redisCredentials,
  redisUrl,
}: Pick<Config, "redisCredentials" | "redisUrl">): Extract<RedisAddress, { url: string }> | undefined {
  return redisUrl === undefined ? undefined : { url: redisUrl, credentials: redisCredentials };
}

/**
 * Where the Redis of a running service is, for a command beside it.
 * @throws RedisUnavailableError
 */
export function runningRedis(config: Config): RedisAddress {
  const configured = configuredRedis(config);
  if (configured) return configured;
  const { dataFolder } = config;
  const socketPath = join(dataFolder, "redis.sock");
  if (existsSync(socketPath)) return { socketPath };
  throw new RedisUnavailableError(
    `REDIS_URL is not set and no service is running on ${dataFolder}: start it first, or set REDIS_URL as it has it`,
  );
}

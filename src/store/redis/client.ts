import { Socket } from "node:net";

import { Cluster, type ClusterOptions, Redis as Single, type RedisOptions as AnyOptions } from "ioredis";

import type { RedisCredentials } from "../../config/config.ts";
import type { RedisHost, RedisLocation } from "../../config/redis-url.ts";
import { AGAIN_MS, mendCluster, mendServer } from "./mend-client.ts";
import type { ReconnectPolicy } from "./reconnect-policy.ts";

type RedisOptions = AnyOptions & { replyMapping?: "legacy" };
type NodeOptions = NonNullable<ClusterOptions["redisOptions"]> & { replyMapping?: "legacy" };

/** One server, found by its address or by sentinels, or a cluster of them: whoever uses it need not know which. */
export type Redis = Single | Cluster;
/** A connection to one server. */
export type RedisNode = Single;

export interface ClientOptions {
  readonly credentials?: RedisCredentials | undefined;
  /** False: the server does not let itself be asked by INFO whether it has loaded everything. */
  readonly readyCheck: boolean;
  /** Without it what a server refuses fails at once. */
  readonly policy?: Pick<ReconnectPolicy, "reconnectOnError" | "retryStrategy"> | undefined;
}

/** A machine that is gone without a word is not waited for longer: another sentinel, or another node, knows as much. */
const CONNECT_MS = 3_000;
const SENTINEL_ANSWER_MS = 2_000;
/** How often a cluster is asked who has which slots, ms: so a node that hangs is left when another has taken over. */
const SLOTS_EVERY_MS = 5_000;
const SLOTS_ANSWER_MS = 5_000;

const slower = (attempt: number): number => Math.min(50 * attempt, 2_000);

/**
 * A client that is connecting. It reconnects for ever, and commands wait for it: a failover pauses our work and fails none of it.
 * So do the copies that are made of it.
 */
export function createClient(location: RedisLocation, options: ClientOptions): Redis {
  const { tls } = options.credentials ?? {};
  const { username, password } = location;
  const retryStrategy = options.policy?.retryStrategy ?? slower;
  const shared: RedisOptions = {
    maxRetriesPerRequest: null,
    enableReadyCheck: options.readyCheck,
    disableClientInfo: true,
    ...(options.policy ? { reconnectOnError: options.policy.reconnectOnError } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  if (location.kind === "socket") {
    return mendServer(new Single({ ...shared, retryStrategy, path: location.path, db: location.database }));
  }
  const byNetwork: RedisOptions = {
    ...shared,
    ...(location.family === undefined ? {} : { family: location.family }),
    ...(location.tls ? { tls: toTls(tls) } : {}),
  };
  switch (location.kind) {
    case "server": {
      const { database: db, host, port } = location;
      return mendServer(new Single({ ...byNetwork, retryStrategy, host, port, db }));
    }
    case "sentinel":
      return mendServer(new Single({ ...byNetwork, retryStrategy, ...toSentinel(location, options) }));
    case "cluster":
      return mendCluster(new Cluster([...location.nodes], toCluster(byNetwork, retryStrategy)));
  }
}

/** Another connection to the same place, for what would hold up others. */
export function duplicateOf(redis: Redis): Redis {
  return isCluster(redis) ? redis.duplicate() : redis.duplicate();
}

export function isCluster(redis: Redis): redis is Cluster {
  return redis.isCluster;
}

/** The servers that take writes: one, or each primary of a cluster. */
export function primariesOf(redis: Redis): readonly RedisNode[] {
  return isCluster(redis) ? redis.nodes("master") : [redis];
}

/** Every server that answers: a primary, and what follows it as far as the client knows. */
export function nodesOf(redis: Redis): readonly RedisNode[] {
  return isCluster(redis) ? redis.nodes() : [redis];
}

/** Where a connection leads, for a person: host and port, or the socket. */
export function placeOf({ options }: RedisNode): string {
  return options.path ?? formatHost({ host: options.host ?? "", port: options.port ?? 0 });
}

/** Where the connections of a client lead at this moment; of a socket nothing. */
export function hostsOf(redis: Redis): readonly RedisHost[] {
  return nodesOf(redis).flatMap(({ options, stream }) => {
    if (options.path !== undefined) return [];
    const { remoteAddress, remotePort } = stream instanceof Socket ? stream : {};
    if (remoteAddress !== undefined && remotePort !== undefined)
      return [{ host: remoteAddress, port: remotePort }];
    return options.host === undefined ? [] : [{ host: options.host, port: options.port ?? 0 }];
  });
}

export function formatHost({ host, port }: RedisHost): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

type TlsOptions = NonNullable<RedisOptions["tls"]>;

function toTls(tls: RedisCredentials["tls"] = {}): TlsOptions {
  const { ca, certificate: cert, key, server_name: servername } = tls;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
}

function toSentinel(
  { database: db, primary: name, sentinels, tls }: Extract<RedisLocation, { kind: "sentinel" }>,
  { credentials }: ClientOptions,
): RedisOptions {
  const { username, password } = credentials?.sentinel ?? {};
  return {
    sentinels: [...sentinels],
    name,
    db,
    connectTimeout: CONNECT_MS,
    sentinelCommandTimeout: SENTINEL_ANSWER_MS,
    sentinelRetryStrategy: slower,
    sentinelReconnectStrategy: slower,
    // Without it an old primary that still answers would be written to until it is told that it is none.
    failoverDetector: true,
    ...(tls ? { sentinelTLS: toTls(credentials?.tls), enableTLSForSentinelMode: true } : {}),
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password.reveal() }),
  };
}

function toCluster(
  node: NodeOptions,
  clusterRetryStrategy: (attempt: number) => number,
): ClusterOptions & { redisOptions: NodeOptions } {
  return {
    redisOptions: { ...node, connectTimeout: CONNECT_MS },
    clusterRetryStrategy,
    // Names are looked up with each connection: a certificate is made out to the name, and what it leads to may move.
    dnsLookup: (host, done) => done(null, host),
    // A failover takes as long as it takes; what is moved is found as often as it is moved.
    maxRedirections: Number.MAX_SAFE_INTEGER,
    retryDelayOnFailover: AGAIN_MS,
    retryDelayOnClusterDown: AGAIN_MS,
    retryDelayOnTryAgain: AGAIN_MS,
    slotsRefreshTimeout: SLOTS_ANSWER_MS,
    slotsRefreshInterval: SLOTS_EVERY_MS,
  };
}

import type { ConfigFile, Role } from "./config-schema.ts";
import type { Secret } from "./secret.ts";

export interface AccountConfig {
  readonly name: string;
  readonly apiKey: Secret;
  /** Only for sandboxes and proxies; otherwise the address follows from the key's shard. */
  readonly baseUrl: string | undefined;
  readonly resources: readonly string[];
}

export interface EndpointConfig {
  readonly name: string;
  readonly url: string;
  readonly secret: Secret;
  /** `*`, `<subject>.*` or an event type. */
  readonly events: readonly string[];
  /** Undefined: every account. */
  readonly accounts: readonly string[] | undefined;
  readonly payload: ConfigFile["endpoints"][string]["payload"];
  /** Sensitive fields that this endpoint is to get all the same. */
  readonly include: readonly string[];
}

/** Everything the operator decided, validated once and frozen. Times are milliseconds. */
export interface Config {
  readonly contact: { readonly name: string; readonly email: string };
  /** The first key seals; all of them open. */
  readonly encryptionKeys: readonly { readonly id: string; readonly key: Secret }[];
  readonly accounts: readonly AccountConfig[];
  readonly endpoints: readonly EndpointConfig[];
  readonly polling: {
    readonly promiseMs: number;
    /** Undefined: the schedule adapts. */
    readonly intervalMs: number | undefined;
    readonly overlapMs: number;
    readonly requestsPerMinute: number;
    readonly budgetShare: number;
    readonly timeoutMs: number;
  };
  readonly delivery: { readonly timeoutMs: number; readonly concurrency: number };
  readonly ops: { readonly host: string; readonly port: number; readonly token: Secret | undefined };
  readonly roles: readonly Role[];
  /** Undefined: the service starts a Redis of its own in `dataFolder`. */
  readonly redisUrl: string | undefined;
  readonly dataFolder: string;
  readonly logLevel: ConfigFile["log_level"];
}

export function toConfig(file: ConfigFile, redisUrl: string | undefined): Config {
  const { polling, delivery, ops } = file;
  return deepFreeze({
    contact: file.contact,
    encryptionKeys: file.encryption,
    accounts: Object.entries(file.accounts).map(([name, account]) => ({
      name,
      apiKey: account.api_key,
      baseUrl: account.base_url?.replace(/\/+$/, ""),
      resources: account.resources,
    })),
    endpoints: Object.entries(file.endpoints).map(([name, endpoint]) => ({
      name,
      url: endpoint.url,
      secret: endpoint.secret,
      events: endpoint.events,
      accounts: endpoint.accounts,
      payload: endpoint.payload,
      include: endpoint.include,
    })),
    polling: {
      promiseMs: polling.promise,
      intervalMs: polling.interval,
      overlapMs: polling.overlap,
      requestsPerMinute: polling.requests_per_minute,
      budgetShare: polling.budget_share,
      timeoutMs: polling.timeout,
    },
    delivery: { timeoutMs: delivery.timeout, concurrency: delivery.concurrency },
    ops: { host: ops.host, port: ops.port, token: ops.token },
    roles: file.roles,
    redisUrl: redisUrl?.trim() || undefined,
    dataFolder: file.data_folder,
    logLevel: file.log_level,
  });
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}

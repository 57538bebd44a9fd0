import type { Target } from "../shared/target.ts";
import { dirname, join, resolve } from "node:path";

import type { Tier } from "../shared/tier.ts";
import type { ConfigFile, Role } from "./config-schema.ts";
import type { ConfiguredSigningKey } from "./endpoint-schema.ts";
import type { EndpointSettings } from "./endpoint-settings.ts";
import type { RedisTls } from "./endpoint-tls.ts";
import type { Secret } from "./secret.ts";

export interface AccountConfig {
  readonly name: string;
  readonly apiKey: Secret;
  /** Only for sandboxes and proxies; otherwise the address follows from the key's shard. */
  readonly baseUrl: string | undefined;
  readonly resources: readonly string[];
  /** Nothing is told of patients who refused the clinic's privacy policy. */
  readonly suppressWithoutConsent: boolean;
  /** Resources whose first sync is left out. */
  readonly fromNowOn: readonly string[];
  /** What can be booked online is told of these. */
  readonly availableTimes: readonly {
    readonly business: string;
    readonly practitioner: string;
    readonly appointmentType: string;
    readonly days: number;
    /** The earliest one alone. */
    readonly nextOnly: boolean;
  }[];
}

/** Everything that is read: each resource of each account. */
export function targetsOf(accounts: readonly Pick<AccountConfig, "name" | "resources">[]): Target[] {
  return accounts.flatMap(({ name: account, resources }) =>
    resources.map((resource) => ({ account, resource })),
  );
}

export interface EndpointConfig {
  readonly name: string;
  /** Header values and TLS keys are in clear here: never print it. */
  readonly settings: EndpointSettings;
  /** Each of them signs; the first is the one to stay. */
  readonly signingKeys: readonly ConfiguredSigningKey[];
}

/** What it takes to be let in, besides what stands in the URL. TLS keys are in clear here: never print it. */
export interface RedisCredentials {
  readonly tls?: RedisTls | undefined;
  readonly sentinel?: { readonly username?: string | undefined; readonly password: Secret } | undefined;
}

/** Everything the operator decided, validated once and frozen. Times are milliseconds. */
export interface Config {
  readonly contact: { readonly name: string; readonly email: string };
  /** The first key seals; all of them open. */
  readonly encryptionKeys: readonly { readonly id: string; readonly key: Secret }[];
  readonly accounts: readonly AccountConfig[];
  readonly endpoints: readonly EndpointConfig[];
  readonly polling: {
    /** Of what is read at a fixed interval it is that. */
    readonly promiseMs: Readonly<Record<Tier, number>>;
    /** By resource, where it is not that of its definition. */
    readonly tiers?: Readonly<Partial<Record<string, Tier>>> | undefined;
    /** Undefined: the schedule adapts. */
    readonly intervalMs: number | undefined;
    readonly overlapMs: number;
    readonly requestsPerMinute: number;
    readonly budgetShare: number;
    readonly timeoutMs: number;
  };
  readonly delivery: {
    /** For one whole exchange with a receiver. */
    readonly timeoutMs: number;
    readonly allowHttp: boolean;
    /** CIDR ranges that callbacks of the operator's endpoints may go to although they are not public. */
    readonly allowPrivate: readonly string[];
    /** The same for endpoints of a subscriber, by its name. */
    readonly allowPrivateFor: ReadonlyMap<string, readonly string[]>;
    /** An HTTP proxy that callbacks go out by; its URL may carry a password. */
    readonly proxy: Secret | undefined;
    /** Undefined: the system's. */
    readonly dnsServers: readonly string[] | undefined;
  };
  readonly retention: { readonly eventsMs: number; readonly attemptsMs: number; readonly accessMs: number };
  /** Ways on which people are told that something needs one of them. */
  readonly notices: {
    readonly email?:
      | { readonly server: Secret; readonly from: string; readonly to: readonly string[] }
      | undefined;
    readonly slack?: { readonly url: Secret } | undefined;
    readonly teams?: { readonly url: Secret } | undefined;
  };
  readonly ops: {
    readonly host: string;
    readonly port: number;
    /** Where people reach it, as behind a proxy: `https://host`. Undefined: as it listens. */
    readonly publicUrl: string | undefined;
    /** CIDR ranges of proxies whose `X-Forwarded-For` says who asks. */
    readonly trustedProxies: readonly string[];
    readonly token: Secret | undefined;
  };
  readonly roles: readonly Role[];
  /** Undefined: the service starts a Redis of its own in `dataFolder`. */
  readonly redisUrl: string | undefined;
  readonly redisCredentials: RedisCredentials;
  readonly dataFolder: string;
  /** Where the erasure key is. Undefined: the operator wants none, and what is forgotten stays readable in older copies. */
  readonly keysFolder: string | undefined;
  readonly logLevel: ConfigFile["log_level"];
}

export function toConfig(file: ConfigFile, redisUrl: string | undefined): Config {
  const { polling, delivery, retention, ops } = file;
  return deepFreeze({
    contact: file.contact,
    encryptionKeys: file.encryption,
    accounts: Object.entries(file.accounts).map(([name, account]) => ({
      name,
      apiKey: account.api_key,
      baseUrl: account.base_url?.replace(/\/+$/, ""),
      resources: withTimes(account.resources, account.available_times.length > 0),
      fromNowOn: account.from_now_on,
      availableTimes: account.available_times.map(({ appointment_type, watch, ...one }) => ({
        ...one,
        appointmentType: appointment_type,
        nextOnly: watch === "next",
      })),
      suppressWithoutConsent: account.suppress_without_consent,
    })),
    endpoints: Object.entries(file.endpoints).map(([name, endpoint]) => ({ name, ...endpoint })),
    polling: {
      promiseMs: polling.promise,
      tiers: polling.tiers,
      intervalMs: polling.interval,
      overlapMs: polling.overlap,
      requestsPerMinute: polling.requests_per_minute,
      budgetShare: polling.budget_share,
      timeoutMs: polling.timeout,
    },
    delivery: {
      timeoutMs: delivery.timeout,
      allowHttp: delivery.allow_http,
      allowPrivate: delivery.allow_private,
      allowPrivateFor: new Map(Object.entries(delivery.allow_private_for)),
      proxy: delivery.proxy,
      dnsServers: delivery.dns_servers,
    },
    notices: file.notices,
    retention: { eventsMs: retention.events, attemptsMs: retention.attempts, accessMs: retention.access },
    ops: {
      host: ops.host,
      port: ops.port,
      publicUrl: ops.public_url,
      trustedProxies: ops.trusted_proxies,
      token: ops.token,
    },
    roles: file.roles,
    redisUrl: redisUrl?.trim() || undefined,
    redisCredentials: file.redis,
    dataFolder: file.data_folder,
    keysFolder: toKeysFolder(file.keys_folder, file.data_folder),
    logLevel: file.log_level,
  });
}

/** What can be booked online is read of what was named, and then only. */
function withTimes(resources: readonly string[], areNamed: boolean): readonly string[] {
  const others = resources.filter((name) => name !== AVAILABLE_TIMES);
  return areNamed ? [...others, AVAILABLE_TIMES] : others;
}

const AVAILABLE_TIMES = "available_times";

/** Beside the data folder, so that a copy of that one holds none of it. */
function toKeysFolder(given: string | undefined, dataFolder: string): string | undefined {
  if (given === NO_KEYS_FOLDER) return undefined;
  return given ?? join(dirname(resolve(dataFolder)), "keys");
}

const NO_KEYS_FOLDER = "none";

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}

import type { Base } from "../base.ts";
import { logNames } from "../../diff/endpoint-event.ts";
import { readLogLengths, readLogSize } from "../../store/events/log-size.ts";
import type { SeenProcess } from "../../store/detection/process-registry.ts";
import {
  type RedisFacts,
  type RedisSettings,
  readRedisFacts,
  countUncoveredSlots,
  readRedisNodes,
} from "../../store/redis/redis-facts.ts";
import {
  type RedisWarning,
  judgeNodes,
  judgeRedisNow,
  judgeReplicas,
  judgeSlots,
} from "../../store/redis/redis-warnings.ts";

/** What the service runs on. For operators: it names machines. Times are unix ms. */
export interface SystemStatus {
  /** Who spoke last first. */
  readonly processes: readonly SeenProcess[];
  /** Roles that none of them has: their work waits. */
  readonly missingRoles: readonly string[];
  readonly redis: RedisFacts & RedisSettings & { readonly warnings: readonly RedisWarning[] };
  /** The longest logs first. */
  readonly storage: readonly AccountStorage[];
}

export interface AccountStorage {
  readonly account: string;
  readonly events: number;
  readonly oldestAt: number | undefined;
}

const NEEDED_ROLES = ["poll", "dispatch", "ops"];
/** Logs that are looked into: of the others only the length is read. */
const MOST_LOGS = 50;

export async function readSystem(
  base: Pick<Base, "clock" | "config" | "keys" | "processes" | "redis">,
): Promise<SystemStatus> {
  const { clock, keys, redis } = base;
  // Alone: how long it takes to answer is measured.
  const facts = await readRedisFacts(redis, keys, clock.machineNow);
  const [processes, nodes, uncovered, storage] = await Promise.all([
    base.processes.list(),
    readRedisNodes(redis),
    countUncoveredSlots(redis),
    readStorage(base),
  ]);
  const warnings = [
    ...judgeSlots(uncovered),
    ...judgeNodes(nodes, (node) => [...judgeRedisNow(node, node), ...judgeReplicas(node)]),
  ];
  const roles = new Set(processes.flatMap((process) => process.roles));
  return {
    processes,
    missingRoles: NEEDED_ROLES.filter((role) => !roles.has(role)),
    redis: { ...facts, ...settingsOf(nodes), warnings },
    storage,
  };
}

/** Of several nodes as far as they are set alike. */
function settingsOf(nodes: readonly RedisSettings[]): RedisSettings {
  const same = <Name extends keyof RedisSettings>(name: Name): RedisSettings[Name] | undefined =>
    nodes.every((node) => node[name] === nodes[0]?.[name]) ? nodes[0]?.[name] : undefined;
  return {
    policy: same("policy"),
    appendOnly: same("appendOnly"),
    fsync: same("fsync"),
    saves: same("saves"),
  };
}

async function readStorage({
  config,
  keys,
  redis,
}: Pick<Base, "config" | "keys" | "redis">): Promise<AccountStorage[]> {
  const names = logNames(config.accounts);
  const longest = (await readLogLengths(redis, keys, names)).slice(0, MOST_LOGS);
  return await Promise.all(
    longest.map(async ({ account }) => {
      const { events, oldestAt } = await readLogSize(redis, keys, account);
      return { account, events, oldestAt };
    }),
  );
}

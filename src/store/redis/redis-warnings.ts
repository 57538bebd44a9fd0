import type { RedisFacts, RedisNodeFacts, RedisSettings } from "./redis-facts.ts";

/** What could lose what we keep, or already does. */
export interface RedisWarning {
  readonly message: string;
  readonly remedy: string;
}

/** Of the memory it may have: from here on the next busy day may be the one that fills it. */
export const NEARLY_FULL = 0.8;

/** What in its settings could lose what we keep. Pure. What it does not tell is not warned of. */
export function judgeSettings({ appendOnly, policy, saves }: RedisSettings): RedisWarning[] {
  const warnings: RedisWarning[] = [];
  if (policy !== undefined && policy !== "noeviction") {
    warnings.push({
      message: `maxmemory-policy is ${policy}: under memory pressure it drops snapshots`,
      remedy: "set it to noeviction",
    });
  }
  if (appendOnly !== false) return warnings;
  warnings.push(
    saves === false
      ? {
          message: "appendonly is no and no dumps are saved: a restart loses everything",
          remedy: "set appendonly to yes",
        }
      : { message: "appendonly is no: a crash loses what came after the last dump", remedy: "set it to yes" },
  );
  return warnings;
}

/** A replica that is further behind than this would lose as much by a failover, seconds. */
const FAR_BEHIND_SECONDS = 10;

/** What a failover could lose, or could not mend. Pure. */
export function judgeReplicas({
  lagSeconds,
  leastReplicas,
  ofCluster,
  replicas,
}: Pick<RedisNodeFacts, "lagSeconds" | "leastReplicas" | "ofCluster" | "replicas">): RedisWarning[] {
  if (replicas === 0) {
    const message = "has no replica: while it is away, what is in its slots can neither be read nor written";
    return ofCluster ? [{ message, remedy: "add one: redis-cli --cluster add-node … --cluster-slave" }] : [];
  }
  if (replicas === undefined) return [];
  const warnings: RedisWarning[] = [];
  if (lagSeconds !== undefined && lagSeconds > FAR_BEHIND_SECONDS) {
    warnings.push({
      message: `its replica is ${lagSeconds} s behind: a failover would lose as much, and it would be read again`,
      remedy: "look at the link between them and at the replica's load",
    });
  }
  if (leastReplicas === 0) {
    warnings.push({
      message:
        "min-replicas-to-write is 0: a primary that is cut off goes on taking what a failover then loses",
      remedy:
        "set it to 1, with min-replicas-max-lag 10; what was lost is read again, and told under the ids that it had",
    });
  }
  return warnings;
}

/** What is said of every node is said once, and of one of several with its place. Pure. */
export function judgeNodes(
  nodes: readonly RedisNodeFacts[],
  judge: (node: RedisNodeFacts) => readonly RedisWarning[],
): RedisWarning[] {
  const judged = nodes.map((node) => ({ node, warnings: judge(node) }));
  const all = new Map(judged.flatMap(({ warnings }) => warnings.map((one) => [one.message, one] as const)));
  return [...all.values()].flatMap((warning) => {
    const concerned = judged.filter(({ warnings }) =>
      warnings.some(({ message }) => message === warning.message),
    );
    if (concerned.length === nodes.length) return [warning];
    return concerned.map(({ node }) => ({ ...warning, message: `${node.place}: ${warning.message}` }));
  });
}

/** Pure. @param count slots of a cluster that no node serves */
export function judgeSlots(count: number): RedisWarning[] {
  if (count === 0) return [];
  const message = `${count} slots of the cluster have no node: what is in them can neither be read nor written`;
  return [{ message, remedy: "redis-cli --cluster check, then --cluster fix" }];
}

/** The same, and what goes wrong at this moment. Pure. No limit of memory is no fault. */
export function judgeRedisNow(
  { maxBytes, persisted, usedBytes }: Pick<RedisFacts, "maxBytes" | "persisted" | "usedBytes">,
  settings: RedisSettings,
): RedisWarning[] {
  const warnings = judgeSettings(settings);
  if (settings.appendOnly === true && settings.fsync === "no") {
    warnings.push({
      message: "appendfsync is no: a power cut loses up to half a minute",
      remedy: "set it to everysec",
    });
  }
  if (!persisted) {
    warnings.unshift({
      message: "what it wrote last did not reach the disk",
      remedy: "look at its log: is the disk full?",
    });
  }
  if (maxBytes && usedBytes !== undefined && usedBytes > NEARLY_FULL * maxBytes) {
    const percent = Math.floor((usedBytes / maxBytes) * 100);
    const remedy = "raise maxmemory, or shorten retention";
    const full = settings.policy === undefined || settings.policy === "noeviction";
    const then = full
      ? "when it is full, nothing can be written any more"
      : "when it is full, it drops what we keep";
    warnings.push({ message: `${percent} % of maxmemory is used: ${then}`, remedy });
  }
  return warnings;
}

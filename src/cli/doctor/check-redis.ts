import type { RedisFacts, RedisNodeFacts } from "../../store/redis/redis-facts.ts";
import { assessLatency } from "../../admin/assess/assess-storage.ts";
import { type Finding, fail, ok, toFinding, warn } from "./finding.ts";
import { findKnownHoles } from "./known-holes.ts";

/** What our scripts and BullMQ's need at least (ZMSCORE, HRANDFIELD), and what is tested. */
const OLDEST_VERSION = [6, 2] as const;
const TESTED_MAJOR = 7;

/** What this Redis is, and whether it is set to keep what we give it. Pure. @param warnings what durabilityWarnings says */
export function judgeRedis(
  address: string,
  facts: RedisFacts,
  nodes: readonly RedisNodeFacts[],
  warnings: readonly string[],
): Finding[] {
  return [
    judgeVersion(address, facts),
    // Of one server without replicas all has been said.
    ...nodes.filter(({ ofCluster, replicas = 0 }) => ofCluster || replicas > 0).map(describeNode),
    ...judgeHoles(facts),
    ...[assessLatency(facts)].filter(({ severity }) => severity !== "ok").map((one) => toFinding(one, 0)),
    ...warnings.map((detail) => warn("redis", detail, "see docs/operations.md#redis")),
  ];
}

const MEBIBYTE = 1_048_576;

function describeNode({ flavour, lagSeconds, place, replicas, usedBytes, version }: RedisNodeFacts): Finding {
  const used = usedBytes === undefined ? [] : [`${Math.ceil(usedBytes / MEBIBYTE)} MiB used`];
  const behind = lagSeconds === undefined ? "" : `, ${lagSeconds} s behind`;
  const following = replicas === undefined ? [] : [`replicas: ${replicas}${behind}`];
  const release = version === undefined ? [] : [`${flavour} ${version}`];
  return ok("redis node", `${place} is a primary: ${[...release, ...used, ...following].join(", ")}`);
}

/** By the number alone, which a distribution keeps when it mends what is behind it: a warning, and never more. */
function judgeHoles({ flavour, version }: RedisFacts): Finding[] {
  if (version === undefined) return [];
  const { fixedIn, holes } = findKnownHoles(flavour, version);
  if (holes.length === 0) return [];
  const named = holes.map(({ id, what }) => `${id} (${what})`).join(", ");
  const detail = `${flavour} ${version} has published holes: ${named}; may be mended by your distribution under the same number`;
  const remedy =
    fixedIn === undefined
      ? "its series gets no more releases: install one that does, like Redis 8.2.9 or Valkey 8.1.9, or ask your distribution's security tracker"
      : `install ${flavour} ${fixedIn} or later, or ask your distribution's security tracker`;
  return [warn("redis release", detail, remedy)];
}

function judgeVersion(address: string, { flavour, latencyMs, version }: RedisFacts): Finding {
  const what = "redis";
  if (version === undefined)
    return ok(what, `${address} answers in ${latencyMs} ms; it does not tell its version`);
  const detail = `${address}: ${flavour} ${version}, answers in ${latencyMs} ms`;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [least, leastMinor] = OLDEST_VERSION;
  if (flavour === "valkey" || major >= TESTED_MAJOR) return ok(what, detail);
  const remedy = "install Redis 7 or Valkey 8";
  return major > least || (major === least && minor >= leastMinor)
    ? warn(what, `${detail}; older than what is tested`, remedy)
    : fail(what, detail, remedy);
}

import type { RedisFacts } from "../../store/redis-facts.ts";
import { formatSpan } from "../age.ts";
import { formatBytes } from "./format-bytes.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** What our scripts and BullMQ's need at least (ZMSCORE, HRANDFIELD), and what is tested. */
const OLDEST_VERSION = [6, 2] as const;
const TESTED_MAJOR = 7;

const SLOW_MS = 50;
const SKEWED_MS = 5_000;
const WRONG_MS = 60_000;
const FULL = 0.8;
const TOO_FULL = 0.95;

/** Whether this Redis can be trusted with what we keep. Pure. @param warnings what durabilityWarnings says */
export function judgeRedis(address: string, facts: RedisFacts, warnings: readonly string[]): Finding[] {
  return [
    judgeVersion(address, facts),
    ...(facts.latencyMs > SLOW_MS
      ? [
          warn(
            "redis",
            `${facts.latencyMs} ms for one answer`,
            "bring it nearer: a callback takes several answers",
          ),
        ]
      : []),
    judgeClock(facts),
    ...warnings.map((detail) => warn("redis", detail, "see docs/operations.md#redis")),
    ...(facts.persisted
      ? []
      : [fail("redis", "what it wrote last did not reach the disk", "look at its log: is the disk full?")]),
    judgeMemory(facts),
  ];
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

function judgeClock({ clockAheadMs }: RedisFacts): Finding {
  const what = "clock of redis";
  const detail = `${describeSkew(clockAheadMs)} this machine's`;
  const remedy = "let both machines keep time (NTP)";
  if (Math.abs(clockAheadMs) > WRONG_MS) return fail(what, detail, remedy);
  return Math.abs(clockAheadMs) > SKEWED_MS ? warn(what, detail, remedy) : ok(what, detail);
}

export function describeSkew(aheadMs: number): string {
  if (Math.abs(aheadMs) < 1_000) return "within a second of";
  return `${formatSpan(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"}`;
}

function judgeMemory({ maxBytes, usedBytes }: RedisFacts): Finding {
  const what = "redis memory";
  if (usedBytes === undefined) return ok(what, "not told by this Redis");
  const used = formatBytes(usedBytes);
  if (!maxBytes) return ok(what, `${used}; no limit is set`);
  const detail = `${used} of ${formatBytes(maxBytes)}`;
  const remedy = "raise maxmemory, or shorten retention (docs/operations.md#redis-memory)";
  if (usedBytes > TOO_FULL * maxBytes) return fail(what, detail, remedy);
  return usedBytes > FULL * maxBytes ? warn(what, detail, remedy) : ok(what, detail);
}

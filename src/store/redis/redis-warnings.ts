import type { RedisFacts, RedisSettings } from "./redis-facts.ts";

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

/** Shard of a key without a suffix. Source: docs/upstream.md §1. */
const DEFAULT_SHARD = "au1";

/**
 * The shard goes into a host name, so the pattern is anchored and narrow: a key can never point us at another host.
 * @throws RangeError when the key ends in something that is not a shard (the configuration refuses such keys first).
 */
export function baseUrlOf(apiKey: string): string {
  const dash = apiKey.lastIndexOf("-");
  const shard = dash < 0 ? DEFAULT_SHARD : apiKey.slice(dash + 1).toLowerCase();
  if (!/^[a-z]{2}\d{1,2}$/.test(shard)) throw new RangeError("the key does not end in a shard such as -au1");
  return `https://api.${shard}.cliniko.com/v1`;
}

import type { Base } from "../base.ts";

/** The names that an account had before, by its name now. */
export async function formerNames({
  keys,
  redis,
}: Pick<Base, "keys" | "redis">): Promise<(account: string) => readonly string[]> {
  const renamed = Object.entries(await redis.hgetall(keys.renamedAccounts)).map(
    ([from, value]) => [from, value.split(" ")[0]] as const,
  );
  const before = (account: string, seen: readonly string[]): string[] =>
    renamed.flatMap(([from, to]) =>
      to === account && !seen.includes(from) ? [from, ...before(from, [...seen, from])] : [],
    );
  return (account) => before(account, [account]);
}

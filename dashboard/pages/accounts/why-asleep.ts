import type { Account } from "../../api/answers.ts";

/** What has to happen before anything of an account is read again; undefined: it is being read. */
export type Asleep = "release" | "key" | undefined;

/** One guard, or a key that is refused, stops all of an account, and its polls pass without asking anything. */
export function whyAsleep({ resources }: Pick<Account, "resources">): Asleep {
  if (resources.some(({ quarantined }) => quarantined)) return "release";
  return resources.some(({ state }) => state === "key_revoked") ? "key" : undefined;
}

import type { Config } from "../../config/config.ts";
import { type Target, createTargetMap } from "../../shared/target.ts";
import { isResourceName, resources } from "../../resources/registry.ts";
import { promiseMsOf, tierOf } from "./promise.ts";
import { type Claim, divideShare } from "./divide-share.ts";

interface Shared {
  readonly accounts: readonly Pick<Config["accounts"][number], "name" | "resources">[];
  readonly polling: Pick<
    Config["polling"],
    "budgetShare" | "intervalMs" | "promiseMs" | "requestsPerMinute" | "tiers"
  >;
}

/** What a resource of an account may spend, requests a minute; 1 for what is not configured. */
export function createRequestShares({ accounts, polling }: Shared): (target: Target) => number {
  const { budgetShare, requestsPerMinute } = polling;
  const toClaim = (name: string): Claim => ({
    name,
    urgent: isResourceName(name) && resources[name].urgent,
    slowMs: tierOf(polling, name) === "live" ? undefined : promiseMsOf(polling, name),
  });
  const requestShares = new Map(
    accounts.map(({ name, resources: read }) => [
      name,
      divideShare(read.map(toClaim), requestsPerMinute * budgetShare),
    ]),
  );
  return ({ account, resource }) => requestShares.get(account)?.get(resource) ?? 1;
}

/** What may be spent after a poll, of what the account leaves unused just now. */
export interface LentShares {
  /** So many requests were made for it: for its lists, and to make sure that nothing is missing. */
  spent(target: Target, requests: number): void;
  /** Requests a minute. */
  of(target: Target): number;
}

/** So much of an account's share is used before nothing more is lent: with all of it, one request in five would wait for the budget. */
const LENT_UP_TO = 0.96;
/** How fast it is forgotten how often a resource was read. */
const REMEMBERED_MS = 60_000;

/**
 * What people wait for has, beside its own share, all that nothing else of its account uses: a run of edits in one resource is followed as
 * closely as the account's share allows. When others need theirs, it falls back to its own. What can wait has its own. Of what other
 * processes read nothing is known here: the account's budget keeps the whole in bounds.
 * @param elapsedMs a clock that nobody sets
 */
export function createLentShares(shared: Shared, elapsedMs: () => number): LentShares {
  const ownShareOf = createRequestShares(shared);
  const { budgetShare, requestsPerMinute } = shared.polling;
  const readOf = new Map(shared.accounts.map(({ name, resources: read }) => [name, read]));
  const used = createTargetMap<{ readonly perMinute: number; readonly atMs: number }>();
  const usedBy = (target: Target): number => {
    const { atMs, perMinute } = used.get(target) ?? { atMs: 0, perMinute: 0 };
    return perMinute * Math.exp((atMs - elapsedMs()) / REMEMBERED_MS);
  };
  return {
    spent(target, requests) {
      used.set(target, { perMinute: usedBy(target) + requests, atMs: elapsedMs() });
    },
    of(target) {
      const { account, resource } = target;
      const read = readOf.get(account) ?? [];
      if (!read.includes(resource) || tierOf(shared.polling, resource) !== "live") return ownShareOf(target);
      const others = read.filter((other) => other !== resource);
      const left = others.reduce(
        (sum, other) => sum - usedBy({ account, resource: other }),
        requestsPerMinute * budgetShare * LENT_UP_TO,
      );
      return Math.max(ownShareOf(target), left);
    },
  };
}

import type { Config } from "../../config/config.ts";
import { isResourceName, resources } from "../../resources/registry.ts";
import { promiseMsOf, tierOf } from "./promise.ts";
import { type Claim, divideShare } from "./divide-share.ts";

interface Target {
  readonly account: string;
  readonly resource: string;
}

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

/** How fast it is forgotten how often a resource was read. */
const REMEMBERED_MS = 60_000;

/**
 * The same, asked once after each poll, with what the other live resources of the account leave unused just now: a run of edits in one
 * of them is followed as closely as all that they may spend together allows. When others hunt as well, each falls back to its own part. Of what other processes read nothing is known here: the account's budget keeps the whole in bounds.
 * @param elapsedMs a clock that nobody sets
 */
export function createLentShares(shared: Shared, elapsedMs: () => number): (target: Target) => number {
  const ownShareOf = createRequestShares(shared);
  const liveOf = new Map(
    shared.accounts.map(({ name, resources: read }) => [
      name,
      read.filter((one) => tierOf(shared.polling, one) === "live"),
    ]),
  );
  const used = new Map<string, { readonly perMinute: number; readonly atMs: number }>();
  const usedBy = (key: string): number => {
    const { atMs, perMinute } = used.get(key) ?? { atMs: 0, perMinute: 0 };
    return perMinute * Math.exp((atMs - elapsedMs()) / REMEMBERED_MS);
  };
  return (target) => {
    const { account, resource } = target;
    const live = liveOf.get(account) ?? [];
    if (!live.includes(resource)) return ownShareOf(target);
    const key = `${account}/${resource}`;
    used.set(key, { perMinute: usedBy(key) + 1, atMs: elapsedMs() });
    const others = live.filter((other) => other !== resource);
    const all = live.reduce((sum, one) => sum + ownShareOf({ account, resource: one }), 0);
    const left = others.reduce((sum, other) => sum - usedBy(`${account}/${other}`), all);
    return Math.max(ownShareOf(target), left);
  };
}

import type { Config } from "../../config/config.ts";
import { isResourceName, resources } from "../../resources/registry.ts";
import { promiseMsOf, tierOf } from "./promise.ts";
import { type Claim, divideShare } from "./divide-share.ts";

/** What a resource of an account may spend, requests a minute; 1 for what is not configured. */
export function createRequestShares({
  accounts,
  polling,
}: {
  readonly accounts: readonly Pick<Config["accounts"][number], "name" | "resources">[];
  readonly polling: Pick<Config["polling"], "budgetShare" | "intervalMs" | "promiseMs" | "requestsPerMinute">;
}): (target: { account: string; resource: string }) => number {
  const { budgetShare, requestsPerMinute } = polling;
  const toClaim = (name: string): Claim => ({
    name,
    urgent: isResourceName(name) && resources[name].urgent,
    slowMs: tierOf(name) === "live" ? undefined : promiseMsOf(polling, name),
  });
  const requestShares = new Map(
    accounts.map(({ name, resources: read }) => [
      name,
      divideShare(read.map(toClaim), requestsPerMinute * budgetShare),
    ]),
  );
  return ({ account, resource }) => requestShares.get(account)?.get(resource) ?? 1;
}

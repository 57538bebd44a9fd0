import type { Config } from "../../config/config.ts";
import { RESOURCE_NAMES, resources } from "../../resources/registry.ts";
import { divideAllowance } from "./schedule-allowance.ts";

const URGENT = RESOURCE_NAMES.filter((name) => resources[name].urgent);

/** What a resource of an account may spend, requests a minute; 1 for what is not configured. */
export function createAllowances({
  accounts,
  polling: { budgetShare, requestsPerMinute },
}: Pick<Config, "accounts" | "polling">): (target: { account: string; resource: string }) => number {
  const allowances = new Map(
    accounts.map(({ name, resources: read }) => [
      name,
      divideAllowance(read, URGENT, requestsPerMinute * budgetShare),
    ]),
  );
  return ({ account, resource }) => allowances.get(account)?.get(resource) ?? 1;
}

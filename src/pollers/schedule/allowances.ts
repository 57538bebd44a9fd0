import type { Config } from "../../config/config.ts";
import { divideAllowance } from "./schedule-allowance.ts";

/** What somebody waits for: this gets half of an account's requests. */
const URGENT = ["individual_appointments"];

/** What a resource of an account may spend, requests a minute; 1 for what is not configured. */
export function createAllowances({
  accounts,
  polling: { budgetShare, requestsPerMinute },
}: Pick<Config, "accounts" | "polling">): (target: { account: string; resource: string }) => number {
  const allowances = new Map(
    accounts.map(({ name, resources }) => [
      name,
      divideAllowance(resources, URGENT, requestsPerMinute * budgetShare),
    ]),
  );
  return ({ account, resource }) => allowances.get(account)?.get(resource) ?? 1;
}

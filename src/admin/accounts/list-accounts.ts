import type { Base } from "../base.ts";
import type { AccountConfig } from "../../config/config.ts";
import { type AccountStatus, type ResourceState, readAccountStatuses } from "./account-status.ts";

/** Which accounts; undefined: all. */
export interface AccountQuery {
  /** A part of the name, in upper or lower case. */
  readonly search?: string | undefined;
  /** Of at least one kind of record. trouble: any state but live · quarantined: a guard waits for a person. */
  readonly state?: ResourceState | "trouble" | "quarantined" | undefined;
}

export interface AccountPage {
  readonly accounts: readonly AccountStatus[];
  /** The name that the next page comes after; undefined: that was all. A page can be short, even empty, and not the last. */
  readonly next: string | undefined;
}

/** Accounts whose state is read for one page, and so many together. */
const MOST_LOOKED_AT = 2_000;
const BATCH = 250;

/** A page of these accounts, by name. Without a state only those of the page are read. */
export async function listAccounts(
  base: Pick<Base, "config" | "keys" | "now" | "queues" | "redis">,
  accounts: readonly AccountConfig[],
  { search = "", state }: AccountQuery,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<AccountPage> {
  const wanted = search.toLowerCase();
  const named = accounts
    .filter(({ name }) => name.toLowerCase().includes(wanted) && (after === undefined || name > after))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const step = state === undefined ? limit : BATCH;
  const found: AccountStatus[] = [];
  let last: string | undefined;
  for (let from = 0; found.length < limit && from < Math.min(named.length, MOST_LOOKED_AT); from += step) {
    for (const status of await readAccountStatuses(base, named.slice(from, from + step))) {
      if (found.length === limit) break;
      last = status.account;
      if (isMeant(status, state)) found.push(status);
    }
  }
  return { accounts: found, next: last === named.at(-1)?.name ? undefined : last };
}

function isMeant({ resources }: AccountStatus, wanted: AccountQuery["state"]): boolean {
  if (wanted === undefined) return true;
  return resources.some(({ quarantined, state }) =>
    wanted === "quarantined" ? quarantined : wanted === "trouble" ? state !== "live" : state === wanted,
  );
}

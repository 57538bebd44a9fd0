import type { Base } from "../base.ts";
import { readKnownCount } from "../../store/detection/known-count.ts";
import { findKeptAccounts, isKept } from "../../store/detection/kept-accounts.ts";
import { RESOURCE_NAMES } from "../../resources/registry.ts";

type Kept = Pick<Base, "config" | "deliveries" | "endpoints" | "keys" | "redis">;

/** What is kept of an account, whether or not it is configured. */
export interface KeptAccount {
  readonly account: string;
  /** The configuration names it: it is being read, or is about to be. */
  readonly configured: boolean;
  /** Records that are remembered. */
  readonly records: number;
  readonly events: number;
  /** Deliveries of its events that are still to be made or parked, at all endpoints. */
  readonly waiting: number;
  /** Under which name its records are kept now; undefined: under its own. */
  readonly renamedTo: string | undefined;
  /** Nothing at all is kept. */
  readonly isEmpty: boolean;
}

const BATCH = 1_000;

/** What is kept of an account. Changes nothing. */
export async function surveyAccount(base: Kept, account: string): Promise<KeptAccount> {
  const { config, keys, redis } = base;
  const known = await Promise.all(
    RESOURCE_NAMES.map(async (resource) => await readKnownCount(redis, keys, account, resource)),
  );
  const renamed = await redis.hget(keys.renamedAccounts, account);
  return {
    account,
    configured: config.accounts.some(({ name }) => name === account),
    records: known.reduce((sum, count) => sum + count, 0),
    events: await redis.hlen(keys.bodies(account)),
    waiting: await countWaiting(base, account),
    renamedTo: renamed?.split(" ")[0],
    isEmpty: !(await isKept(redis, keys, account)),
  };
}

/** Accounts of which something is kept and that the configuration does not name. */
export async function findLeftAccounts(base: Kept): Promise<KeptAccount[]> {
  const configured = new Set(base.config.accounts.map(({ name }) => name));
  const names = await findKeptAccounts(base.redis, base.keys);
  const left = names.filter((name) => !configured.has(name));
  return await Promise.all(left.map(async (name) => await surveyAccount(base, name)));
}

/** A sentence for a person. */
export function describeLeft({ events, records, renamedTo, waiting }: KeptAccount): string {
  const what = `${records} records and ${events} events are kept, ${waiting} deliveries wait`;
  return renamedTo === undefined
    ? `${what}, but the configuration does not name it: nothing of it is read`
    : `it is called ${renamedTo} now; ${what} under the old name`;
}

/** What to do about it. */
export function remedyForLeft({ account, renamedTo }: KeptAccount): string {
  return renamedTo === undefined
    ? `put it back into the configuration, or: cliniko-webhooks accounts rename ${account} <new name>, or: cliniko-webhooks accounts remove ${account}`
    : "nothing: they go when they are delivered and older than the retention";
}

async function countWaiting(
  { deliveries, endpoints, keys, redis }: Pick<Kept, "deliveries" | "endpoints" | "keys" | "redis">,
  account: string,
): Promise<number> {
  const ids = await redis.hkeys(keys.bodies(account));
  let waiting = 0;
  for (const id of await endpoints.ids()) {
    for (let from = 0; from < ids.length; from += BATCH) {
      waiting += [...(await deliveries.pending(id, ids.slice(from, from + BATCH)))].length;
    }
  }
  return waiting;
}

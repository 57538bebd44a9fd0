import type { Base } from "../base.ts";
import type { EndpointConfig } from "../../config/config.ts";
import { ConfigError } from "../../shared/errors.ts";
import type { ReleaseStack } from "../../shared/release-stack.ts";
import { describeLeft, findLeftAccounts, remedyForLeft, surveyAccount } from "../accounts/kept-account.ts";
import { lookAfterErased } from "./look-after-erased.ts";
import { formerNames } from "../accounts/former-names.ts";
import { describeHalfRenamed, findUnfinishedRenames, releaseFormerName } from "../accounts/rename-account.ts";

/** @throws ConfigError half of an account is kept under another name: what is missing would be taken for new */
export async function refuseHalfRenamed(base: Pick<Base, "keys" | "redis">): Promise<void> {
  const unfinished = await findUnfinishedRenames(base);
  if (unfinished.size === 0) return;
  throw new ConfigError(
    "what is kept in Redis",
    [...unfinished.values()].flatMap((to) => {
      const half = describeHalfRenamed(unfinished, to);
      return half ? { path: `accounts.${to}`, ...half } : [];
    }),
  );
}

/**
 * Whoever had an account under its former name is not given another one that is called so now.
 * @throws ConfigError what was told under that name is still kept: two clinics would share it
 */
export async function releaseFormerNames(
  base: Pick<Base, "config" | "deliveries" | "endpoints" | "keys" | "redis" | "tokens">,
): Promise<void> {
  const renamed = await base.redis.hgetall(base.keys.renamedAccounts);
  const again = base.config.accounts.map(({ name }) => name).filter((name) => Object.hasOwn(renamed, name));
  const shared = [];
  for (const name of again) if (!(await surveyAccount(base, name)).isEmpty) shared.push(name);
  if (shared.length === 0) {
    for (const name of again) await releaseFormerName(base, name);
    return;
  }
  throw new ConfigError(
    "the configuration",
    shared.map((name) => ({
      path: `accounts.${name}`,
      message: `is what ${renamed[name]} was called before, and what was told under that name is still kept`,
      remedy: `take another name, or, if that may go: cliniko-webhooks accounts remove ${name} --yes`,
    })),
  );
}

/** What earlier runs left: accounts that are kept and not read, and what was erased. */
export async function lookAfterLeft(stack: ReleaseStack, base: Base, stopping: AbortSignal): Promise<void> {
  await warnOfLeftAccounts(base);
  await lookAfterErased(stack, base, stopping);
}

/** Writes down which accounts there are, and says which are kept and not read. */
async function warnOfLeftAccounts(
  base: Pick<Base, "config" | "deliveries" | "endpoints" | "keys" | "logger" | "redis">,
): Promise<void> {
  const names = base.config.accounts.map(({ name }) => name);
  if (names.length > 0) await base.redis.sadd(base.keys.seenAccounts, ...names);
  for (const left of await findLeftAccounts(base)) {
    const { account, events, records, renamedTo, waiting } = left;
    const facts = {
      account,
      records,
      events,
      waiting,
      detail: describeLeft(left),
      remedy: remedyForLeft(left),
    };
    if (renamedTo === undefined) base.logger.warn(facts, "account is kept but not configured");
    else base.logger.info(facts, "account is kept under a former name");
  }
}

/**
 * The endpoints of the file, with the accounts that it cannot name any more: who may have an account's events may have those
 * that were told under its former names, and an account that has left the file was not taken from anybody by that. Either may
 * still wait.
 */
export async function withLeftAccounts(
  base: Pick<Base, "config" | "endpoints" | "keys" | "redis">,
): Promise<EndpointConfig[]> {
  const { accounts: configured, endpoints } = base.config;
  const former = await formerNames(base);
  const names = new Set(configured.map(({ name }) => name));
  const known = new Map((await base.endpoints.list()).map(({ id, settings }) => [id, settings.accounts]));
  return endpoints.map((endpoint) => {
    const { accounts } = endpoint.settings;
    if (!accounts) return endpoint;
    const had = (known.get(endpoint.name) ?? []).filter((name) => !names.has(name));
    const all = [...new Set([...accounts, ...accounts.flatMap(former), ...had])];
    if (all.length === accounts.length) return endpoint;
    return { ...endpoint, settings: { ...endpoint.settings, accounts: all } };
  });
}

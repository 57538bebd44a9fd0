import type { Base } from "../base.ts";
import { copySnapshots } from "../../store/detection/copy-snapshots.ts";
import { keysOfAccount } from "../../store/detection/kept-accounts.ts";
import { describeProcess } from "../../store/detection/process-registry.ts";
import { destroyLeaves } from "../../store/sealing/find-erasure-key.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import { type ForgetRun, tryToHoldAll } from "../privacy/forget.ts";
import { type Redis, isCluster } from "../../store/redis/client.ts";
import { RESOURCE_NAMES } from "../../resources/registry.ts";
import type { Problem } from "../../shared/errors.ts";
import { surveyAccount } from "./kept-account.ts";

type Renaming = Pick<
  Base,
  | "audit"
  | "config"
  | "deliveries"
  | "endpoints"
  | "erasureKey"
  | "keyring"
  | "keys"
  | "processes"
  | "redis"
  | "tokens"
  | "tombstones"
>;

/** Why an account was not renamed, with what to do. */
export interface RenameRefusal {
  readonly kind: "refused";
  readonly message: string;
  readonly remedy: string;
}

/** Its value after an account's name: the copy is not whole yet. */
const UNFINISHED = "unfinished";

/**
 * Stay where they are: events are delivered as they were made, under the name that they were made with. Who is known again goes by
 * their leaves, which go by the account's name: under the new one nobody was ever forgotten and known again.
 */
const STAYS =
  /^(log|log-places|log-trails|bodies|related|versions|version-uses|erasing|aside|unforgotten|lease:.*)$/;

/**
 * An account goes on under another name: what is remembered of its records, how far it was read and who was forgotten move, so
 * that there is no second first sync and no event for what did not change; each record's `sequence` goes on. What was told
 * keeps its name and is still delivered. Copies first and removes last, so that it may be killed at any time and begun again;
 * until it is through, no service starts.
 */
export async function renameAccount(
  base: Renaming,
  caller: Caller,
  { from, to }: { readonly from: string; readonly to: string },
  run: ForgetRun,
): Promise<RenameRefusal | { readonly kind: "renamed"; readonly records: number }> {
  const { keys, redis } = base;
  const refusal = await findRefusal(base, from, to);
  if (refusal) return refusal;
  const isBegun = (await findUnfinishedRenames(base)).has(from);
  await redis.hset(keys.renamedAccounts, from, `${to} ${UNFINISHED}`);
  // One that began before it could see that.
  const begun = await findRunning(base);
  if (begun) {
    if (!isBegun) await redis.hdel(keys.renamedAccounts, from);
    return begun;
  }
  // Before anything moves: who asked for it must be known, however it ends.
  await noteChange(base, caller, { action: "account.rename", target: to, fields: [from] });
  for (;;) {
    const records = await tryToHoldAll(base, from, RESOURCE_NAMES, run, [], async () => {
      await move(base, from, to);
      return (await surveyAccount(base, to)).records;
    });
    run.signal.throwIfAborted();
    if (records === undefined) continue;
    // In this order: killed in between, it is still unfinished. In the other, each of the two would be the former name of the other.
    await redis.hdel(keys.renamedAccounts, to);
    await redis.hset(keys.renamedAccounts, from, to);
    return { kind: "renamed", records };
  }
}

/** Renames that were stopped half way: old names to new ones. */
export async function findUnfinishedRenames({
  keys,
  redis,
}: Pick<Base, "keys" | "redis">): Promise<ReadonlyMap<string, string>> {
  const all = Object.entries(await redis.hgetall(keys.renamedAccounts));
  return new Map(
    all.flatMap(([from, value]) => {
      const [to = "", state] = value.split(" ");
      return state === UNFINISHED ? [[from, to] as const] : [];
    }),
  );
}

/** Half of an account is kept under each of two names: neither is whole, and what is done to one of them alone loses the other. */
export function describeHalfRenamed(
  unfinished: ReadonlyMap<string, string>,
  account: string,
): Pick<Problem, "message" | "remedy"> | undefined {
  const names = [...unfinished].find((pair) => pair.includes(account));
  if (!names) return undefined;
  const [from, to] = names;
  return {
    message: `the renaming of ${from} to ${to} was stopped half way`,
    remedy: `finish it, with ${to} in the configuration: cliniko-webhooks accounts rename ${from} ${to}`,
  };
}

function refuse(message: string, remedy: string): RenameRefusal {
  return { kind: "refused", message, remedy };
}

async function findRefusal(base: Renaming, from: string, to: string): Promise<RenameRefusal | undefined> {
  const { config } = base;
  const isConfigured = (account: string): boolean => config.accounts.some(({ name }) => name === account);
  if (from === to) return refuse("both names are the same", "say the old name, then the new one");
  if (isConfigured(from)) {
    return refuse(`the configuration still names ${from}`, `call it ${to} there first`);
  }
  if (!isConfigured(to)) {
    return refuse(`the configuration does not name ${to}`, "put the new name into it first");
  }
  const running = await findRunning(base);
  if (running) return running;
  const unfinished = await findUnfinishedRenames(base);
  if (unfinished.get(from) === to) return undefined;
  const other = describeHalfRenamed(unfinished, from) ?? describeHalfRenamed(unfinished, to);
  if (other) return refuse(other.message, other.remedy);
  const { isEmpty, renamedTo } = await surveyAccount(base, from);
  if (renamedTo === to) return refuse(`${from} is called ${to} already`, "nothing: start the service");
  if (isEmpty) return refuse(`nothing is kept of ${from}`, "see: cliniko-webhooks status");
  const there = await surveyAccount(base, to);
  if (there.isEmpty) return undefined;
  return refuse(
    `${there.records} records and ${there.events} events are kept of ${to} already`,
    `if they may go: cliniko-webhooks accounts remove ${to} --yes`,
  );
}

async function findRunning({ processes }: Pick<Base, "processes">): Promise<RenameRefusal | undefined> {
  const [running] = await processes.list();
  return (
    running &&
    refuse(
      `a service is running (${describeProcess(running)})`,
      "stop it first; a killed one is forgotten after a minute",
    )
  );
}

async function move(base: Renaming, from: string, to: string): Promise<void> {
  const { keyring, keys, redis } = base;
  const moving = [...(await keysOfAccount(redis, keys, from))].filter(([name]) => !STAYS.test(name));
  const target = keys.connection(to).replace(/connection$/, "");
  for (const [name, key] of moving) {
    const [kind, resource = ""] = name.split(":");
    if (kind === "snapshots") await copySnapshots(redis, keys, keyring, { from, to, resource });
    else if (kind === "forgotten") await moveForgotten(base, from, to);
    else await copyKey(redis, key, `${target}${name}`);
  }
  await changeWhoGets(base, (accounts) =>
    accounts.includes(from) && !accounts.includes(to) ? [...accounts, to] : undefined,
  );
  for (const [, key] of moving) await redis.unlink(key);
}

/** Which accounts endpoints ask for and tokens were given, where `change` says so. */
async function changeWhoGets(
  { endpoints, tokens }: Pick<Base, "endpoints" | "tokens">,
  change: (accounts: readonly string[]) => readonly string[] | undefined,
): Promise<void> {
  for (const { id, settings } of await endpoints.list()) {
    if (!settings.accounts || !change(settings.accounts)) continue;
    await endpoints.update(id, (endpoint) => {
      const accounts = endpoint.settings.accounts && change(endpoint.settings.accounts);
      return accounts && { settings: { ...endpoint.settings, accounts } };
    });
  }
  await tokens.changeAccounts(change);
}

/**
 * The name of an account that goes by another one now is nobody's any more: whoever had the former account under it is not given one
 * that will be called so.
 */
export async function releaseFormerName(
  base: Pick<Base, "endpoints" | "keys" | "redis" | "tokens">,
  former: string,
): Promise<void> {
  if (!(await base.redis.hexists(base.keys.renamedAccounts, former))) return;
  await changeWhoGets(base, (accounts) =>
    accounts.length > 1 && accounts.includes(former) ? accounts.filter((name) => name !== former) : undefined,
  );
  await base.redis.hdel(base.keys.renamedAccounts, former);
}

/** The two names are on different nodes of a cluster, where no command reaches both. */
async function copyKey(redis: Redis, from: string, to: string): Promise<void> {
  if (!isCluster(redis)) {
    await redis.copy(from, to, "REPLACE");
    return;
  }
  const [bytes, leftMs] = await Promise.all([redis.dumpBuffer(from), redis.pttl(from)]);
  if (bytes) await redis.restore(to, Math.max(0, leftMs), bytes, "REPLACE");
}

/** Whoever is forgotten stays so, also when a copy from before is put back under the new name. */
async function moveForgotten(
  { erasureKey, keys, redis, tombstones }: Renaming,
  from: string,
  to: string,
): Promise<void> {
  await tombstones.copy(from, to);
  if (!erasureKey) return;
  const leaves = (await tombstones.read(to)).ids().map((id) => erasureKey.leafAt(to, id, 0));
  await destroyLeaves(redis, keys, erasureKey, leaves);
}

import type { Base } from "../base.ts";
import { createDeliveryErasure } from "../../store/outbox/delivery-erasure.ts";
import { createErasure } from "../../store/detection/erasure.ts";
import { keysOfAccount } from "../../store/detection/kept-accounts.ts";
import { describeProcess } from "../../store/detection/process-registry.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import { type ForgetRun, eraseDeliveries, tryToHoldAll } from "../privacy/forget.ts";
import { RESOURCE_NAMES } from "../../resources/registry.ts";
import { type KeptAccount, surveyAccount } from "./kept-account.ts";
import { ConfigError } from "../../shared/errors.ts";
import { describeHalfRenamed, findUnfinishedRenames, releaseFormerName } from "./rename-account.ts";

type Removing = Pick<
  Base,
  | "audit"
  | "config"
  | "deliveries"
  | "endpoints"
  | "keyring"
  | "keys"
  | "log"
  | "now"
  | "processes"
  | "queues"
  | "redis"
  | "tokens"
>;

const BATCH = 500;

/** Who is known again: their first leaf is destroyed, and without it they would be taken for forgotten. It names nobody. */
const KNOWN_AGAIN = "unforgotten";
/** Who was forgotten: an account that begins anew reads them again, and an erasure key that would still know is not everybody's. */
const FORGOTTEN = "forgotten";

/**
 * Erases everything that is kept of an account: records, events, what of them still waits, how far it was read. Beside a
 * running service: nothing of the account is read meanwhile. One that the configuration names begins with a silent first sync
 * afterwards, and whoever was forgotten stays so. It may be killed at any time and begun again. Resolves to what was there.
 * @throws ConfigError half of it is kept under another name, or a process reads what the configuration no longer names
 */
export async function removeAccount(
  base: Removing,
  caller: Caller,
  account: string,
  run: ForgetRun,
): Promise<KeptAccount> {
  const { keys, redis } = base;
  const half = describeHalfRenamed(await findUnfinishedRenames(base), account);
  if (half) throw new ConfigError("the command line", [{ path: "<account>", ...half }]);
  const survey = await surveyAccount(base, account);
  if (!survey.configured) await assertUnread(base, account);
  await noteChange(base, caller, { action: "account.remove", target: account, fields: [] });
  for (;;) {
    const isDone = await tryToHoldAll(base, account, RESOURCE_NAMES, run, [], async () => {
      await erase(base, account, survey.configured ? [KNOWN_AGAIN, FORGOTTEN] : [KNOWN_AGAIN]);
      return true;
    });
    run.signal.throwIfAborted();
    if (isDone) break;
  }
  if (!survey.configured) {
    const left = [...(await keysOfAccount(redis, keys, account))].filter(([name]) => name !== KNOWN_AGAIN);
    if (left.length > 0) await redis.unlink(...left.map(([, key]) => key));
    await redis.srem(keys.seenAccounts, account);
  }
  await releaseFormerName(base, account);
  return survey;
}

/** What is still read would come back, and nothing would say that it is kept. */
async function assertUnread({ processes }: Pick<Base, "processes">, account: string): Promise<void> {
  const reader = (await processes.list()).find(({ accounts }) => accounts?.includes(account));
  if (!reader) return;
  throw new ConfigError("the command line", [
    {
      path: "<account>",
      message: `${describeProcess(reader)} still reads ${account}: it was started before the configuration left it out`,
      remedy: "stop it, or start it again, first; a killed one is forgotten after a minute",
    },
  ]);
}

async function erase(base: Removing, account: string, kept: readonly string[]): Promise<void> {
  const { endpoints, keys, redis } = base;
  await eraseTold(base, account);
  const found = await keysOfAccount(redis, keys, account);
  // How far it was read goes first: records that are gone while it counts as read would come back as new ones.
  const [cursors, others] = [[] as string[], [] as string[]];
  for (const [name, key] of found) {
    if (name.startsWith("cursor:")) cursors.push(key);
    else if (!kept.includes(name) && !/^(lease|epoch):/.test(name)) others.push(key);
  }
  if (cursors.length > 0) await redis.unlink(...cursors);
  for (let from = 0; from < others.length; from += BATCH) {
    await redis.unlink(...others.slice(from, from + BATCH));
  }
  for (const id of await endpoints.ids()) await redis.hdel(keys.outbox(id).positions, account);
}

/**
 * The bodies first: from then on no attempt can begin. See `forgetPatient`. Then what became of them, which is kept for longer than they
 * are: what is told of the account when it begins anew may have an id that was given before.
 */
async function eraseTold(base: Removing, account: string): Promise<void> {
  const { deliveries, endpoints, keyring, keys, log, redis } = base;
  const erasure = createErasure(redis, keys, keyring, log);
  const erasing = createDeliveryErasure(redis, keys, keyring);
  const ids = [...(await erasure.unfinished(account)), ...(await redis.hkeys(keys.bodies(account)))];
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    await erasure.eraseBodies(account, batch);
    for (const id of await endpoints.ids()) await eraseDeliveries(base, erasing, id, batch);
    await erasure.finish(account, batch);
  }
  for (const id of await endpoints.ids()) {
    for await (const heads of deliveries.walk(id, { since: 0, until: Number.MAX_SAFE_INTEGER })) {
      const left = heads.filter((head) => head.account === account).map(({ eventId }) => eventId);
      await eraseDeliveries(base, erasing, id, left);
      await erasing.remove(id, left);
    }
  }
}

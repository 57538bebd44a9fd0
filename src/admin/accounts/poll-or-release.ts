import type { AccountConfig } from "../../config/config.ts";
import { type ConnectionKeeper, createConnectionKeeper } from "../../pollers/connection/connection-keeper.ts";
import { type Release, type ReleasedGuard, releaseGuards } from "../../pollers/reconcile/release-guards.ts";
import { isNeverRead } from "../../store/detection/connection-store.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import type { Base } from "../base.ts";
import { type KeyLook, lookAtKey } from "./look-at-key.ts";

/** What came of asking for a reading. */
export interface AskedReading {
  /** Resources that are read now: the others are being read, or no service polls them. */
  readonly woken: readonly string[];
  /** What holds the account until a person releases it: nothing is read then. */
  readonly quarantined: readonly ReleasedGuard[];
  /** What Cliniko said of a key that it had refused; undefined: it had not. */
  readonly key: KeyLook | undefined;
}

/** Reads an account now, or says why not. A key that was refused is looked at first. */
export async function pollAccount(
  base: Pick<Base, "audit" | "connections" | "identityKey" | "now" | "queues">,
  caller: Caller,
  { name: account, resources }: Pick<AccountConfig, "name" | "resources">,
): Promise<AskedReading> {
  const quarantined = await readQuarantined(base, account);
  const key = quarantined.length > 0 ? undefined : await lookAtKey(base, { name: account, resources });
  await askAgain(base, account);
  const isReadable = quarantined.length === 0 && (key === undefined || key.outcome === "accepted");
  const woken = isReadable ? await wakeAll(base, account, resources) : [];
  // A look that found the key good has woken them already.
  const read = key?.outcome === "accepted" ? resources : woken;
  if (read.length > 0 || key) {
    await noteChange(base, caller, { action: "account.poll", target: account, fields: read });
  }
  return { woken: read, quarantined, key };
}

/** What could never be read is asked for now: a role may have been widened. */
async function askAgain(base: KeeperBase, account: string): Promise<void> {
  const keeper = createKeeper(base);
  const { problems } = await keeper.read(account);
  const unread = [...problems].flatMap(([resource, { kind }]) => (isNeverRead(kind) ? [resource] : []));
  for (const resource of unread) {
    await keeper.update(account, (now) =>
      isNeverRead(now.problems.get(resource)?.kind) ? { change: { resource, problem: null } } : undefined,
    );
  }
}

type KeeperBase = Pick<Base, "connections" | "identityKey" | "now" | "queues">;

function createKeeper({ connections, identityKey, now, queues }: KeeperBase): ConnectionKeeper {
  return createConnectionKeeper({
    connections,
    identityKey,
    now,
    onEvents: async (name) => await queues.addRoute({ account: name }),
    onNotice: () => undefined,
  });
}

async function wakeAll(
  { queues }: Pick<Base, "queues">,
  account: string,
  resources: readonly string[],
): Promise<string[]> {
  const woken = await Promise.all(
    resources.map(async (resource) => ({ resource, woke: await queues.pollNow({ account, resource }) })),
  );
  return woken.filter(({ woke }) => woke).map(({ resource }) => resource);
}

async function readQuarantined(
  { connections }: Pick<Base, "connections">,
  account: string,
): Promise<ReleasedGuard[]> {
  const { problems } = await connections.read(account);
  return [...problems].flatMap(([resource, { detail, quarantined }]) =>
    quarantined ? [{ resource, detail }] : [],
  );
}

/**
 * Has it found out anew whose data answers, where another clinic's seemed to; with `sameClinic` an operator has looked, and
 * whoever answers is the clinic. Resolves to what that lets go: the service does so at its next look.
 */
async function askWhose(
  keeper: ConnectionKeeper,
  account: string,
  sameClinic: boolean,
): Promise<ReleasedGuard[]> {
  const { problems } = await keeper.read(account);
  const foreign = [...problems].filter(([, { cause }]) => cause === "another_clinic");
  if (foreign.length === 0) return [];
  await keeper.update(account, ({ owner }) => ({
    change: { owner: { keyHash: "", ...owner, asked: true, adopted: sameClinic } },
  }));
  return sameClinic ? foreign.map(([resource, { detail }]) => ({ resource, detail })) : [];
}

/** Lets an account go that a guard holds. Resolves to what held it. */
export async function releaseAccount(
  base: Pick<Base, "audit" | "connections" | "identityKey" | "now" | "queues" | "reading">,
  caller: Caller,
  account: string,
  release: Release,
  sameClinic = false,
): Promise<readonly ReleasedGuard[]> {
  const { reading } = base;
  const keeper = createKeeper(base);
  const resources = await askWhose(keeper, account, sameClinic);
  const released = [...(await releaseGuards({ keeper, reading }, account, release)), ...resources];
  if (released.length > 0) {
    const fields = [
      ...released.map(({ resource }) => resource),
      ...(release.acceptDeletions ? ["deletions"] : []),
      ...(release.appeared === "tell" ? ["appeared"] : []),
      ...(sameClinic ? ["same_clinic"] : []),
    ];
    await noteChange(base, caller, { action: "account.release", target: account, fields });
  }
  return released;
}

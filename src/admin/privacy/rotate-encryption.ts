import type { Base } from "../base.ts";
import { RESOURCE_NAMES } from "../../resources/registry.ts";
import { findKeptAccounts } from "../../store/detection/kept-accounts.ts";
import { describeProcess } from "../../store/detection/process-registry.ts";
import { ConfigError } from "../../shared/errors.ts";
import { rewriteAppendLog } from "../../store/redis/rewrite-log.ts";
import {
  type Rotation,
  type RotationCounts,
  rotateInstallation,
  rotateKeys,
} from "../../store/sealing/key-rotation.ts";
import { endRotation, noteRotation } from "../../store/sealing/half-rotated.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import { ownFolder } from "./prove-erased.ts";

export interface RotatedPart extends Rotation {
  /** `endpoints` (and what belongs to no account), or an account. */
  readonly what: string;
}

export interface Rotated {
  readonly parts: readonly RotatedPart[];
  /** The files of our own Redis: written anew · false: not ours, or not all is sealed anew · why it failed. */
  readonly rewritten: boolean | string;
}

/** Nothing needs a former key any more, and nobody is about to use one. */
export function isClean({ completed, contended, unreadable }: Rotation): boolean {
  return completed && contended === 0 && unreadable === 0;
}

/**
 * Seals everything with the first key of the configuration, of accounts that it no longer names and of former names too: what
 * was told under them may still wait. Stopping early stops between two records; until a later run is through, nothing opens what is kept without
 * each of the keys.
 * @throws ConfigError a process seals with another key: it could not open what is sealed anew, and what it writes needs that key
 */
export async function sealAnew(
  base: Pick<Base, "audit" | "config" | "keyring" | "keys" | "processes" | "redis">,
  caller: Caller,
  {
    onProgress,
    signal,
  }: {
    readonly signal: AbortSignal;
    readonly onProgress: (what: string, counts: RotationCounts) => void;
  },
): Promise<Rotated> {
  const { config, keyring, keys, redis } = base;
  await assertAllSealAlike(base);
  await noteRotation(
    redis,
    keys,
    config.encryptionKeys.map(({ id }) => id),
  );
  const follow = (what: string) => (counts: RotationCounts) => onProgress(what, counts);
  const run = { signal, onProgress: follow("endpoints") };
  const parts: RotatedPart[] = [
    { what: "endpoints", ...(await rotateInstallation(redis, keys, keyring, run)) },
  ];
  for (const account of await findKeptAccounts(redis, keys)) {
    const scope = { account, resources: RESOURCE_NAMES, signal, onProgress: follow(account) };
    parts.push({ what: account, ...(await rotateKeys(redis, keys, keyring, scope)) });
  }
  const [first] = config.encryptionKeys;
  const fields = parts.filter(({ resealed }) => resealed > 0).map(({ what }) => what);
  await noteChange(base, caller, { action: "encryption.rotate", target: first?.id ?? "", fields });
  // One may have begun meanwhile.
  await assertAllSealAlike(base);
  // What no configured key opens needs none of them.
  if (parts.every(({ completed, contended }) => completed && contended === 0)) await endRotation(redis, keys);
  // The files of our own Redis hold what was sealed with the former key until they are written anew.
  const isOurs = ownFolder(base) !== undefined && parts.every(isClean);
  const failure = isOurs ? await rewriteAppendLog(redis, signal) : undefined;
  return { parts, rewritten: isOurs ? (failure ?? true) : false };
}

async function assertAllSealAlike({ config, processes }: Pick<Base, "config" | "processes">): Promise<void> {
  const [first] = config.encryptionKeys;
  const other = (await processes.list()).find(({ sealsWith }) => sealsWith !== first?.id);
  if (!other) return;
  const what =
    other.sealsWith === undefined ? "was started with an older release" : `seals with ${other.sealsWith}`;
  throw new ConfigError("the command line", [
    {
      path: "keys rotate",
      message: `${describeProcess(other)} ${what}`,
      remedy: `start every process again with ${first?.id} in front, then run this again; a killed one is forgotten after a minute`,
    },
  ]);
}

import type { Config } from "../../config/config.ts";
import { ownFolder } from "../../admin/privacy/prove-erased.ts";
import { rewriteAppendLog } from "../../store/redis/rewrite-log.ts";
import {
  type Rotation,
  type RotationCounts,
  rotateInstallation,
  rotateKeys,
} from "../../store/sealing/key-rotation.ts";
import { withBase } from "../with-base.ts";
import { RESOURCE_NAMES } from "../../resources/registry.ts";

export interface RotateTerminal {
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** Shows a line that the next one replaces. */
  readonly progress: (line: string) => void;
}

interface RotatedPart extends Rotation {
  /** `endpoints` (and what belongs to no account), or an account. */
  readonly what: string;
}

/** Seals everything with the first key of the configuration. False: something could not be, and the old key must stay. */
export async function rotateEncryption(
  config: Config,
  json: boolean,
  { signal, print, progress }: RotateTerminal,
): Promise<boolean> {
  const follow =
    (what: string) =>
    ({ seen, resealed }: RotationCounts): void => {
      progress(`${what}: ${seen} looked at, ${resealed} sealed anew`);
    };
  const { parts, rewritten } = await withBase(config, async (base) => {
    const { keyring, keys, redis } = base;
    const run = { signal, onProgress: follow("endpoints") };
    const done: RotatedPart[] = [
      { what: "endpoints", ...(await rotateInstallation(redis, keys, keyring, run)) },
    ];
    for (const { name: account } of config.accounts) {
      const scope = { account, resources: RESOURCE_NAMES, signal, onProgress: follow(account) };
      done.push({ what: account, ...(await rotateKeys(redis, keys, keyring, scope)) });
    }
    // The files of our own Redis hold what was sealed with the former key until they are written anew.
    const isOurs = ownFolder(base) !== undefined && done.every((part) => troubleOf(part).length === 0);
    const failure = isOurs ? await rewriteAppendLog(redis, signal) : undefined;
    return { parts: done, rewritten: isOurs ? (failure ?? true) : false };
  });
  progress("");
  const clean = parts.every((part) => troubleOf(part).length === 0);
  if (json) {
    print(JSON.stringify({ clean, parts, rewritten: rewritten === true }, null, 2));
    return clean;
  }
  for (const part of parts) {
    const trouble = troubleOf(part);
    print(`${part.what}: ${part.resealed} sealed anew${trouble.length > 0 ? `; ${trouble.join("; ")}` : ""}`);
  }
  if (typeof rewritten === "string") print(`Redis did not write its files anew: ${rewritten}.`);
  if (clean)
    print("Everything is sealed with the first key: the others can be taken out of the configuration.");
  return clean;
}

function troubleOf({ completed, contended, unreadable }: Rotation): string[] {
  return [
    unreadable > 0 ? `${unreadable} that no configured key opens` : "",
    contended > 0 ? `${contended} that another process still seals with an old key: restart all of them` : "",
    completed ? "" : "stopped before the end: run it again",
  ].filter(Boolean);
}

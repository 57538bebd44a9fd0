import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

import { SetupError, toError } from "../../shared/errors.ts";
import { makeFolder } from "../../shared/make-folder.ts";
import { takeFolderLock } from "../redis/folder-lock.ts";
import { type SecretTree, decodeTree, encodeTree } from "./secret-tree.ts";

/** What the file holds: `id` stays for ever, the tree only loses. */
export interface ErasureState {
  /** 16 random bytes: which erasure key this is. */
  readonly id: Buffer;
  readonly tree: SecretTree;
}

const NAME = "erasure-key";
const LOCK = "erasure-key.lock";
const MAGIC = Buffer.from("cwek1\n");
const ID_BYTES = 16;
const SUM_BYTES = 32;
/** A reader that met the moment between a file and its successor looks again. */
const READS = 5;
/** Times two seconds, for another process that is writing. */
const LOCK_TRIES = 15;

export function erasurePath(folder: string): string {
  return join(folder, NAME);
}

/** Another word whenever the file is another one; undefined: there is none. */
export function erasureStamp(folder: string): string | undefined {
  const found = statSync(erasurePath(folder), { throwIfNoEntry: false });
  return found && `${found.ino} ${found.mtimeMs} ${found.size}`;
}

/** Undefined: there is none. @throws SetupError it cannot be read, or is not an erasure key */
export function readErasureFile(folder: string): ErasureState | undefined {
  const path = erasurePath(folder);
  for (let read = 1; ; read += 1) {
    try {
      return parse(readFileSync(path));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      if (codeOf(error) !== undefined) throw explainKeysFolder(folder, error);
      if (read < READS) continue;
      throw new SetupError(`${path} is not an erasure key (${toError(error).message}): put its copy back`, {
        cause: error,
      });
    }
  }
}

/**
 * Replaces what the file holds, alone among all processes: `change` is given what is there. Either the former file stays or
 * the new one is on disk, whole. What the former held is written over: on a disk that never writes in place (an SSD, a
 * copy-on-write file system) the system may keep the old blocks for a while. @throws SetupError nothing was changed
 */
export async function changeErasureFile(
  folder: string,
  change: (present: ErasureState | undefined) => ErasureState,
): Promise<ErasureState> {
  return await locked(folder, () => {
    const state = change(readErasureFile(folder));
    const draft = writeDraft(folder, format(state));
    const former = openFormer(folder);
    renameSync(draft, erasurePath(folder));
    syncFolder(folder);
    if (former !== undefined) blank(former);
    return state;
  });
}

/** That the next change will find room and a way to be written. @throws SetupError */
export async function tryErasureFolder(folder: string): Promise<void> {
  await locked(folder, () => {
    const { size } = statSync(erasurePath(folder));
    // Its successor is larger by one path of the tree.
    rmSync(writeDraft(folder, randomBytes(size + 8_192)), { force: true });
  });
}

export function newErasureState(): ErasureState {
  return { id: randomBytes(ID_BYTES), tree: randomBytes(32) };
}

async function locked<Result>(folder: string, work: () => Result): Promise<Result> {
  try {
    makeFolder(folder);
  } catch (error) {
    throw explainKeysFolder(folder, error);
  }
  for (let tries = 1; ; tries += 1) {
    const lock = await takeFolderLock(join(folder, LOCK));
    if (lock === "held_by_another") {
      if (tries < LOCK_TRIES) continue;
      throw new SetupError(`${folder} is held by another process for too long: see what hangs there`, {
        retryable: true,
      });
    }
    // Without locks here, two that write at once are told apart by nothing: whoever is last asks the other again.
    await using _held = typeof lock === "object" ? lock : undefined;
    try {
      return work();
    } catch (error) {
      throw codeOf(error) === undefined ? error : explainKeysFolder(folder, error);
    }
  }
}

function writeDraft(folder: string, bytes: Buffer): string {
  const draft = `${erasurePath(folder)}.new`;
  rmSync(draft, { force: true });
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      fchmodSync(file, 0o600);
      // A command that root runs must not take the file from the service.
      const { gid, uid } = statSync(folder);
      if (process.getuid?.() === 0) fchownSync(file, uid, gid);
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return draft;
}

function openFormer(folder: string): number | undefined {
  try {
    return openSync(erasurePath(folder), "r+");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function blank(file: number): void {
  try {
    const { size } = fstatSync(file);
    writeSync(file, Buffer.alloc(size), 0, size, 0);
    fsyncSync(file);
  } catch {
    // It has no name any more: this was to be done as well as it can be.
  } finally {
    closeSync(file);
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function format({ id, tree }: ErasureState): Buffer {
  const content = Buffer.concat([MAGIC, id, encodeTree(tree)]);
  return Buffer.concat([content, createHash("sha256").update(content).digest()]);
}

function parse(bytes: Buffer): ErasureState {
  const content = bytes.subarray(0, -SUM_BYTES);
  const sum = createHash("sha256").update(content).digest();
  if (bytes.length <= MAGIC.length + ID_BYTES + SUM_BYTES) throw new RangeError("it is too short");
  if (!content.subarray(0, MAGIC.length).equals(MAGIC)) throw new RangeError("it does not begin as one");
  if (!sum.equals(bytes.subarray(-SUM_BYTES))) throw new RangeError("its sum is wrong");
  const id = Buffer.from(content.subarray(MAGIC.length, MAGIC.length + ID_BYTES));
  return { id, tree: decodeTree(content.subarray(MAGIC.length + ID_BYTES)) };
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there: change its owner (chown)",
  EPERM: "this user may not write there: change its owner (chown)",
  ENOENT: "the file erasure-key in it is gone: put its copy back",
  EROFS: "it is on a read-only file system: mount a volume there",
  ENOSPC: "the disk is full: make room there",
  EDQUOT: "the quota is used up: make room there",
  ENOTDIR: "a part of that path is a file",
  EEXIST: "there is a file of that name",
};

export function explainKeysFolder(folder: string, error: unknown): SetupError {
  if (error instanceof SetupError) return error;
  const code = codeOf(error) ?? toError(error).message;
  const retryable = code === "ENOSPC" || code === "EDQUOT";
  return new SetupError(
    `the folder of the erasure key, ${folder}, cannot be used: ${REASONS[code] ?? code}, or set keys_folder`,
    { cause: error, retryable },
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error
    ? error.code
    : undefined;
}

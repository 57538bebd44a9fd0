import { type Dirent, type Stats, chmodSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { SetupError, toError } from "../../shared/errors.ts";

/** A folder that the service writes, for its user alone. */
export interface OwnFolder {
  readonly path: string;
  /** As an operator calls it: `data folder`. */
  readonly called: string;
  /** That names it in the configuration. */
  readonly setting: string;
  /** What of it is the service's: of others nothing is touched. */
  readonly isOurs: (name: string) => boolean;
}

const DATA_NAMES =
  /^(redis\.(sock|pid|log)|owner\.(lock|pid)|server\.lock|rewritten-at|appendonlydir.*|dump\.rdb|temp-.*)$/;
const KEY_NAMES = /^(erasure-key(\.(lock|new))?|last-seen)$/;
/** Of the file system, at the root of a volume. */
const OF_THE_DISK = new Set(["lost+found"]);
/** Reading, writing and entering, for the group and for everybody. */
const OTHERS = 0o077;

/** Where the private Redis lives. */
export function dataFolder(path: string): OwnFolder {
  return { path, called: "data folder", setting: "data_folder", isOurs: (name) => DATA_NAMES.test(name) };
}

/** Where the erasure key lives. */
export function keysFolder(path: string): OwnFolder {
  return {
    path,
    called: "folder of the erasure key",
    setting: "keys_folder",
    isOurs: (name) => KEY_NAMES.test(name),
  };
}

/** How far others may use it, looked at and not changed. */
export interface Openness {
  /** `0755`, when it is open; undefined: the folder is its user's alone. */
  readonly mode: string | undefined;
  /** Files and folders of ours in it that others may use, as far as the folder lets them. */
  readonly within: readonly string[];
  /** Why it is not closed by us; undefined: it would be. */
  readonly obstacle: string | undefined;
}

/** Undefined: it is not there. */
export function lookAtFolder(folder: OwnFolder): Openness | undefined {
  const found = statSync(folder.path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return undefined;
  const isOpen = (found.mode & OTHERS) !== 0;
  return {
    mode: isOpen ? toOctal(found) : undefined,
    within: openWithin(folder),
    obstacle: isOpen ? obstacleOf(folder, found) : undefined,
  };
}

/**
 * Takes from everybody but its user what they may do in a folder of ours and with what is ours in it. Undefined: there was
 * nothing to take; otherwise one line that says what was done.
 * @throws SetupError it is open, and not for us to close
 */
export function closeFolder(folder: OwnFolder): string | undefined {
  const { called, path } = folder;
  const look = lookAtFolder(folder);
  if (!look) return undefined;
  if (look.obstacle !== undefined) throw refuse(folder, look, look.obstacle);
  if (look.mode !== undefined) {
    try {
      chmodSync(path, 0o700);
    } catch (error) {
      throw refuse(folder, look, `it cannot be closed (${toError(error).message})`, error);
    }
    const left = statSync(path).mode;
    if ((left & OTHERS) !== 0) throw refuse(folder, look, "its file system keeps no permissions");
  }
  // Behind a closed folder these are beyond anybody's reach; what is not ours to change among them stays.
  const closed = look.within.filter(closeOne);
  const done = [
    ...(look.mode === undefined ? [] : [`was open to others (${look.mode}) and is closed now (0700)`]),
    ...(closed.length === 0 ? [] : [`${closed.length} of what is in it too, such as ${closed[0] ?? ""}`]),
  ];
  if (done.length === 0) return undefined;
  return look.mode === undefined
    ? `the ${called} ${path}: ${closed.length} of what is in it could be read by others, and cannot now, such as ${closed[0] ?? ""}`
    : `the ${called} ${path} ${done.join("; ")}`;
}

function closeOne(path: string): boolean {
  try {
    chmodSync(path, lstatSync(path).mode & 0o700);
    return true;
  } catch {
    return false;
  }
}

function obstacleOf({ isOurs, path, setting }: OwnFolder, { uid }: Stats): string | undefined {
  const own = process.geteuid?.();
  if (own !== undefined && own !== 0 && uid !== own) {
    return `it belongs to user ${uid} and the service is ${own}: chown ${own} ${path}, or set ${setting} to a folder that the service makes itself`;
  }
  // `data_folder: /var/lib`, by mistake: closing that would lock out whoever else lives there.
  const foreign = list(path).find(
    (entry) => entry.isDirectory() && !isOurs(entry.name) && !OF_THE_DISK.has(entry.name),
  );
  if (!foreign) return undefined;
  return `it holds other things (${foreign.name}): set ${setting} to a folder of its own, or chmod 700 ${path}`;
}

function openWithin({ isOurs, path }: OwnFolder): string[] {
  return list(path)
    .filter(({ name }) => isOurs(name))
    .flatMap((entry) => openFrom(join(path, entry.name)));
}

function openFrom(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  // A link's own permissions mean nothing, and what it names may be anybody's.
  if (!found || found.isSymbolicLink()) return [];
  const within = found.isDirectory() ? list(path).flatMap(({ name }) => openFrom(join(path, name))) : [];
  return (found.mode & OTHERS) === 0 ? within : [path, ...within];
}

/** Nothing where it may not be read: whoever needs it says so. */
function list(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

function refuse({ called, path }: OwnFolder, { mode }: Openness, why: string, cause?: unknown): SetupError {
  return new SetupError(`the ${called} ${path} is open to others (${mode ?? ""}): ${why}`, { cause });
}

function toOctal({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

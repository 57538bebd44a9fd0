import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

import { childEnvironment } from "./child-environment.ts";

/** A lock that the kernel takes back when its holder dies, however it dies. See docs/decisions/0025-private-redis-lock.md. */
export interface FolderLock extends AsyncDisposable {
  /** Names the server that is to be told to stop (SIGTERM) when this process dies without having done so. */
  guard(pid: number | undefined): void;
}

export type LockTaken = FolderLock | "held_by_another" | "no_locks_here";

const HELD = 75;
const UNABLE = 76;

/** Waits two seconds for a holder that is just ending; 127: there is no flock here; anything but 1: it cannot lock here. What is made under it is for its user alone. */
const TAKE = `
umask 077
exec 9>>"$1" || exit ${UNABLE}
tries=0
while :; do
  flock -n 9; got=$?
  [ $got = 0 ] && break
  [ $got = 1 ] || exit ${UNABLE}
  tries=$((tries + 1))
  [ $tries -lt "$2" ] || exit ${HELD}
  sleep 0.1
done`;

/** Its input ends when this process does. */
const GUARD = `${TAKE}
echo held
server=
while read -r line; do server=$line; done
[ -z "$server" ] || kill -TERM "$server"`;

const RUN = `${TAKE}
shift 2
exec "$@"`;

/** Takes the lock of a file, which need not exist. */
export async function takeFolderLock(path: string): Promise<LockTaken> {
  // Its own process group: Ctrl-C is ours to handle, and the lock is given back last.
  const child = spawn("sh", ["-c", GUARD, "sh", path, "20"], {
    env: childEnvironment(),
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  const ended = once(child, "exit").then(() => child.exitCode);
  const outcome = await Promise.race([
    once(child.stdout, "data").then(() => "held" as const),
    ended,
    once(child, "error").then(() => UNABLE),
  ]).catch(() => UNABLE);
  if (outcome === HELD) return "held_by_another";
  if (outcome !== "held") return "no_locks_here";
  letGo(child);
  return {
    guard(pid) {
      child.stdin.write(`${pid ?? ""}\n`);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end("\n");
      await ended;
    },
  };
}

/** Neither the guard nor the pipes to it keep this process running. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) {
    if (pipe && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
  }
}

/** A command that runs a program under a lock of its own: exit code 75 means that another holds it for longer than `patienceMs`. */
export function underLock(
  path: string,
  patienceMs: number,
  program: string,
  args: readonly string[],
): readonly [program: string, args: readonly string[]] {
  const tries = String(Math.ceil(patienceMs / 100));
  return ["sh", ["-c", RUN, "sh", path, tries, program, ...args]];
}

export const LOCK_HELD = HELD;

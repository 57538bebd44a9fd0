import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { Redis } from "ioredis";

import { RedisUnavailableError, SetupError } from "../../shared/errors.ts";
import { childEnvironment } from "./child-environment.ts";
import { type FolderLock, LOCK_HELD, takeFolderLock, underLock } from "./folder-lock.ts";
import { connectRedis } from "./redis.ts";
import { closeFolder, dataFolder } from "./own-folder.ts";
import { repairAof } from "./repair-aof.ts";
import { explainFolder, makeWritable } from "./writable-folder.ts";

const START_TIMEOUT_MS = 30_000;
const RESTART_DELAY_MS = 500;
/** How long a server that is told to stop may take to write what it has. */
const STOP_MS = 5_000;
/** A unix socket's path may not be longer (sockaddr_un, with room for Redis's temporary name). */
const MAX_SOCKET_PATH = 100;

export interface PrivateRedis extends AsyncDisposable {
  readonly socketPath: string;
  readonly program: string;
}

export interface PrivateRedisOptions {
  /** Gives the start up. */
  readonly signal?: AbortSignal | undefined;
  /** Something that the operator should know: what was repaired, what cannot be made sure here. */
  readonly onNotice?: (notice: string) => void;
  /** Where redis-check-aof is looked for, besides the folder of `program`. */
  readonly searchPath?: string | undefined;
}

/** The first redis-server or valkey-server on the search path. */
export function findRedisProgram(searchPath: string | undefined): string | undefined {
  const folders = (searchPath ?? "").split(delimiter).filter(Boolean);
  const candidates = folders.flatMap((folder) => [
    join(folder, "redis-server"),
    join(folder, "valkey-server"),
  ]);
  return candidates.find((candidate) => existsSync(candidate));
}

/** A folder, and who may use it: the locks are the kernel's where there are any. */
interface Home {
  readonly path: string;
  readonly socketPath: string;
  readonly lock: FolderLock | undefined;
}

/**
 * Starts a Redis of our own: unix socket only (no port), append-only, everything in `folder`. It is started again when it
 * dies. A server that a killed process of ours left behind in that folder is stopped first, since two must never write
 * one append-only file: the kernel's locks see to that, between containers too. When this process dies, however, the server
 * is told to stop. Disposing stops it and waits until it has written everything.
 * @throws RedisUnavailableError
 * @throws SetupError when the folder cannot be written to, or is open to others and not ours to close
 */
export async function startPrivateRedis(
  folder: string,
  program: string,
  { onNotice = () => undefined, searchPath, signal }: PrivateRedisOptions = {},
): Promise<PrivateRedis> {
  if (!existsSync(program)) throw new RedisUnavailableError(`${program} did not start: ENOENT`);
  const path = resolve(folder);
  const socketPath = join(path, "redis.sock");
  if (socketPath.length > MAX_SOCKET_PATH) {
    throw new SetupError(`${path} is too long for a socket's path: choose a shorter data_folder`);
  }
  makeWritable(folder, OWNER_LOCK);
  const closed = closeFolder(dataFolder(path));
  if (closed !== undefined) onNotice(closed);
  const home: Home = { path, socketPath, lock: await claim(path, onNotice) };
  const server = keepRunning(program, home);
  try {
    if (!(await shutDown(socketPath))) throw new RedisUnavailableError(describeOther(path));
    await startOrRepair(
      server,
      program,
      home,
      async () => {
        const done = await repairAof(path, program, searchPath, new Date());
        if (done !== undefined) onNotice(done);
        return done !== undefined;
      },
      signal,
    );
  } catch (error) {
    await server.stop();
    await giveUp(home);
    throw error;
  }
  return {
    socketPath,
    program,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await giveUp(home);
    },
  };
}

const OWNER_LOCK = "owner.lock";
const OWNER_PID = "owner.pid";

/** One owner for a folder. The process id beside the lock is for people, and for systems without such locks. */
async function claim(path: string, onNotice: (notice: string) => void): Promise<FolderLock | undefined> {
  const ownerPath = join(path, OWNER_PID);
  const lock = await takeFolderLock(join(path, OWNER_LOCK));
  const owner = readPid(ownerPath);
  if (lock === "held_by_another") {
    throw new RedisUnavailableError(
      `another process${owner === undefined ? "" : ` (${owner} on its machine)`} already runs the service on ${path}: ` +
        "stop it, or give this one another data_folder or a REDIS_URL",
    );
  }
  if (lock === "no_locks_here") {
    onNotice(
      `${path} cannot be locked here (no flock): two services on one data_folder are only told apart by process id`,
    );
    if (owner !== undefined && owner !== process.pid && isAlive(owner)) {
      throw new RedisUnavailableError(
        `process ${owner} already runs the service on ${path}: stop it, or give this one another data_folder or a ` +
          `REDIS_URL; if ${owner} is something else, remove ${ownerPath}`,
      );
    }
  }
  try {
    writeFileSync(ownerPath, String(process.pid), { mode: 0o600 });
  } catch (error) {
    if (typeof lock === "object") await lock[Symbol.asyncDispose]();
    throw explainFolder(path, error);
  }
  return typeof lock === "object" ? lock : undefined;
}

async function giveUp({ lock, path }: Home): Promise<void> {
  rmSync(join(path, OWNER_PID), { force: true });
  await lock?.[Symbol.asyncDispose]();
}

interface Server {
  /** Launches it once. Until `keep` its end is its end. */
  launch(): ChildProcess;
  /** From now on it is started again whenever it ends. */
  keep(): void;
  stop(): Promise<void>;
}

function keepRunning(program: string, home: Home): Server {
  let child: ChildProcess | undefined;
  let kept = false;
  let stopping = false;
  const launchNow = (): ChildProcess => {
    const launched = launch(program, home);
    child = launched;
    home.lock?.guard(launched.pid);
    launched.once("exit", () => {
      home.lock?.guard(undefined);
      if (child === launched) child = undefined;
      if (!kept || stopping) return;
      setTimeout(() => {
        if (!stopping) launchNow();
      }, RESTART_DELAY_MS);
    });
    return launched;
  };
  return {
    launch: launchNow,
    keep: () => {
      kept = true;
    },
    async stop() {
      stopping = true;
      const last = child;
      if (!last) return;
      const gone = once(last, "exit");
      await shutDown(home.socketPath);
      // One that has no socket yet, or does not listen to it: told by a signal, and then by one that cannot be ignored.
      if (child) last.kill("SIGTERM");
      const timer = setTimeout(() => last.kill("SIGKILL"), STOP_MS);
      if (child) await gone;
      clearTimeout(timer);
    },
  };
}

async function startOrRepair(
  server: Server,
  program: string,
  home: Home,
  repair: () => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reason = await becomesReady(server.launch(), home, signal);
  const again = reason === undefined || signal?.aborted || !(await repair());
  const still = again ? reason : await becomesReady(server.launch(), home, signal);
  if (still !== undefined) throw new RedisUnavailableError(`${program} did not start: ${still}`);
  server.keep();
}

function launch(program: string, { lock, path, socketPath }: Home): ChildProcess {
  rmSync(socketPath, { force: true });
  const settings = {
    port: "0",
    unixsocket: socketPath,
    unixsocketperm: "700",
    dir: path,
    pidfile: join(path, "redis.pid"),
    appendonly: "yes",
    appendfsync: "everysec",
    save: "",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
    // It waits by the wall clock: where that is bent, it takes a core for itself. Without it memory is given back as well.
    "jemalloc-bg-thread": "no",
    loglevel: "warning",
    logfile: join(path, "redis.log"),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const [command, args] = lock
    ? underLock(join(path, "server.lock"), START_TIMEOUT_MS / 2, program, options)
    : [program, options];
  // Its own process group: Ctrl-C must reach us first, so that we can finish our work before it stops.
  const child = spawn(command, [...args], { env: childEnvironment(), stdio: "ignore", detached: true });
  child.unref();
  child.on("error", () => undefined); // a start that fails is told by whoever waits for it
  return child;
}

/** Why it did not; undefined: it takes commands. */
async function becomesReady(
  child: ChildProcess,
  { path, socketPath }: Home,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const stop = new AbortController();
  const giveUpToo = (): void => stop.abort();
  if (signal?.aborted) stop.abort();
  signal?.addEventListener("abort", giveUpToo, { once: true });
  const failed = Promise.race([
    once(child, "error").then(([error]) => String(error)),
    once(child, "exit").then(() => describeEnd(child.exitCode, path)),
  ]);
  const ready = connectRedis({ socketPath }, START_TIMEOUT_MS, { signal: stop.signal }).then(
    (redis) => {
      redis.disconnect();
      return undefined;
    },
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const reason = await Promise.race([failed, ready]);
  stop.abort(); // otherwise a process whose Redis cannot start would go on trying, and stay
  signal?.removeEventListener("abort", giveUpToo);
  return reason;
}

function describeEnd(code: number | null, path: string): string {
  if (code === LOCK_HELD) return describeOther(path);
  return `it ended with code ${String(code)}; see ${join(path, "redis.log")}`;
}

function describeOther(path: string): string {
  const pid = readPid(join(path, "redis.pid"));
  return `another redis-server${pid === undefined ? "" : ` (process ${pid} on its machine)`} still writes to ${path}: stop it`;
}

/** Stops whatever server is behind the socket, one that is still loading too. False: it does not stop. */
async function shutDown(socketPath: string): Promise<boolean> {
  if (!existsSync(socketPath)) return true;
  const redis = new Redis({
    path: socketPath,
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  redis.on("error", () => undefined);
  const gone = new Promise((done) => redis.once("end", done));
  // It answers by closing the connection, once everything is on disk.
  redis.shutdown("NOSAVE").catch(() => undefined);
  const ended = gone.then(() => true);
  const stopped = await Promise.race([ended, delay(STOP_MS, false, { ref: false })]);
  redis.disconnect();
  return stopped;
}

function readPid(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const pid = Number(readFileSync(path, "utf8"));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

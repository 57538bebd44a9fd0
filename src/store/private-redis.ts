import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

import { RedisUnavailableError } from "../errors.ts";
import { connectRedis } from "./redis.ts";

const START_TIMEOUT_MS = 30_000;
const RESTART_DELAY_MS = 500;
/** A unix socket's path may not be longer (sockaddr_un, with room for Redis's temporary name). */
const MAX_SOCKET_PATH = 100;

export interface PrivateRedis extends AsyncDisposable {
  readonly socketPath: string;
  readonly program: string;
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

/**
 * Starts a Redis of our own: unix socket only (no port), append-only, everything in `folder`. It is started again when it
 * dies. A server that a killed process of ours left behind in that folder is stopped first, since two must never write
 * one append-only file. Disposing stops it and waits until it has written everything.
 * @throws RedisUnavailableError
 */
export async function startPrivateRedis(folder: string, program: string): Promise<PrivateRedis> {
  const home = resolve(folder);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const socketPath = join(home, "redis.sock");
  if (socketPath.length > MAX_SOCKET_PATH) {
    throw new RedisUnavailableError(`${home} is too long for a socket's path: choose a shorter data_folder`);
  }
  const ownerPath = join(home, "owner.pid");
  claim(ownerPath, home);
  await shutDown(socketPath);

  let child = launch(program, home, socketPath);
  let stopping = false;
  const restart = (): void => {
    if (stopping) return;
    setTimeout(() => {
      if (stopping) return;
      child = launch(program, home, socketPath);
      child.once("exit", restart);
    }, RESTART_DELAY_MS);
  };
  await becomesReady(child, program, socketPath, join(home, "redis.log"));
  child.once("exit", restart);
  return {
    socketPath,
    program,
    async [Symbol.asyncDispose]() {
      stopping = true;
      await shutDown(socketPath);
      rmSync(ownerPath, { force: true });
    },
  };
}

/** One owner for a folder. What a dead one left behind is ours to take. */
function claim(ownerPath: string, home: string): void {
  const owner = readPid(ownerPath);
  if (owner !== undefined && owner !== process.pid && isAlive(owner)) {
    throw new RedisUnavailableError(
      `process ${owner} already runs the service on ${home}: stop it, or give this one another data_folder or a REDIS_URL`,
    );
  }
  writeFileSync(ownerPath, String(process.pid));
}

function launch(program: string, home: string, socketPath: string): ChildProcess {
  rmSync(socketPath, { force: true });
  const settings = {
    port: "0",
    unixsocket: socketPath,
    unixsocketperm: "700",
    dir: home,
    appendonly: "yes",
    appendfsync: "everysec",
    save: "",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
    loglevel: "warning",
    logfile: join(home, "redis.log"),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // Its own process group: Ctrl-C must reach us first, so that we can finish our work before it stops.
  const child = spawn(program, options, { stdio: "ignore", detached: true });
  child.unref();
  child.on("error", () => undefined); // a start that fails is told by whoever waits for it
  return child;
}

async function becomesReady(
  child: ChildProcess,
  program: string,
  socketPath: string,
  log: string,
): Promise<void> {
  const failed = Promise.race([
    once(child, "error").then(([error]) => String(error)),
    once(child, "exit").then(([code]) => `it ended with code ${String(code)}; see ${log}`),
  ]);
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const ready = connectRedis({ socketPath }, START_TIMEOUT_MS, { signal }).then((redis) =>
    redis.disconnect(),
  );
  const reason = await Promise.race([failed, ready]);
  giveUp.abort(); // otherwise a process whose Redis cannot start would go on trying, and stay
  child.removeAllListeners();
  child.on("error", () => undefined); // it has started: what comes now is its exit
  if (typeof reason === "string") throw new RedisUnavailableError(`${program} did not start: ${reason}`);
}

/** Stops whatever server answers on the socket; nothing when none does. */
async function shutDown(socketPath: string): Promise<void> {
  if (!existsSync(socketPath)) return;
  const redis = await connectRedis({ socketPath }, 2_000).catch(() => undefined);
  if (!redis) return;
  const gone = once(redis, "close");
  // It answers by closing the connection, once everything is on disk.
  redis.shutdown("NOSAVE").catch(() => undefined);
  await gone;
  redis.disconnect();
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

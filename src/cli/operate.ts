import { type Base, openBase, runningRedis } from "../base.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../errors.ts";
import { createLogger } from "../logger.ts";
import { createConnectionKeeper } from "../pollers/connection-keeper.ts";
import { releaseGuards } from "../pollers/release-guards.ts";
import { createReleaseStack } from "../release-stack.ts";
import { RESOURCE_NAMES } from "../cliniko/resources.ts";
import { rotateKeys } from "../store/key-rotation.ts";
import type { Connection } from "../store/connection-store.ts";
import { formatTable } from "./table.ts";

type Print = (line: string) => void;

/** Opens what a running service keeps, for one command. */
async function withBase<Result>(config: Config, work: (base: Base) => Promise<Result>): Promise<Result> {
  await using stack = createReleaseStack();
  const base = await openBase(stack, { config, logger: createLogger("silent") }, runningRedis(config));
  return await work(base);
}

/** What one resource of one account is like now. Times are ISO, UTC. */
export interface StatusRow {
  readonly account: string;
  readonly resource: string;
  readonly state: string;
  /** Every change stamped up to here has been told or is on its way; null during the first sync. */
  readonly completeUpTo: string | null;
  readonly detail: string;
}

/** False: something needs a person. */
export async function status(config: Config, json: boolean, print: Print): Promise<boolean> {
  const rows = await withBase(config, readStatus);
  if (json) print(JSON.stringify(rows, null, 2));
  else {
    const head = ["account", "resource", "state", "complete up to", ""];
    const lines = rows.map(({ account, resource, state, completeUpTo, detail }) => [
      account,
      resource,
      state,
      completeUpTo === null ? "-" : `${completeUpTo} (${age(completeUpTo)} ago)`,
      detail,
    ]);
    print(formatTable([head, ...lines]));
  }
  return rows.every(({ state }) => state === "live" || state === "first sync");
}

async function readStatus({ config, connections, store }: Base): Promise<StatusRow[]> {
  const rows: StatusRow[] = [];
  for (const { name: account, resources } of config.accounts) {
    const connection = await connections.read(account);
    for (const resource of resources) {
      const cursor = await store.readCursor(account, resource);
      const completeUpTo =
        cursor?.phase === "live"
          ? new Date(cursor.watermark * 1_000).toISOString().replace(".000", "")
          : null;
      rows.push({ account, resource, completeUpTo, ...describe(connection, resource, cursor?.phase) });
    }
  }
  return rows;
}

function describe(
  { key, problems }: Connection,
  resource: string,
  phase: "live" | "baseline" | undefined,
): { state: string; detail: string } {
  if (key?.state === "key_revoked")
    return { state: "key_revoked", detail: `${key.detail}: give it a valid key` };
  const problem = problems.get(resource);
  if (problem?.held) {
    return { state: problem.kind, detail: `${problem.detail}; held until "release" (see release --help)` };
  }
  if (problem?.told) return { state: problem.kind, detail: problem.detail };
  if (phase === "live") return { state: "live", detail: problem ? `last answer: ${problem.detail}` : "" };
  return { state: phase === "baseline" ? "first sync" : "not read yet", detail: "" };
}

function age(iso: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(iso)) / 1_000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

export async function release(
  config: Config,
  account: string,
  acceptDeletions: boolean,
  print: Print,
): Promise<void> {
  assertAccount(config, account);
  const released = await withBase(
    config,
    async ({ connections, identityKey, now, queues, reading, store }) => {
      const onEvents = async (name: string): Promise<void> => {
        await queues.addRoute({ account: name });
      };
      const keeper = createConnectionKeeper({
        connections,
        identityKey,
        now,
        onEvents,
        onNotice: () => undefined,
      });
      return await releaseGuards({ keeper, reading, store }, account, acceptDeletions);
    },
  );
  if (released.length === 0) print(`Nothing held ${account}.`);
  for (const { resource, detail } of released) print(`released ${account}/${resource}: ${detail}`);
}

/** False: nothing could be woken. */
export async function pollNow(config: Config, account: string, print: Print): Promise<boolean> {
  const { resources } = assertAccount(config, account);
  return await withBase(config, async ({ queues }) => {
    let woken = 0;
    for (const resource of resources) {
      const woke = await queues.pollNow({ account, resource });
      print(
        `${account}/${resource}: ${woke ? "reading now" : "is being read already, or no service polls it"}`,
      );
      if (woke) woken += 1;
    }
    return woken > 0;
  });
}

/** Asks for the present state of an account's resources, for one endpoint. False: it is under way already. */
export async function backfill(
  config: Config,
  account: string,
  endpoint: string,
  print: Print,
): Promise<boolean> {
  const { resources } = assertAccount(config, account);
  if (!config.endpoints.some(({ name }) => name === endpoint)) {
    const known = config.endpoints.map(({ name }) => name).join(", ");
    throw new ConfigError("the command line", [
      { path: "<endpoint>", message: `there is no endpoint "${endpoint}"`, remedy: `use one of: ${known}` },
    ]);
  }
  return await withBase(config, async ({ queues }) => {
    let added = 0;
    for (const resource of resources) {
      const fresh = await queues.addBackfill({ account, resource, endpoint, pass: 0, sent: 0 });
      print(`${account}/${resource}: ${fresh ? `on its way to ${endpoint}` : "is under way already"}`);
      if (fresh) added += 1;
    }
    return added > 0;
  });
}

/** Seals everything with the first key of the configuration. False: something could not be, and the old key must stay. */
export async function rotateEncryption(config: Config, signal: AbortSignal, print: Print): Promise<boolean> {
  return await withBase(config, async ({ keyring, keys, redis }) => {
    let clean = true;
    for (const { name: account } of config.accounts) {
      const scope = { account, resources: RESOURCE_NAMES, signal, onProgress: () => undefined };
      const { completed, resealed, unreadable, contended } = await rotateKeys(redis, keys, keyring, scope);
      const trouble = [
        unreadable > 0 ? `${unreadable} that no configured key opens` : "",
        contended > 0
          ? `${contended} that another process still seals with an old key: restart all of them`
          : "",
        completed ? "" : "stopped before the end: run it again",
      ].filter(Boolean);
      print(`${account}: ${resealed} sealed anew${trouble.length > 0 ? `; ${trouble.join("; ")}` : ""}`);
      clean &&= trouble.length === 0;
    }
    if (clean)
      print("Everything is sealed with the first key: the others can be taken out of the configuration.");
    return clean;
  });
}

function assertAccount(config: Config, name: string): Config["accounts"][number] {
  const account = config.accounts.find((candidate) => candidate.name === name);
  if (account) return account;
  const known = config.accounts.map((candidate) => candidate.name).join(", ");
  throw new ConfigError("the command line", [
    { path: "<account>", message: `there is no account "${name}"`, remedy: `use one of: ${known}` },
  ]);
}

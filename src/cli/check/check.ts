import { toJson } from "../terminal/to-json.ts";
import { once } from "node:events";
import { constants, existsSync } from "node:fs";
import { access, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, resolve } from "node:path";

import { REDIS_PREFIX, configuredRedis } from "../../admin/base.ts";
import { checkNotices } from "../../admin/notices/test-notices.ts";
import type { Config, EndpointConfig } from "../../config/config.ts";
import { parseAddress } from "../../config/ip-address.ts";
import { checkAddresses, checkUrl } from "../../dispatch/http/target-guard.ts";
import { UnreadableRecordError, toDetail } from "../../shared/errors.ts";
import { createGuard } from "../../dispatch/http/sending.ts";
import { OPS_PLACE, explainListen } from "../../shared/explain-listen.ts";
import { findKeptAccounts } from "../../store/detection/kept-accounts.ts";
import { readIdentityKey } from "../../store/detection/installation.ts";
import type { Redis } from "../../store/redis/client.ts";
import { createKeys } from "../../store/redis/keys.ts";
import { dataFolder } from "../../store/redis/own-folder.ts";
import { findRedisProgram } from "../../store/redis/private-redis.ts";
import { checkAccess } from "../../store/redis/redis-access.ts";
import { connectRedis, describeAddress, durabilityWarnings } from "../../store/redis/redis.ts";
import { reasonOf } from "../../store/redis/storage-state.ts";
import { probeWrite } from "../../store/redis/write-probe.ts";
import { refuseHalfRotated } from "../../store/sealing/half-rotated.ts";
import { createKeyring } from "../../store/sealing/keyring.ts";
import { explainFolder } from "../../store/redis/writable-folder.ts";
import { checkAccount } from "./check-account.ts";
import { checkExposure } from "./check-exposure.ts";
import { counted } from "../terminal/counted.ts";
import { checkKeysFolder } from "../doctor/check-keys-folder.ts";
import { checkDisk } from "../doctor/check-machine.ts";
import type { Finding } from "../doctor/finding.ts";
import { judgeOpenness } from "../doctor/judge-openness.ts";
import { PLAIN, type Paint, paintState } from "../terminal/paint.ts";
import { formatTable } from "../terminal/table.ts";
import { limitSignal } from "../../shared/limit-signal.ts";

/**
 * Tries everything that the configuration names, without changing anything: Redis, each account's key and what it may read,
 * each endpoint's name. False when something does not work.
 */
export async function check(
  config: Config,
  env: NodeJS.ProcessEnv,
  print: (line: string) => void,
  { json, paint }: { readonly json: boolean; readonly paint: Paint } = { json: false, paint: PLAIN },
): Promise<boolean> {
  const { accounts, endpoints } = config;
  const findings: Finding[] = [
    {
      what: "configuration",
      verdict: "ok",
      detail: `${counted(accounts.length, "account")}, ${counted(endpoints.length, "endpoint")}`,
    },
    ...(await checkRedis(config, env)),
    ...(await checkKeysFolder(config)),
    ...(await checkPort(config)),
    ...checkExposure(config),
    ...(await Promise.all(accounts.map(async (account) => await checkAccount(config, account)))).flat(),
    ...(await checkWays(config)),
    ...(await Promise.all(endpoints.map(async (endpoint) => await checkEndpoint(config, endpoint)))),
  ];
  if (json) print(toJson(findings));
  else {
    const rows = findings.map(({ what, verdict, detail, remedy }) => [
      paintState(paint, verdict),
      what,
      remedy === undefined ? detail : `${detail}: ${remedy}`,
    ]);
    print(formatTable(rows));
  }
  return findings.every(({ verdict }) => verdict !== "FAIL");
}

/** The Redis that is named, or the program that will be started instead. */
export async function checkRedis(config: Config, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const what = "redis";
  const address = configuredRedis(config);
  if (!address) {
    const program = findRedisProgram(env["PATH"]);
    return program
      ? [
          {
            what,
            verdict: "ok",
            detail: `REDIS_URL is not set: ${program} will be started in ${config.dataFolder}`,
          },
          ...(await checkFolder(config)),
        ]
      : [{ what, verdict: "FAIL", detail: "set REDIS_URL, or install redis-server or valkey-server" }];
  }
  try {
    const probe = await connectRedis(address, 5_000, { readyCheck: false });
    const { tells } = await checkAccess(probe, describeAddress(address), REDIS_PREFIX);
    const redis = await connectRedis(address, 5_000, { readyCheck: tells });
    const refused = await probeWrite(redis, createKeys(REDIS_PREFIX));
    const foreign = await findForeign(config, redis);
    const warnings = await durabilityWarnings(redis);
    const configured = config.accounts.map(({ name }) => name);
    const kept = await findKeptAccounts(redis, createKeys(REDIS_PREFIX));
    const left = kept.filter((name) => !configured.includes(name));
    redis.disconnect();
    return [
      refused === undefined
        ? { what, verdict: "ok", detail: `${describeAddress(address)} answers` }
        : {
            what,
            verdict: "FAIL",
            detail: `${describeAddress(address)} takes no writes: ${reasonOf(refused)}`,
          },
      ...foreign,
      ...warnings.map((detail) => ({ what, verdict: "warn" as const, detail })),
      ...left.map((name) => ({
        what: `account ${name}`,
        verdict: "warn" as const,
        detail: `is kept in Redis and not configured: see cliniko-webhooks status; put it back, or accounts rename, or accounts remove`,
      })),
    ];
  } catch (error) {
    return [{ what, verdict: "FAIL", detail: toDetail(error) }];
  }
}

/** Whether the configured keys are those of the installation that is there; nothing where there is none so far. */
async function findForeign({ encryptionKeys }: Config, redis: Redis): Promise<Finding[]> {
  try {
    const keys = createKeys(REDIS_PREFIX);
    await readIdentityKey(redis, keys, createKeyring(encryptionKeys));
    await refuseHalfRotated(
      redis,
      keys,
      encryptionKeys.map(({ id }) => id),
    );
    return [];
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    return [{ what: "encryption keys", verdict: "FAIL", detail: toDetail(error) }];
  }
}

/** What the private Redis will need, looked at from outside: nothing is made. */
async function checkFolder(config: Config): Promise<Finding[]> {
  const what = "data folder";
  const home = resolve(config.dataFolder);
  let there = home;
  while (!existsSync(there)) there = dirname(there);
  try {
    await access(there, constants.W_OK | constants.X_OK);
    if (!(await stat(there)).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
  } catch (error) {
    return [{ what, verdict: "FAIL", detail: explainFolder(home, error).message }];
  }
  const disk = await checkDisk({ ...config, dataFolder: there });
  return [...judgeOpenness(dataFolder(home)), ...(disk && disk.verdict !== "ok" ? [disk] : [])];
}

async function checkPort({ ops, roles }: Config): Promise<Finding[]> {
  const { host, port } = ops;
  if (!roles.includes("ops") || port === 0) return [];
  const what = "ops";
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    server.close();
    return [{ what, verdict: "ok", detail: `${host}:${port} is free` }];
  } catch (error) {
    const { message, retryable } = explainListen(error, { what, host, port }, OPS_PLACE);
    return retryable && (await answersAsWeDo(host, port))
      ? [{ what, verdict: "ok", detail: `the service runs already, on ${host}:${port}` }]
      : [{ what, verdict: "FAIL", detail: message }];
  }
}

async function answersAsWeDo(host: string, port: number): Promise<boolean> {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const url = `http://${name.includes(":") ? `[${name}]` : name}:${port}/health/live`;
  using limited = limitSignal([], 2_000);
  try {
    const answer = await fetch(url, { signal: limited.signal });
    return (await answer.text()) === '{"status":"live"}';
  } catch {
    return false;
  }
}

/** Without sending anything. */
async function checkWays(config: Config): Promise<Finding[]> {
  return (await checkNotices(config)).map(({ detail, kind, name }) => ({
    what: `notices by ${name}`,
    verdict: kind === "sent" ? "ok" : "FAIL",
    detail: kind === "sent" ? detail : `${detail}: check notices.${name}`,
  }));
}

/** By the guard that deliveries pass. */
async function checkEndpoint(config: Config, { name, settings }: EndpointConfig): Promise<Finding> {
  const what = `endpoint ${name}`;
  const { policyOf, resolver } = createGuard(config);
  // One of the file is the operator's.
  const policy = policyOf(undefined);
  const target = checkUrl(settings.url, policy);
  if (target.kind === "refused") return { what, verdict: "FAIL", detail: `${target.detail}; ${OPEN}` };
  const { host } = target;
  using limited = limitSignal([], config.delivery.timeoutMs);
  // An address is no name to look up.
  const found = parseAddress(host)
    ? ({ kind: "addresses", addresses: [host] } as const)
    : await resolver.resolve(host, limited.signal);
  if (found.kind !== "addresses") {
    return { what, verdict: "FAIL", detail: `${host}: ${found.detail}: check the URL and your DNS` };
  }
  const vetted = checkAddresses(found.addresses, target, policy);
  if (vetted.kind === "refused")
    return { what, verdict: "FAIL", detail: `${host}: ${vetted.detail}; ${OPEN}` };
  const addresses = found.addresses.join(", ");
  return {
    what,
    verdict: "ok",
    detail: `${target.url.host} resolves to ${addresses}; wants ${settings.events.join(", ")}`,
  };
}

const OPEN = "delivery.allow_http and delivery.allow_private open what lies in your own network";

import type { Base } from "../../base.ts";
import type { Config } from "../../config/config.ts";
import { UnreadableRecordError, toError } from "../../errors.ts";
import { readServiceState } from "../../service-state.ts";
import { describeAddress, durabilityWarnings } from "../../store/redis.ts";
import type { Paint } from "../paint.ts";
import { withBase } from "../with-base.ts";
import { checkAccount, judgeBudget } from "./check-account.ts";
import { checkEndpointTarget } from "./check-endpoint.ts";
import { checkKeys } from "./check-keys.ts";
import { checkLogs } from "./check-logs.ts";
import { checkConfiguration, checkDisk, checkNode } from "./check-machine.ts";
import { judgeRedis } from "./check-redis.ts";
import { type Finding, fail, formatFindings } from "./finding.ts";
import { judgeEndpoint } from "./judge-endpoint.ts";
import { judgeQueues } from "./judge-queues.ts";
import { judgeReading } from "./judge-reading.ts";

export interface DoctorOptions {
  readonly json: boolean;
  readonly paint: Paint;
}

/**
 * Looks at a whole installation that runs (`check` looks at what is about to), and says what to do. Changes nothing; asks
 * Cliniko for some six answers an account, out of the shared budget. False: something FAILs.
 */
export async function doctor(
  config: Config,
  { json, paint }: DoctorOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const findings = [checkNode(process.version), checkConfiguration(config), ...(await examine(config))];
  const failed = findings.filter(({ verdict }) => verdict === "FAIL").length;
  const warned = findings.filter(({ verdict }) => verdict === "warn").length;
  if (json) print(JSON.stringify({ well: failed === 0, findings }, null, 2));
  else {
    print(formatFindings(findings, paint));
    print("");
    print(summarise(failed, warned));
  }
  return failed === 0;
}

function summarise(failed: number, warned: number): string {
  if (failed + warned === 0) return "Everything is well.";
  const parts = [failed > 0 ? `${failed} to be mended` : "", warned > 0 ? `${warned} to be looked at` : ""];
  return `${parts.filter(Boolean).join(", ")}: see the lines with →`;
}

async function examine(config: Config): Promise<Finding[]> {
  const disk = await checkDisk(config);
  const local = disk ? [disk] : [];
  try {
    return await withBase(config, async (base) => [...local, ...(await examineBase(base))]);
  } catch (error) {
    // What it says names the way out: start the service, set REDIS_URL, put the key back.
    const { message } = toError(error);
    return error instanceof UnreadableRecordError
      ? [...local, fail("encryption keys", message, "put the missing key back under encryption")]
      : [
          ...local,
          fail("redis", message, "without it nothing else can be looked at: cliniko-webhooks check"),
        ];
  }
}

async function examineBase(base: Base): Promise<Finding[]> {
  const { config, now } = base;
  const state = await readServiceState(base);
  const endpoints = await base.endpoints.list();
  const { dataFolder, redisUrl } = config;
  const address =
    redisUrl === undefined ? `the private one in ${dataFolder}` : describeAddress({ url: redisUrl });
  const readings = state.readings.flatMap((reading) => {
    const account = state.accounts.find(({ account: name }) => name === reading.account);
    return account ? [judgeReading(reading, account, config.polling, now()).finding] : [];
  });
  const [keys, logs, accounts, ways] = await Promise.all([
    guarded("encryption keys", async () => [await checkKeys(base)]),
    guarded("events", async () => await checkLogs(base, state)),
    Promise.all(
      config.accounts.map(
        async (account) =>
          await guarded(`account ${account.name}`, async () => await checkAccount(base, account)),
      ),
    ),
    Promise.all(
      endpoints.map(
        async ({ id, settings }) =>
          await guarded(`way to ${id}`, async () => [await checkEndpointTarget(base, id, settings)]),
      ),
    ),
  ]);
  return [
    ...judgeRedis(address, state.redis, await durabilityWarnings(base.redis)),
    ...keys,
    ...judgeQueues(state.queues, now()),
    ...accounts.flat(),
    ...state.accounts.map((account) => judgeBudget(account, now())),
    ...readings,
    ...logs,
    ...ways.flat(),
    ...state.endpoints.map((status) => judgeEndpoint(status, now())),
  ];
}

/** One check that breaks must not hide what the others find. */
async function guarded(what: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [fail(what, toError(error).message, "this should not happen: please report it with this line")];
  }
}

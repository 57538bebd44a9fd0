import { isWell } from "../../admin/assess/severity.ts";
import type { Verdict } from "../../admin/assess/verdict.ts";
import { findLeftAccounts } from "../../admin/accounts/kept-account.ts";
import { assessAll } from "../../admin/accounts/overview.ts";
import { type Base, configuredRedis } from "../../admin/base.ts";
import type { Config } from "../../config/config.ts";
import { SetupError, UnreadableRecordError, toDetail, toError } from "../../shared/errors.ts";
import { toVerdictAnswer } from "../../ops/api/overview/issue-answer.ts";
import { readServiceState } from "../../admin/assess/service-state.ts";
import { readRedisNodes } from "../../store/redis/redis-facts.ts";
import { describeAddress, durabilityWarnings } from "../../store/redis/redis.ts";
import { refusalOf } from "../../store/redis/storage-state.ts";
import { cliCaller } from "../access/cli-caller.ts";
import type { Paint } from "../terminal/paint.ts";
import { withBase } from "../with-base.ts";
import { checkAccount } from "./check-account.ts";
import { checkEndpointTarget } from "./check-endpoint.ts";
import { checkErasureKey, checkForgotten, checkKeys } from "./check-keys.ts";
import { checkLogs } from "./check-logs.ts";
import { checkConfiguration, checkDisk, checkNode } from "./check-machine.ts";
import { judgeClockStep } from "./judge-clock.ts";
import { judgeRedis } from "./check-redis.ts";
import { type Finding, fail, formatFindings, toFinding } from "./finding.ts";

import { judgeLeft } from "./judge-left.ts";
import { judgeTokens, judgeUnreadableToken } from "./judge-tokens.ts";

export interface DoctorOptions {
  readonly json: boolean;
  readonly now?: () => number;
  readonly paint: Paint;
}

interface Examined {
  readonly findings: readonly Finding[];
  /** What every other light says. Undefined: it could not be found out, and the findings say why. */
  readonly verdict: Verdict | undefined;
}

/**
 * Looks at a whole installation that runs (`check` looks at what is about to), and says what to do. Changes nothing; asks
 * Cliniko for some twenty answers an account, out of the shared budget. False: something FAILs, or a promise is not kept.
 */
export async function doctor(
  config: Config,
  { json, now, paint }: DoctorOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { findings: found, verdict } = await examine(config, now);
  const findings = [checkNode(process.version), checkConfiguration(config), ...found];
  if (json) {
    print(
      JSON.stringify({ verdict: verdict ? toVerdictAnswer(cliCaller(), verdict) : null, findings }, null, 2),
    );
  } else {
    print(formatFindings(findings, paint));
    print("");
    print(summarise(findings));
  }
  return verdict !== undefined && isWell(verdict.severity) && findings.every((one) => one.verdict !== "FAIL");
}

function summarise(findings: readonly Finding[]): string {
  const count = (wanted: Finding["verdict"]): number =>
    findings.filter(({ verdict }) => verdict === wanted).length;
  const [failed, warned, noted] = [count("FAIL"), count("warn"), count("note")];
  if (failed + warned + noted === 0) return "Everything is well.";
  const parts = [
    failed > 0 ? `${failed} to be mended` : "",
    warned > 0 ? `${warned} to be looked at` : "",
    noted > 0 ? `${noted} to be known` : "",
  ];
  return `${parts.filter(Boolean).join(", ")}: see the lines with →`;
}

async function examine(config: Config, now: (() => number) | undefined): Promise<Examined> {
  const disk = await checkDisk(config);
  const local = disk ? [disk] : [];
  try {
    return await withBase(
      config,
      async (base) => {
        const { findings, verdict } = await examineBase(base);
        return { findings: [...local, ...findings], verdict };
      },
      now,
    );
  } catch (error) {
    // What it says names the way out: start the service, set REDIS_URL, put the key back.
    const { message } = toError(error);
    const cause =
      error instanceof UnreadableRecordError
        ? fail("encryption keys", message, "put the missing key back under encryption")
        : error instanceof SetupError
          ? fail("set-up", message, "the service does not start with it either")
          : fail("redis", message, "without it nothing else can be looked at: cliniko-webhooks check");
    return { findings: [...local, cause], verdict: undefined };
  }
}

async function examineBase(base: Base): Promise<Examined> {
  const { config, now } = base;
  const state = await readServiceState(base);
  const endpoints = await base.endpoints.list();
  const configured = configuredRedis(config);
  const address = configured ? describeAddress(configured) : `the private one in ${config.dataFolder}`;
  const [left, keys, forgotten, tokens, logs, accounts, ways] = await Promise.all([
    guarded("accounts", async () => (await findLeftAccounts(base)).map(judgeLeft)),
    guarded("encryption keys", async () => [await checkKeys(base), await checkErasureKey(base.erasureKey)]),
    guarded("forgetting", async () => await checkForgotten(base)),
    guarded("tokens", async () => [
      ...(await base.tokens.unreadable()).map(judgeUnreadableToken),
      ...judgeTokens(await base.tokens.list(), now()),
    ]),
    guarded("events", async () => await checkLogs(base, state)),
    Promise.all(
      config.accounts.map(
        async (account) =>
          await guarded(`account ${account.name}`, async () => await checkAccount(base, account)),
      ),
    ),
    Promise.all(
      endpoints.map(
        async ({ id, owner, settings }) =>
          await guarded(`way to ${id}`, async () => [
            await checkEndpointTarget(base, id, { ...settings, owner }),
          ]),
      ),
    ),
  ]);
  const findings = [
    ...judgeClockStep(await base.clocks.lastStep(), now()),
    ...judgeRedis(
      address,
      state.redis,
      await readRedisNodes(base.redis),
      await durabilityWarnings(base.redis),
    ),
    ...keys,
    ...forgotten,
    ...tokens,
    ...accounts.flat(),
    ...left,
    ...assessAll(state).map((assessment) => toFinding(assessment, now())),
    ...logs,
    ...ways.flat(),
  ];
  return { findings, verdict: state.verdict };
}

/** One check that breaks must not hide what the others find. */
async function guarded(what: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined)
      return [fail(what, `not looked at: ${refusal}`, "see docs/operations.md#redis")];
    return [fail(what, toDetail(error), "this should not happen: please report it with this line")];
  }
}

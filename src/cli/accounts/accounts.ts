import {
  type AccountStatus,
  type ResourceState,
  readAccountStatuses,
} from "../../admin/accounts/account-status.ts";
import type { AccountConfig, Config } from "../../config/config.ts";
import { closest } from "../../config/closest.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { toAccountAnswer } from "../../ops/api/accounts/account-answer.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

/** The accounts: how far each has been read, what a guard saw, and what is left of the budget. */
export async function listAccounts(
  config: Config,
  { json, paint }: { readonly json: boolean; readonly paint: Paint },
  print: (line: string) => void,
): Promise<void> {
  const found = await withBase(config, async (base) => await readAccountStatuses(base, base.config.accounts));
  if (json) {
    const answers = found.map((status) => toAccountAnswer({ config }, cliCaller(), status));
    print(JSON.stringify(answers, null, 2));
    return;
  }
  const head = ["account", "resource", "state", "complete up to", "missing", ""];
  const rows = found.flatMap(({ account, resources }) =>
    resources.map(({ completeUpTo, detail, quarantined, resource, state, suspects }) => [
      account,
      resource,
      paintState(paint, toWords(state)),
      completeUpTo === undefined ? "-" : toIsoSeconds(completeUpTo * 1_000),
      String(suspects),
      quarantined ? `${detail}; quarantined until "release"` : detail,
    ]),
  );
  print(formatTable([head, ...rows]));
  for (const { account, budget } of found) print(`${account}: ${describeBudget(budget)}`);
}

function describeBudget({ blockedUntil, configuredShare, share, taken }: AccountStatus["budget"]): string {
  const less = share < configuredShare ? ` (of ${percent(configuredShare)}: Cliniko has refused some)` : "";
  const waits =
    blockedUntil === undefined ? "" : `; Cliniko has asked us to wait until ${toIsoSeconds(blockedUntil)}`;
  return `${percent(share)} of what Cliniko allows${less}, ${taken} requests lately${waits}`;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

/** @throws ConfigError when there is none, with the name that may be meant */
export function findAccountOrThrow({ accounts }: Config, name: string): AccountConfig {
  const account = accounts.find((candidate) => candidate.name === name);
  if (account) return account;
  const known = accounts.map((candidate) => candidate.name);
  const meant = closest(name, known);
  const remedy = meant ? `did you mean "${meant}"?` : `use one of: ${known.join(", ")}`;
  throw problemAt("<account>", `there is no account "${name}"`, remedy);
}

const WORDS: ReadonlySet<ResourceState> = new Set([
  "first_sync",
  "not_read_yet",
  "not_permitted",
  "not_offered",
]);

/** `first sync`: the states that are no name of an event read as words. */
function toWords(state: ResourceState): string {
  return WORDS.has(state) ? state.replaceAll("_", " ") : state;
}

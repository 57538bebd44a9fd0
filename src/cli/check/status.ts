import { describeState, waitingOf } from "../../admin/assess/assess-endpoint.ts";
import { isWell } from "../../admin/assess/severity.ts";
import { findLeftAccounts } from "../../admin/accounts/kept-account.ts";
import { formatSpan } from "../../admin/format-span.ts";
import { type Overview, overviewFor, readInstallation } from "../../admin/accounts/overview.ts";
import type { ResourceStatus } from "../../admin/accounts/account-status.ts";
import type { Config } from "../../config/config.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { toOverview } from "../../ops/api/overview/overview-answer.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { formatFindings, toFinding } from "../doctor/finding.ts";
import { judgeLeft } from "../doctor/judge-left.ts";
import { isNeverRead } from "../../store/detection/connection-store.ts";
import { counted } from "../terminal/counted.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

/**
 * Is anything wrong, where, since when? From what is kept, without asking anybody; with `json` as `GET /v1/overview` has it.
 * False: something stands still or does not keep its promise.
 */
export async function status(
  config: Config,
  { json, now, paint }: { readonly json: boolean; readonly now?: () => number; readonly paint: Paint },
  print: Print,
): Promise<boolean> {
  const caller = cliCaller();
  const { left, overview } = await withBase(
    config,
    async (base) => ({
      overview: overviewFor(await readInstallation(base), base, caller),
      left: (await findLeftAccounts(base)).map(judgeLeft).filter(({ verdict }) => verdict !== "ok"),
    }),
    now,
  );
  if (json) print(JSON.stringify(toOverview(caller, overview, config.polling), null, 2));
  else {
    const kept = left.length > 0 ? [formatFindings(left, paint)] : [];
    print([...headline(overview, paint), ...kept, ...tables(overview, paint)].join("\n"));
  }
  return isWell(overview.verdict.severity);
}

function headline({ at, endpoints, sources, verdict }: Overview, paint: Paint): string[] {
  if (verdict.issues.length > 0)
    return [
      formatFindings(
        verdict.issues.map((issue) => toFinding(issue, at)),
        paint,
      ),
    ];
  const waiting = endpoints.reduce((sum, { status: { counts } }) => sum + waitingOf(counts), 0);
  const still = sources.filter(({ state }) => state !== "live").length;
  return [
    [
      paint("good", "All is well."),
      still > 0 ? `${still} of ${sources.length} resources are in their first sync.` : "",
      waiting > 0 ? `${waiting} deliveries wait.` : "Nothing waits.",
    ]
      .filter(Boolean)
      .join(" "),
  ];
}

/** More sources than this are shown by account, and of more accounts than this those that are not well. */
const MOST_LISTED = 40;

/** A source, or what an account comes to: as bad as the worst of it, as far as the one furthest behind. */
function toSourceRow([first, ...others]: readonly ResourceStatus[], paint: Paint): string[] {
  if (!first) return [];
  const all = [first, ...others];
  const upTo = all.flatMap(({ completeUpTo }) => completeUpTo ?? []);
  const behind = Math.max(...all.map(({ ageMs }) => ageMs ?? 0));
  const isComplete =
    upTo.length > 0 && all.every((one) => one.completeUpTo !== undefined || isNeverRead(one.state));
  return [
    first.account,
    others.length === 0 ? first.resource : counted(all.length, "resource"),
    paintState(paint, wordsOf(first)),
    isComplete ? `${toIsoSeconds(Math.min(...upTo) * 1_000)} (${formatSpan(behind)} ago)` : "-",
  ];
}

/** What is listed of the sources, the worst first, and how many accounts are not. */
export function listSources(sources: readonly ResourceStatus[]): {
  readonly rows: readonly ResourceStatus[][];
  readonly left: number;
} {
  if (sources.length <= MOST_LISTED) return { rows: sources.map((source) => [source]), left: 0 };
  const accounts = new Map<string, ResourceStatus[]>();
  for (const source of sources) {
    const known = accounts.get(source.account);
    if (known) known.push(source);
    else accounts.set(source.account, [source]);
  }
  const shown = [...accounts.values()].filter(
    ([worst], index) => index < MOST_LISTED || worst?.assessment.severity !== "ok",
  );
  return { rows: shown, left: accounts.size - shown.length };
}

function tables({ at, endpoints, sources }: Overview, paint: Paint): string[] {
  const { left, rows } = listSources(sources);
  const read = rows.map((row) => toSourceRow(row, paint));
  const targets = endpoints.map(({ status: target }) => [
    target.id,
    paintState(paint, describeState(target, at)),
    String(waitingOf(target.counts)),
    target.oldestWaitingAt === undefined ? "-" : formatSpan(at - target.oldestWaitingAt),
    String(target.counts.parked),
    String(target.counts.failed),
    target.lastSuccessAt === undefined ? "-" : `${formatSpan(at - target.lastSuccessAt)} ago`,
  ]);
  const heads = {
    sources: ["account", "resource", "state", "complete up to"],
    targets: ["endpoint", "state", "waiting", "oldest", "parked", "failed", "last success"],
  };
  return [
    ...(read.length > 0 ? ["", formatTable([heads.sources, ...read])] : []),
    ...(left > 0 ? [`… and ${counted(left, "account")} more, read as promised`] : []),
    ...(targets.length > 0 ? ["", formatTable([heads.targets, ...targets])] : []),
  ];
}

/** `first sync`: what is no name of a problem reads as words. */
function wordsOf({ assessment: { code, severity } }: Pick<ResourceStatus, "assessment">): string {
  return severity === "ok" ? code.replaceAll("_", " ") : code;
}

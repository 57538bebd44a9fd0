import type { Config } from "../config/config.ts";
import { toIsoSeconds, toIsoSecondsOrNull } from "../iso-time.ts";
import { type ServiceState, readServiceState } from "../service-state.ts";
import { formatSpan } from "./age.ts";
import { type Finding, formatFindings } from "./doctor/finding.ts";
import { describeState, judgeEndpoint, waitingOf } from "./doctor/judge-endpoint.ts";
import { judgeQueues } from "./doctor/judge-queues.ts";
import { type JudgedReading, judgeReading } from "./doctor/judge-reading.ts";
import { type Paint, paintState } from "./paint.ts";
import { formatTable } from "./table.ts";
import { withBase } from "./with-base.ts";

type Print = (line: string) => void;

interface Judged {
  readonly now: number;
  readonly readings: readonly JudgedReading[];
  readonly endpoints: ServiceState["endpoints"];
  /** What is not well. */
  readonly trouble: readonly Finding[];
}

/** Is anything wrong, where, since when? From what is kept, without asking anybody. False: something needs a person. */
export async function status(
  config: Config,
  { json, paint }: { readonly json: boolean; readonly paint: Paint },
  print: Print,
): Promise<boolean> {
  const judged = await withBase(config, async (base) =>
    judge(await readServiceState(base), config, base.now()),
  );
  const well = judged.trouble.every(({ verdict }) => verdict !== "FAIL");
  if (json) print(JSON.stringify({ well, ...toView(judged) }, null, 2));
  else print([...headline(judged, paint), ...tables(judged, paint)].join("\n"));
  return well;
}

function judge(state: ServiceState, { polling }: Config, now: number): Judged {
  const readings = state.readings.flatMap((reading) => {
    const account = state.accounts.find(({ account: name }) => name === reading.account);
    return account ? [judgeReading(reading, account, polling, now)] : [];
  });
  const findings = [
    ...readings.map(({ finding }) => finding),
    ...state.endpoints.map((endpoint) => judgeEndpoint(endpoint, now)),
    ...judgeQueues(state.queues, now),
  ];
  const trouble = findings.filter(({ verdict }) => verdict !== "ok");
  return { now, readings, endpoints: state.endpoints, trouble };
}

function headline({ endpoints, readings, trouble }: Judged, paint: Paint): string[] {
  if (trouble.length > 0) return [formatFindings(trouble, paint)];
  const waiting = endpoints.reduce((sum, { counts }) => sum + waitingOf(counts), 0);
  const still = readings.filter(({ state }) => state !== "live").length;
  return [
    [
      paint("good", "All is well."),
      still > 0 ? `${still} of ${readings.length} resources are in their first sync.` : "",
      waiting > 0 ? `${waiting} deliveries wait.` : "Nothing waits.",
    ]
      .filter(Boolean)
      .join(" "),
  ];
}

function tables({ endpoints, now, readings }: Judged, paint: Paint): string[] {
  const sources = readings.map(({ account, resource, state, completeUpTo }) => [
    account,
    resource,
    paintState(paint, state),
    completeUpTo === undefined
      ? "-"
      : `${toIsoSeconds(completeUpTo)} (${formatSpan(now - completeUpTo)} ago)`,
  ]);
  const targets = endpoints.map((endpoint) => [
    endpoint.id,
    paintState(paint, describeState(endpoint, now)),
    String(waitingOf(endpoint.counts)),
    endpoint.oldestWaitingAt === undefined ? "-" : formatSpan(now - endpoint.oldestWaitingAt),
    String(endpoint.counts.held),
    String(endpoint.counts.failed),
    endpoint.lastSuccessAt === undefined ? "-" : `${formatSpan(now - endpoint.lastSuccessAt)} ago`,
  ]);
  const heads = {
    sources: ["account", "resource", "state", "complete up to"],
    targets: ["endpoint", "state", "waiting", "oldest", "held", "failed", "last success"],
  };
  return [
    ...(sources.length > 0 ? ["", formatTable([heads.sources, ...sources])] : []),
    ...(targets.length > 0 ? ["", formatTable([heads.targets, ...targets])] : []),
  ];
}

/** As the API has it: snake_case, times ISO, UTC. */
function toView({ endpoints, readings, trouble }: Judged) {
  return {
    trouble,
    resources: readings.map(({ account, resource, state, since, completeUpTo, detail }) => ({
      account,
      resource,
      state,
      since: toIsoSecondsOrNull(since),
      complete_up_to: toIsoSecondsOrNull(completeUpTo),
      detail,
    })),
    endpoints: endpoints.map(({ id, state, counts, reason, ...times }) => ({
      endpoint: id,
      state,
      since: toIsoSecondsOrNull(times.since),
      failing_since: toIsoSecondsOrNull(times.failingSince),
      reason: reason ?? null,
      waiting: waitingOf(counts),
      oldest_waiting_at: toIsoSecondsOrNull(times.oldestWaitingAt),
      held: counts.held,
      failed: counts.failed,
      last_success_at: toIsoSecondsOrNull(times.lastSuccessAt),
      disables_at: toIsoSecondsOrNull(times.disablesAt),
    })),
  };
}

import type { Base } from "../base.ts";
import { type QueueFacts, readQueueFacts } from "../../queues/queue-facts.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { type Incident, readIncident } from "../../store/detection/marks.ts";
import type { SeenProcess } from "../../store/detection/process-registry.ts";
import { type RedisFacts, readRedisFacts } from "../../store/redis/redis-facts.ts";
import type { FailedMinute } from "../../store/access/sign-in-failures.ts";
import { probeWrite } from "../../store/redis/write-probe.ts";
import { type AccountStatus, type ResourceStatus, readAccountStatuses } from "./account-status.ts";
import { assessUnreadable } from "../assess/assess-endpoint.ts";
import { assessIncident, assessAudit, assessStorage } from "../assess/assess-storage.ts";
import { assessSignIns } from "../assess/assess-sign-ins.ts";
import { assessWork } from "../assess/assess-work.ts";
import type { Assessment } from "../assess/assessment.ts";
import { rankOf } from "../assess/severity.ts";
import { type Verdict, compareAssessments, toVerdict } from "../assess/verdict.ts";
import { type Caller, accountsOf, seesEndpoint } from "../access/caller.ts";
import { type EndpointStatus, readEndpointStatuses } from "../endpoints/endpoint-status.ts";
import { toldStatus } from "../deliveries/told-failure.ts";

/** Everything that an overview is made of, of all accounts and endpoints. */
export interface InstallationReading {
  /** When it was read, unix ms. */
  readonly at: number;
  readonly accounts: readonly AccountStatus[];
  readonly endpoints: readonly WatchedEndpoint[];
  /** Their ids. */
  readonly unreadableEndpoints: readonly string[];
  readonly queues: readonly QueueFacts[];
  /** Those heard of in the last minute. */
  readonly processes: readonly Pick<SeenProcess, "host" | "loopDelayMs" | "pid" | "roles" | "silentMs">[];
  readonly redis: RedisFacts;
  /** Why nothing can be written, in the words of Redis; undefined: it can. */
  readonly unwritable: string | undefined;
  /** What Redis lost last, whenever that was. */
  readonly incident: Incident | undefined;
  /** Of the last hour. */
  readonly failedSignIns: readonly FailedMinute[];
  /** Lines of the audit log. */
  readonly auditEntries: number;
}

export interface WatchedEndpoint {
  readonly endpoint: Endpoint;
  readonly status: EndpointStatus;
}

/** What somebody may see of it. Lists are whole, and those who need somebody come first. */
export interface Overview {
  readonly at: number;
  /** Whether all of it is well, and what is not. */
  readonly verdict: Verdict;
  readonly accounts: readonly AccountStatus[];
  readonly sources: readonly ResourceStatus[];
  readonly endpoints: readonly WatchedEndpoint[];
  /** Of those: not well, or having given up deliveries. */
  readonly inTrouble: readonly WatchedEndpoint[];
  /** Undefined: not for this caller. */
  readonly queues: readonly QueueFacts[] | undefined;
}

export async function readInstallation(
  base: Pick<
    Base,
    | "audit"
    | "clock"
    | "config"
    | "endpoints"
    | "keptFacts"
    | "keys"
    | "now"
    | "processes"
    | "queues"
    | "redis"
    | "signInFailures"
  >,
): Promise<InstallationReading> {
  const at = base.now();
  const [known, unreadableEndpoints] = await Promise.all([
    base.endpoints.list(),
    base.endpoints.unreadable(),
  ]);
  const [accounts, statuses, queues, processes, redis, unwritable, incident, failedSignIns, auditEntries] =
    await Promise.all([
      readAccountStatuses(base, base.config.accounts, base.keptFacts),
      readEndpointStatuses(base, known),
      readQueueFacts(base.queues),
      base.processes.list(),
      readRedisFacts(base.redis, base.keys, base.clock.machineNow),
      probeWrite(base.redis, base.keys),
      readIncident(base.redis, base.keys),
      base.signInFailures.read(),
      base.audit.count(),
    ]);
  const endpoints = known.flatMap((endpoint, index) => {
    const status = statuses[index];
    return status ? [{ endpoint, status }] : [];
  });
  return {
    at,
    accounts,
    endpoints,
    unreadableEndpoints,
    queues,
    processes,
    redis,
    unwritable,
    incident,
    failedSignIns,
    auditEntries,
  };
}

/** The part of a reading that exists for the caller, judged. Pure. */
export function overviewFor(
  reading: InstallationReading,
  { config }: Pick<Base, "config">,
  caller: Caller,
): Overview {
  const names = new Set(accountsOf(caller, config));
  const accounts = reading.accounts.filter(({ account }) => names.has(account));
  const endpoints = reading.endpoints.flatMap(({ endpoint, status }) =>
    seesEndpoint(caller, endpoint) ? [{ endpoint, status: toldStatus(caller, status, reading.at) }] : [],
  );
  const isOperator = caller.role !== "subscriber";
  const of = { ...reading, accounts, endpoints };
  return {
    at: reading.at,
    verdict: toVerdict(isOperator ? assessAll(of) : assessThings(of)),
    accounts,
    sources: accounts.flatMap(({ resources }) => resources).toSorted(bySourceTrouble),
    endpoints,
    inTrouble: endpoints
      .filter(({ status: { assessment, counts } }) => assessment.severity !== "ok" || counts.failed > 0)
      .toSorted(byEndpointTrouble),
    queues: isOperator ? reading.queues : undefined,
  };
}

/** What is to be said of everything: what all stand on first, then sources and endpoints. */
export function assessAll(reading: InstallationReading): Assessment[] {
  const { accounts, at, auditEntries, failedSignIns, incident, processes, queues, redis } = reading;
  const { unreadableEndpoints, unwritable } = reading;
  return [
    ...assessStorage({ ...redis, unwritable }),
    ...[assessIncident(incident, at) ?? []].flat(),
    ...assessWork({ processes, queues }, at),
    assessSignIns(failedSignIns, at),
    assessAudit(auditEntries),
    ...accounts.map(({ assessment }) => assessment),
    ...unreadableEndpoints.map(assessUnreadable),
    ...assessThings(reading),
  ];
}

/** Of what somebody has: its sources and its endpoints. */
function assessThings({
  accounts,
  endpoints,
}: Pick<InstallationReading, "accounts" | "endpoints">): Assessment[] {
  return [
    ...accounts.flatMap(({ resources }) => resources.map(({ assessment }) => assessment)),
    ...endpoints.map(({ status }) => status.assessment),
  ];
}

/** The worst first; then what needs a person, what else is wrong, what is not live yet, and who is furthest behind. */
function bySourceTrouble(left: ResourceStatus, right: ResourceStatus): number {
  return (
    rankOf(right.assessment.severity) - rankOf(left.assessment.severity) ||
    sourceRank(left) - sourceRank(right) ||
    lastWell(left) - lastWell(right) ||
    byName(`${left.account}/${left.resource}`, `${right.account}/${right.resource}`)
  );
}

function sourceRank({ quarantined, state }: ResourceStatus): number {
  if (quarantined) return 0;
  switch (state) {
    case "key_revoked":
      return 0;
    case "degraded":
    case "permission_reduced":
    case "schema_changed":
      return 1;
    case "not_permitted":
    case "not_offered":
    case "not_read_yet":
    case "first_sync":
      return 2;
    case "live":
      return 3;
  }
}

/** Unix ms; of what is live, how far it has been read. */
function lastWell({ completeUpTo = 0, since = 0, state }: ResourceStatus): number {
  return state === "live" ? completeUpTo * 1_000 : since;
}

/** The better first: where two are as bad, the one that is closer to being disabled is the worse. */
const STATES = ["paused", "healthy", "failing", "warned", "disabled"] as const;

function byEndpointTrouble({ status: left }: WatchedEndpoint, { status: right }: WatchedEndpoint): number {
  return (
    rankOf(right.assessment.severity) - rankOf(left.assessment.severity) ||
    STATES.indexOf(right.state) - STATES.indexOf(left.state) ||
    compareAssessments(left.assessment, right.assessment)
  );
}

function byName(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

import type { Base } from "../base.ts";
import { type QueueFacts, readQueueFacts } from "../queues/queue-facts.ts";
import type { Endpoint } from "../store/endpoint-store.ts";
import { type AccountStatus, type ResourceStatus, readAccountStatuses } from "./account-status.ts";
import { type Caller, accountsOf, seesEndpoint } from "./caller.ts";
import { type EndpointStatus, readEndpointStatuses } from "./endpoint-status.ts";

/** Everything that an overview is made of, of all accounts and endpoints. */
export interface InstallationReading {
  /** When it was read, unix ms. */
  readonly at: number;
  readonly accounts: readonly AccountStatus[];
  readonly endpoints: readonly WatchedEndpoint[];
  readonly queues: readonly QueueFacts[];
}

export interface WatchedEndpoint {
  readonly endpoint: Endpoint;
  readonly status: EndpointStatus;
}

export interface Source extends ResourceStatus {
  readonly account: string;
}

/** What somebody may see of it. Lists are whole, and those who need somebody come first. */
export interface Overview {
  readonly at: number;
  readonly accounts: readonly AccountStatus[];
  readonly sources: readonly Source[];
  readonly endpoints: readonly WatchedEndpoint[];
  /** Of those: not healthy, failing just now, or holding or having given up deliveries. */
  readonly inTrouble: readonly WatchedEndpoint[];
  /** Undefined: not for this caller. */
  readonly queues: readonly QueueFacts[] | undefined;
}

export async function readInstallation(
  base: Pick<Base, "config" | "endpoints" | "keys" | "now" | "queues" | "redis">,
): Promise<InstallationReading> {
  const at = base.now();
  const known = await base.endpoints.list();
  const [accounts, statuses, queues] = await Promise.all([
    readAccountStatuses(base, base.config.accounts),
    readEndpointStatuses(base, known),
    readQueueFacts(base.queues),
  ]);
  const endpoints = known.flatMap((endpoint, index) => {
    const status = statuses[index];
    return status ? [{ endpoint, status }] : [];
  });
  return { at, accounts, endpoints, queues };
}

/** The part of a reading that exists for the caller. Pure. */
export function overviewFor(
  { at, accounts: all, endpoints: known, queues }: InstallationReading,
  { config }: Pick<Base, "config">,
  caller: Caller,
): Overview {
  const names = new Set(accountsOf(caller, config));
  const accounts = all.filter(({ account }) => names.has(account));
  const endpoints = known.filter(({ endpoint }) => seesEndpoint(caller, endpoint));
  return {
    at,
    accounts,
    sources: accounts
      .flatMap(({ account, resources }) => resources.map((resource) => ({ account, ...resource })))
      .toSorted(bySourceTrouble),
    endpoints,
    inTrouble: endpoints.filter(({ status }) => endpointRank(status) < WELL).toSorted(byEndpointTrouble),
    queues: caller.role === "subscriber" ? undefined : queues,
  };
}

/** Held and key_revoked need a person; then what else is wrong, what is not live yet, and who is furthest behind. */
function bySourceTrouble(left: Source, right: Source): number {
  return (
    sourceRank(left) - sourceRank(right) ||
    lastWell(left) - lastWell(right) ||
    byName(`${left.account}/${left.resource}`, `${right.account}/${right.resource}`)
  );
}

/** Unix ms; of what is live, how far it has been read. */
function lastWell({ completeUpTo = 0, since = 0, state }: ResourceStatus): number {
  return state === "live" ? completeUpTo * 1_000 : since;
}

function sourceRank({ held, state }: ResourceStatus): number {
  if (held) return 0;
  switch (state) {
    case "key_revoked":
      return 0;
    case "degraded":
    case "permission_reduced":
    case "schema_changed":
      return 1;
    case "not_read_yet":
    case "first_sync":
      return 2;
    case "live":
      return 3;
  }
}

const WELL = 6;

/** The worst first; WELL: nothing is wrong. */
function endpointRank({ counts, failingSince, state }: EndpointStatus): number {
  switch (state) {
    case "disabled":
      return 0;
    case "warned":
      return 1;
    case "failing":
      return 2;
    case "healthy":
      // It is on no step of the ladder before six hours: who looks at night wants to see it in the first minute.
      if (failingSince !== undefined) return 3;
      return counts.held + counts.failed > 0 ? 4 : WELL;
    case "paused":
      return 5;
  }
}

function byEndpointTrouble({ status: left }: WatchedEndpoint, { status: right }: WatchedEndpoint): number {
  return endpointRank(left) - endpointRank(right) || begun(left) - begun(right) || byName(left.id, right.id);
}

function begun({ failingSince, since }: EndpointStatus): number {
  return failingSince ?? since;
}

function byName(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

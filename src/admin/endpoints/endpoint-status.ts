import type { Base } from "../base.ts";
import { parseWorkerState } from "../../dispatch/worker/worker-state.ts";
import { disablesAt } from "../../dispatch/policy/health.ts";
import { createBatch } from "../../store/redis/batch.ts";
import type { DeliveryState } from "../../store/outbox/delivery-state.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { type OutboxFacts, askOutboxFacts } from "../../store/outbox/outbox-facts.ts";
import { assessEndpoint } from "../assess/assess-endpoint.ts";
import type { Assessment } from "../assess/assessment.ts";

/** How an endpoint is doing. Times are unix ms. */
export interface EndpointStatus {
  readonly id: string;
  /** `paused`: by a person · `disabled`, `failing`, `warned`: its step on the ladder · `healthy`: none of them. */
  readonly state: "healthy" | "failing" | "warned" | "disabled" | "paused";
  readonly since: number;
  /** What the last failure was: a status or an error class. Undefined: nothing fails now. */
  readonly reason: string | undefined;
  /** The first failure after the last success. */
  readonly failingSince: number | undefined;
  readonly lastSuccessAt: number | undefined;
  /** The earliest time at which a warned endpoint is disabled. */
  readonly disablesAt: number | undefined;
  /** Set while it is disabled: by a 410, or by failing for days. */
  readonly disabledBy: "failures" | "gone" | undefined;
  /** Set while the circuit is not closed: when the next probe goes out. */
  readonly nextProbeAt: number | undefined;
  readonly counts: Readonly<Record<DeliveryState, number>>;
  readonly oldestWaitingAt: number | undefined;
  /** Whether it gets what it is to get, and if not, why. */
  readonly assessment: Assessment;
}

type StatusBase = Pick<Base, "keys" | "now" | "redis">;

export async function readEndpointStatus(base: StatusBase, endpoint: Endpoint): Promise<EndpointStatus> {
  const batch = createBatch(base.redis);
  const facts = askOutboxFacts(batch, base.keys, endpoint.id);
  await batch.run();
  return toStatus(base.now(), endpoint, facts());
}

/** In the order of the endpoints: a few round trips however many they are. */
export async function readEndpointStatuses(
  base: StatusBase,
  endpoints: readonly Endpoint[],
): Promise<EndpointStatus[]> {
  const batch = createBatch(base.redis);
  const asked = endpoints.map((endpoint) => ({
    endpoint,
    facts: askOutboxFacts(batch, base.keys, endpoint.id),
  }));
  await batch.run();
  return asked.map(({ endpoint, facts }) => toStatus(base.now(), endpoint, facts()));
}

function toStatus(
  now: number,
  { id, createdAt, pausedAt, settings }: Endpoint,
  { health: text, byState, oldestWaitingAt }: OutboxFacts,
): EndpointStatus {
  const { health, circuit } = parseWorkerState(text, settings.concurrency, now);
  const paused = pausedAt !== undefined && health.step !== "disabled";
  const status = {
    id,
    state: paused ? ("paused" as const) : health.step,
    // Nothing was sent yet: it has been as it is since it was made.
    since: paused ? pausedAt : text === undefined ? createdAt : health.since,
    reason: health.failingSince === undefined ? undefined : health.reason,
    failingSince: health.failingSince,
    lastSuccessAt: health.lastSuccessAt,
    disablesAt: disablesAt(health),
    disabledBy: health.disabledBy,
    nextProbeAt: circuit.state === "closed" ? undefined : circuit.notBeforeMs,
    counts: byState,
    oldestWaitingAt,
  };
  return { ...status, assessment: assessEndpoint(status, now) };
}

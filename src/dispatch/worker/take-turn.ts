import type { LaterEvent } from "../../store/events/event-log.ts";
import type { Claim, ClaimedDelivery } from "../../store/outbox/outbox.ts";
import { begin, beginWaiting } from "./begin-deliveries.ts";
import { claimAhead } from "./claim-ahead.ts";
import type { Run, WorkerDeps } from "./endpoint-run.ts";
import { afterClaim, formatWorkerState, retriesFirst } from "./worker-state.ts";

const NOT_KEPT: LaterEvent = () => undefined;

/**
 * One step of a worker in its outbox: writes down what has ended, takes on up to `room` deliveries and what is worth having
 * ahead, and begins them. Undefined: the endpoint was lost. What is told of the endpoint goes first: dying in between tells it again, under
 * the same id.
 */
export async function takeTurn(deps: WorkerDeps, run: Run, room: number): Promise<Claim | undefined> {
  const { limiter, now, outbox } = deps;
  const { state, ended, unbegun, steps, endpoint } = run;
  run.ended = [];
  run.unbegun = [];
  run.steps = [];
  for (const step of steps) await deps.onStep(endpoint, step);
  const isNew = ended.length > 0 && state !== run.written;
  const askedAt = now();
  run.ahead = claimAhead(endpoint.settings, {
    count: ended.length,
    allDelivered: unbegun.length === 0 && ended.every(({ verdict }) => verdict === "delivered"),
    sinceMs: askedAt - run.confirmedAt,
  });
  const ahead = Math.max(0, run.ahead - run.waiting.length);
  const claim = await outbox.claim(
    run.worker,
    askedAt,
    { count: room, late: retriesFirst(state, room), ahead },
    run.unsettled,
    { settlements: ended, unbegun, health: isNew ? formatWorkerState(state) : undefined },
  );
  for (const { eventId } of [...ended.map(({ delivery }) => delivery), ...unbegun])
    run.unsettled.delete(eventId);
  if (isNew) run.written = state;
  if (claim === "lost") {
    await lose(deps, run);
    return undefined;
  }
  run.confirmedAt = askedAt;
  const { deliveries } = claim;
  run.drained = deliveries.length < room + ahead;
  if (deliveries.length === 0) return claim;
  run.state = afterClaim(run.state, deliveries.length, claim.retries);
  limiter.take(endpoint.id, deliveries.length);
  for (const { eventId } of deliveries) run.unsettled.add(eventId);
  const events = await readEvents(deps, deliveries);
  const taken = deliveries.map((delivery) => ({ delivery, event: events.get(delivery.eventId) ?? NOT_KEPT }));
  for (const one of taken.slice(0, room)) begin(deps, run, one);
  run.waiting.push(...taken.slice(room));
  beginWaiting(deps, run);
  return claim;
}

/** Who told this worker of something thought that it would look. */
async function lose({ onLost }: WorkerDeps, run: Run): Promise<void> {
  if (run.lost) return;
  run.lost = true;
  run.stopListening();
  await onLost?.(run.worker.endpoint);
}

async function readEvents(
  { log }: WorkerDeps,
  deliveries: readonly ClaimedDelivery[],
): Promise<ReadonlyMap<string, LaterEvent>> {
  const accounts = [...new Set(deliveries.map(({ account }) => account))];
  const found = await Promise.all(
    accounts.map(async (account) => {
      const ids = deliveries.filter((delivery) => delivery.account === account);
      return await log.readLater(
        account,
        ids.map(({ eventId }) => eventId),
      );
    }),
  );
  return new Map(found.flatMap((events) => [...events]));
}

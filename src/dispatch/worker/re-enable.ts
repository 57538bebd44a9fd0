import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { Outbox } from "../../store/outbox/outbox.ts";
import { type HealthStepTold, afterReEnabling, formatWorkerState, parseWorkerState } from "./worker-state.ts";

export interface ReEnableDeps {
  readonly outbox: Pick<Outbox, "readHealth" | "writeHealth">;
  readonly onStep: (endpoint: Endpoint, step: HealthStepTold) => Promise<void>;
  readonly wake: (endpoint: string) => Promise<void>;
  readonly now: () => number;
}

/**
 * Opens an endpoint again because a person says so, or because a test was answered with 2xx. What it was not sent while it
 * was disabled stays parked: sending it is another decision (`recover`). False: nothing had to be opened, and nothing was written.
 */
export async function reEnable(
  { outbox, onStep, wake, now }: ReEnableDeps,
  endpoint: Endpoint,
  kind: "enabled" | "test_passed",
): Promise<boolean> {
  const { concurrency } = endpoint.settings;
  const state = parseWorkerState(await outbox.readHealth(endpoint.id), concurrency, now());
  const turn = afterReEnabling(state, kind, concurrency, now());
  const isSame = turn.steps.length === 0 && formatWorkerState(turn.state) === formatWorkerState(state);
  for (const step of turn.steps) await onStep(endpoint, step);
  if (isSame) return false;
  await outbox.writeHealth(endpoint.id, formatWorkerState(turn.state));
  await wake(endpoint.id);
  return true;
}

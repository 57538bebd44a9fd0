import { z } from "zod";

import { parseJson } from "../../shared/parse-json.ts";
import { type Circuit, afterOutcome, initialCircuit } from "../policy/circuit.ts";
import { HEALTH_STEPS, type Health, type HealthNews, initialHealth, nextHealth } from "../policy/health.ts";
import { type DeliveryOutcome, errorClassOf } from "./outcome.ts";

/** What an endpoint has shown of itself, as it rests between two workers. */
export interface WorkerState {
  readonly health: Health;
  readonly circuit: Circuit;
  /** How many steps of its ladder have been told: the number of the last endpoint event. */
  readonly told: number;
  /** First attempts since the last retry, as far as they matter to whose turn it is. */
  readonly freshInRow: number;
}

/** A step to be told, and the state that it led to. */
export interface HealthStepTold {
  readonly news: HealthNews;
  readonly health: Health;
  /** The first failure of what has begun, goes on, or has just ended; unix ms. */
  readonly failingSince: number | undefined;
  /** From 1, gapless per endpoint. */
  readonly sequence: number;
  /** The delivery that led to it; undefined: it was a person. */
  readonly delivery?: { readonly account: string; readonly eventId: string } | undefined;
}

export interface WorkerTurn {
  /** The same object when nothing changed. */
  readonly state: WorkerState;
  readonly steps: readonly HealthStepTold[];
}

const workerStateSchema = z.object({
  health: z.object({
    step: z.enum(HEALTH_STEPS),
    since: z.number(),
    failingSince: z.number().exactOptional(),
    failedForMs: z.number(),
    lastFailureAt: z.number().exactOptional(),
    lastSuccessAt: z.number().exactOptional(),
    reason: z.string().exactOptional(),
    disabledBy: z.enum(["failures", "gone"]).exactOptional(),
  }),
  circuit: z.object({
    state: z.enum(["closed", "open", "half_open"]),
    slots: z.number(),
    failuresInRow: z.number(),
    notBeforeMs: z.number(),
    coolDownMs: z.number(),
    openedAt: z.number().exactOptional(),
  }),
  told: z.number(),
  // A former release did not count them.
  freshInRow: z.number().default(0),
});

/**
 * Fail direction: what cannot be read (a newer release wrote it) is an endpoint that we know nothing bad of. It is tried,
 * and shows again what it is.
 */
export function parseWorkerState(text: string | undefined, concurrency: number, now: number): WorkerState {
  if (text !== undefined) {
    const parsed = workerStateSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
  }
  return { health: initialHealth(now), circuit: initialCircuit(concurrency), told: 0, freshInRow: 0 };
}

export function formatWorkerState({ health, circuit, told, freshInRow }: WorkerState): string {
  return JSON.stringify({ health, circuit, told, freshInRow });
}

/** While all goes well, a retry goes after so many first attempts that could have waited for it. */
const FRESH_A_RETRY = 3;

/**
 * Of so many attempts that may start now, how many are for retries that are due, before any first attempt. Neither kind
 * starves, whatever becomes of the other: a quarter goes to retries while the receiver answers, half of it while it does
 * not (a probe is the retry that has been due longest, and every second one a first attempt).
 */
export function retriesFirst({ circuit, freshInRow }: WorkerState, room: number): number {
  if (room > 1) return Math.ceil(room / (FRESH_A_RETRY + 1));
  const most = circuit.state === "closed" && circuit.failuresInRow === 0 ? FRESH_A_RETRY : 1;
  return freshInRow >= most ? room : 0;
}

/** The same object when nothing changed. */
export function afterClaim(state: WorkerState, taken: number, retries: number): WorkerState {
  if (taken === 0) return state;
  const freshInRow = retries > 0 ? 0 : Math.min(FRESH_A_RETRY, state.freshInRow + taken);
  return freshInRow === state.freshInRow ? state : { ...state, freshInRow };
}

/** An endpoint that a person or a passing test enabled again: everything is open. */
export function afterReEnabling(
  state: WorkerState,
  kind: "enabled" | "test_passed",
  concurrency: number,
  now: number,
): WorkerTurn {
  const { health, told } = nextHealth(state.health, { kind, at: now });
  return toTurn(state, health, initialCircuit(concurrency), told);
}

export function afterAttempt(
  state: WorkerState,
  outcome: DeliveryOutcome,
  moment: { readonly nowMs: number; readonly concurrency: number; readonly random: number },
): WorkerTurn {
  const circuit = afterOutcome(state.circuit, outcome, moment);
  const { health, told } = healthAfter(state.health, outcome, moment.nowMs);
  return toTurn(state, health, circuit, told);
}

function toTurn(
  before: WorkerState,
  health: Health,
  circuit: Circuit,
  told: readonly HealthNews[],
): WorkerTurn {
  if (circuit === before.circuit && health === before.health) return { state: before, steps: [] };
  return {
    state: { ...before, health, circuit, told: before.told + told.length },
    steps: told.map((news, index) => ({
      news,
      health,
      failingSince: health.failingSince ?? before.health.failingSince,
      sequence: before.told + index + 1,
    })),
  };
}

function healthAfter(health: Health, outcome: DeliveryOutcome, at: number): ReturnType<typeof nextHealth> {
  switch (outcome.kind) {
    case "delivered":
      return nextHealth(health, { kind: "success", at });
    case "own_fault":
      return { health, told: [] };
    case "rejected": {
      const gone = outcome.status === 410;
      return nextHealth(health, { kind: "failure", at, gone, reason: `status ${outcome.status}` });
    }
    case "unreachable":
    case "refused":
      return nextHealth(health, { kind: "failure", at, gone: false, reason: errorClassOf(outcome) ?? "" });
  }
}

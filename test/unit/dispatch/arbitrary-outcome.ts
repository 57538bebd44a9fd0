import { type Arbitrary, constantFrom, double, integer, oneof, option, record } from "fast-check";

import {
  type DeliveryOutcome,
  OWN_FAULT_CLASSES,
  UNREACHABLE_CLASSES,
} from "../../../src/dispatch/worker/outcome.ts";

export function delivered(status = 204): DeliveryOutcome {
  return { kind: "delivered", status, excerpt: "" };
}

export function rejected(status: number, retryAfterMs?: number): DeliveryOutcome {
  return { kind: "rejected", status, retryAfterMs, excerpt: "" };
}

export function unreachable(errorClass: (typeof UNREACHABLE_CLASSES)[number]): DeliveryOutcome {
  return { kind: "unreachable", errorClass, detail: "" };
}

export function ownFault(errorClass: (typeof OWN_FAULT_CLASSES)[number]): DeliveryOutcome {
  return { kind: "own_fault", errorClass, detail: "" };
}

export const refused: DeliveryOutcome = { kind: "refused", detail: "" };

/** In [0, 1), as Math.random. */
export const chance: Arbitrary<number> = double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** From nothing at all to for ever. */
export const asked: Arbitrary<number | undefined> = option(
  oneof(integer({ min: 0, max: 100_000_000 }), double({ min: 0, noNaN: true })),
  { nil: undefined },
);

const status = oneof(
  integer({ min: 300, max: 599 }),
  constantFrom(400, 404, 408, 410, 422, 425, 429, 500, 502, 503, 504),
);

/** Every kind of outcome, overload more often than by chance. */
export const outcome: Arbitrary<DeliveryOutcome> = oneof(
  integer({ min: 200, max: 299 }).map(delivered),
  record({ status, asked }).map((facts) => rejected(facts.status, facts.asked)),
  constantFrom(...UNREACHABLE_CLASSES).map(unreachable),
  constantFrom(...OWN_FAULT_CLASSES).map(ownFault),
  constantFrom(refused),
);

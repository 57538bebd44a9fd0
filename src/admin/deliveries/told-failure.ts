import { UNSENT_CLASSES } from "../../dispatch/worker/settle-attempt.ts";
import { assessEndpoint } from "../assess/assess-endpoint.ts";
import type { Attempt } from "../../store/outbox/delivery.ts";
import type { Caller } from "../access/caller.ts";
import type { EndpointStatus } from "../endpoints/endpoint-status.ts";

/** All that a subscriber is told of an attempt that brought no answer, whatever the cause. */
export const NO_ANSWER = "no_answer";

/** What was never sent says nothing of the way to the receiver. */
const OURS: readonly string[] = UNSENT_CLASSES;

/**
 * An error class as it may be told. A subscriber is told whether there was an answer, and no more: whether a name exists,
 * a port is open, an address is refused by the guard would tell of the operator's network.
 */
export function toldErrorClass(
  { role }: Pick<Caller, "role">,
  errorClass: string | undefined,
): string | undefined {
  if (role !== "subscriber" || errorClass === undefined) return errorClass;
  return errorClass === "status" || OURS.includes(errorClass) ? errorClass : NO_ANSWER;
}

type ToldAttempt = Pick<Attempt, "counts" | "errorClass" | "outcome">;

/** The same of an attempt: also that a fault of ours does not count would tell it from a receiver's. */
export function toldAttempt(caller: Pick<Caller, "role">, attempt: ToldAttempt): ToldAttempt {
  const errorClass = toldErrorClass(caller, attempt.errorClass);
  if (errorClass === undefined || errorClass === attempt.errorClass) return attempt;
  return { counts: true, errorClass, outcome: "unreachable" };
}

/** The same of what an endpoint failed for last: `timeout`, `status 503`. */
export function toldReason(caller: Pick<Caller, "role">, reason: string | undefined): string | undefined {
  const [errorClass] = reason?.split(" ") ?? [];
  return errorClass === "status" ? reason : toldErrorClass(caller, errorClass);
}

/** An endpoint's status as it may be told, what is said of it in words as well. @param now unix ms */
export function toldStatus(
  caller: Pick<Caller, "role">,
  status: EndpointStatus,
  now: number,
): EndpointStatus {
  const reason = toldReason(caller, status.reason);
  if (reason === status.reason) return status;
  const told = { ...status, reason };
  return { ...told, assessment: assessEndpoint(told, now) };
}

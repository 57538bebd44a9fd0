import { toIsoSeconds } from "../shared/iso-time.ts";
import type { ConnectionTransition } from "./event-types.ts";
import { API_VERSION, type WebhookEvent } from "./event.ts";
import { type IdentityKey, eventIdOf } from "./identity.ts";

/** What a subscriber is told of an account's connection. Times are unix ms. */
export interface ConnectionFact {
  readonly account: string;
  readonly transition: ConnectionTransition;
  /** Undefined: the whole account. */
  readonly resource: string | undefined;
  readonly since: number;
  readonly detail: string;
  /** Up to when every change of the resource has been seen, unix seconds by the upstream's clock. */
  readonly completeUpTo: number | undefined;
  /** Redis has lost numbers that events were given: they are given again. */
  readonly sequenceReset?: true;
  /** One more than the connection has told so far. */
  readonly sequence: number;
  readonly now: number;
}

export function toConnectionEvent(identityKey: IdentityKey, fact: ConnectionFact): WebhookEvent {
  const { account, transition, sequence } = fact;
  const id = eventIdOf(identityKey, {
    account,
    resource: "connection",
    recordId: `${fact.resource ?? ""}/${transition}`,
    // Where Redis has lost the count, the number comes again: with another moment it is another event.
    previousFingerprint: String(fact.since),
    fingerprint: "",
    sequence,
  });
  const at = toIsoSeconds(fact.now);
  return {
    type: `connection.${transition}`,
    timestamp: at,
    id,
    api_version: API_VERSION,
    account,
    subject: { type: "connection", id: account },
    sequence,
    observed: { after: toIsoSeconds(Math.min(fact.since, fact.now - 1_000)), at },
    origin: "live",
    data: {
      object: {
        resource: fact.resource ?? null,
        since: toIsoSeconds(fact.since),
        detail: fact.detail,
        sequence_reset: fact.sequenceReset ?? false,
        complete_up_to: fact.completeUpTo === undefined ? null : toIsoSeconds(fact.completeUpTo * 1_000),
      },
      previous: {},
      changed: [],
      transitions: [transition],
    },
  };
}

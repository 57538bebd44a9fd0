import { toIsoSeconds, toIsoSecondsOrNull } from "../shared/iso-time.ts";
import { ENDPOINT_SUBJECT, type EndpointTransition } from "./event-types.ts";
import { API_VERSION, type WebhookEvent } from "./event.ts";
import { type IdentityKey, eventIdOf } from "./identity.ts";

/** The account of what is told of the service itself. Reserved: no configured name begins with "_". */
export const SERVICE_ACCOUNT = "_service";

/** Of every log of events that there is: one for each account, and that of the service itself. */
export function logNames(accounts: readonly { readonly name: string }[]): readonly string[] {
  return [...accounts.map(({ name }) => name), SERVICE_ACCOUNT];
}

/** What may be said of an endpoint to others than its operator: no address, and nothing of the receiver's network. */
export interface EndpointFact {
  readonly endpointId: string;
  /** When it was made, unix ms: an id may be given again, and what is counted of an endpoint begins anew with it. */
  readonly madeAt: number;
  readonly transition: EndpointTransition;
  /** Its step on the ladder: a warning is told as `failing`, with `disablesAt`. */
  readonly state: "healthy" | "failing" | "warned" | "disabled";
  /** When the step was reached, unix ms. */
  readonly since: number;
  /** The first failure after the last success, unix ms. Told as the beginning of what ends, when it recovers. */
  readonly failingSince: number | undefined;
  /** The earliest time at which it can be disabled, unix ms. */
  readonly disablesAt: number | undefined;
  /** One word for what went wrong last, never an operator's detail. */
  readonly errorClass: string | undefined;
  readonly description: string;
  /** With which it came to light; undefined: a person or a test led to it. */
  readonly delivery?: { readonly account: string; readonly eventId: string } | undefined;
  /** One more than has been told of the endpoint so far. */
  readonly sequence: number;
}

/** A pure function of the fact, without the time at which it is told: told again after a crash, it is the same event. */
export function toEndpointEvent(identityKey: IdentityKey, fact: EndpointFact): WebhookEvent {
  const { endpointId, madeAt, transition, sequence } = fact;
  const id = eventIdOf(identityKey, {
    account: SERVICE_ACCOUNT,
    resource: ENDPOINT_SUBJECT,
    recordId: `${endpointId}/${transition}`,
    previousFingerprint: String(madeAt),
    fingerprint: "",
    sequence,
  });
  return {
    ...envelopeOf(transition, id, endpointId, fact.since),
    sequence,
    observed: observedAt(fact.since),
    origin: "live",
    data: {
      object: {
        state: fact.state,
        since: toIsoSeconds(fact.since),
        failing_since: toIsoSecondsOrNull(fact.failingSince),
        disables_at: toIsoSecondsOrNull(fact.disablesAt),
        error_class: fact.errorClass ?? null,
        delivery: fact.delivery ? { event_id: fact.delivery.eventId, account: fact.delivery.account } : null,
        description: fact.description,
      },
      previous: {},
      changed: [],
      transitions: [transition],
    },
  };
}

export interface EndpointTest {
  readonly endpointId: string;
  readonly description: string;
  /** Of this test alone, so that a receiver that drops what it has had does not drop the next one. */
  readonly testId: string;
  /** Unix ms. */
  readonly now: number;
}

/**
 * `endpoint.test`: goes to the tested endpoint alone, on the way that every callback goes. It is in no log and in no one's
 * sequence (0), and no pattern matches it.
 */
export function toTestEvent(identityKey: IdentityKey, test: EndpointTest): WebhookEvent {
  const id = eventIdOf(identityKey, {
    account: SERVICE_ACCOUNT,
    resource: ENDPOINT_SUBJECT,
    recordId: `${test.endpointId}/test`,
    previousFingerprint: "",
    fingerprint: test.testId,
    sequence: 0,
  });
  return {
    ...envelopeOf("test", id, test.endpointId, test.now),
    sequence: 0,
    observed: observedAt(test.now),
    origin: "test",
    data: {
      object: { description: test.description, note: "This is a test: nothing has happened in any clinic." },
      previous: {},
      changed: [],
      transitions: ["test"],
    },
  };
}

type Envelope = Pick<WebhookEvent, "type" | "timestamp" | "id" | "api_version" | "account" | "subject">;

function envelopeOf(transition: string, id: string, endpointId: string, happenedAt: number): Envelope {
  return {
    type: `${ENDPOINT_SUBJECT}.${transition}`,
    timestamp: toIsoSeconds(happenedAt),
    id,
    api_version: API_VERSION,
    account: SERVICE_ACCOUNT,
    subject: { type: ENDPOINT_SUBJECT, id: endpointId },
  };
}

/** Whole seconds that hold the moment: it lies in (after, at]. */
function observedAt(happenedAt: number): WebhookEvent["observed"] {
  const at = Math.ceil(happenedAt / 1_000) * 1_000;
  return { after: toIsoSeconds(at - 1_000), at: toIsoSeconds(at) };
}

/**
 * What became of one attempt to bring an event to an endpoint.
 *
 * `detail` is for the operator alone (an address, an errno, a certificate's fault): a subscriber is shown the kind and
 * the error class, so that an endpoint cannot be used to look around in the operator's network.
 * `excerpt` is the beginning of the answer's body as text: it may hold personal data, and rests sealed.
 */
export type DeliveryOutcome =
  /** A status of 2xx. */
  | { readonly kind: "delivered"; readonly status: number; readonly excerpt: string }
  /** Any other status, redirects among them. `retryAfterMs`: from now, as the receiver asked (seconds or a date). */
  | {
      readonly kind: "rejected";
      readonly status: number;
      readonly retryAfterMs: number | undefined;
      readonly excerpt: string;
    }
  /** No whole answer came, and the cause is on the receiver's side. */
  | { readonly kind: "unreachable"; readonly errorClass: UnreachableClass; readonly detail: string }
  /** The guard did not let the attempt out. */
  | { readonly kind: "refused"; readonly detail: string }
  /** The cause is on our own side: the attempt does not count against the receiver. */
  | { readonly kind: "own_fault"; readonly errorClass: OwnFaultClass; readonly detail: string };

export const UNREACHABLE_CLASSES = [
  "dns",
  "connect",
  "tls",
  "timeout",
  "body_too_slow",
  "broken_off",
  "bad_answer",
] as const;

/**
 * dns: the name has no address · connect: refused or no route to the host · tls: certificate or protocol · timeout: no
 * head of an answer within the deadline · body_too_slow: a head, but not the whole body · broken_off: the connection
 * ended in between · bad_answer: not HTTP.
 */
export type UnreachableClass = (typeof UNREACHABLE_CLASSES)[number];

export const OWN_FAULT_CLASSES = ["no_network", "proxy", "unreadable_event"] as const;

/** no_network: no way out at all · proxy: our own proxy · unreadable_event: what we kept cannot be opened. */
export type OwnFaultClass = (typeof OWN_FAULT_CLASSES)[number];

export const ERROR_CLASSES = [
  ...UNREACHABLE_CLASSES,
  ...OWN_FAULT_CLASSES,
  "status",
  "refused_by_guard",
] as const;

/** The one word for what went wrong: in the attempt log, in metrics, and as a heading in the operator's guide. */
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** Undefined: nothing went wrong. */
export function errorClassOf(outcome: DeliveryOutcome): ErrorClass | undefined {
  switch (outcome.kind) {
    case "delivered":
      return undefined;
    case "rejected":
      return "status";
    case "refused":
      return "refused_by_guard";
    case "unreachable":
    case "own_fault":
      return outcome.errorClass;
  }
}

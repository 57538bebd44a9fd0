import { resourceOf, resources } from "../resources/registry.ts";

/** What can be told of an account's connection itself: whether silence means that nothing happened. */
export const CONNECTION_TRANSITIONS = [
  "degraded",
  "recovered",
  "key_revoked",
  "permission_reduced",
  "schema_changed",
  "baseline_completed",
] as const;

export type ConnectionTransition = (typeof CONNECTION_TRANSITIONS)[number];

/** What can be told of an endpoint, to another endpoint that asks for it. */
export const ENDPOINT_TRANSITIONS = ["failing", "disabled", "recovered"] as const;

export type EndpointTransition = (typeof ENDPOINT_TRANSITIONS)[number];

export const ENDPOINT_SUBJECT = "endpoint";

/** Every event type there is to subscribe to. `endpoint.test` is none: it goes to the endpoint that is tested. */
export const EVENT_TYPES: readonly string[] = [
  ...Object.values(resources).flatMap(({ subject, transitions }) =>
    transitions.map((name) => `${subject}.${name}`),
  ),
  ...CONNECTION_TRANSITIONS.map((name) => `connection.${name}`),
  ...ENDPOINT_TRANSITIONS.map((name) => `${ENDPOINT_SUBJECT}.${name}`),
];

/**
 * Whether a subscription pattern (`*`, `<subject>.*`, `<subject>.<transition>`) matches any fact of an event. `*` is all
 * that is told of clinics, but for what was said or written in confidence. That, and what is told of endpoints, is wanted
 * by name or not at all, or one subscriber would learn of another's troubles for having asked for everything.
 */
export function matchesPattern(pattern: string, subject: string, transitions: readonly string[]): boolean {
  if (subject === ENDPOINT_SUBJECT) {
    const told = ENDPOINT_TRANSITIONS.filter((name) => transitions.includes(name));
    return told.some((name) => pattern === `${subject}.*` || pattern === `${subject}.${name}`);
  }
  if (pattern === `${subject}.*`) return true;
  if (pattern === "*") return resourceOf(subject)?.confidential !== true;
  return transitions.some((transition) => pattern === `${subject}.${transition}`);
}

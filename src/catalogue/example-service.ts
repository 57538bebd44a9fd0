import { type ConnectionFact, toConnectionEvent } from "../diff/connection-event.ts";
import { type EndpointFact, toEndpointEvent, toTestEvent } from "../diff/endpoint-event.ts";
import type { ConnectionTransition, EndpointTransition } from "../diff/event-types.ts";
import { EXAMPLE_ACCOUNT, EXAMPLE_KEY, toFull } from "./make-example.ts";

/** Examples of what is told of the service itself: made by the same functions that tell it. */

type Connection = Pick<ConnectionFact, "detail"> & {
  readonly since: string;
  readonly now: string;
  readonly resource?: string;
  readonly completeUpTo?: string;
};

const APPOINTMENTS = "individual_appointments";

const connections: Readonly<Record<ConnectionTransition, Connection>> = {
  degraded: {
    resource: APPOINTMENTS,
    since: "2026-11-22T03:10:02Z",
    now: "2026-11-22T03:12:04Z",
    detail: "answered 503",
    completeUpTo: "2026-11-22T03:09:51Z",
  },
  recovered: {
    resource: APPOINTMENTS,
    since: "2026-11-22T03:10:02Z",
    now: "2026-11-22T03:31:17Z",
    detail: "read whole again",
    completeUpTo: "2026-11-22T03:31:15Z",
  },
  key_revoked: {
    since: "2026-11-22T05:40:26Z",
    now: "2026-11-22T05:40:26Z",
    detail: "answered 401",
  },
  permission_reduced: {
    resource: "patients",
    since: "2026-11-22T06:02:44Z",
    now: "2026-11-22T06:02:44Z",
    detail: "answered 403",
    completeUpTo: "2026-11-22T06:02:21Z",
  },
  schema_changed: {
    resource: APPOINTMENTS,
    since: "2026-11-22T08:15:09Z",
    now: "2026-11-22T08:15:09Z",
    detail: "starts_at is not of kind instant",
    completeUpTo: "2026-11-22T08:14:55Z",
  },
  baseline_completed: {
    resource: APPOINTMENTS,
    since: "2026-11-21T22:48:30Z",
    now: "2026-11-21T22:48:30Z",
    detail: "the first sync is done",
    completeUpTo: "2026-11-21T22:46:58Z",
  },
};

export function connectionExample(transition: ConnectionTransition): object {
  const { since, now, detail, resource, completeUpTo } = connections[transition];
  const event = toConnectionEvent(EXAMPLE_KEY, {
    account: EXAMPLE_ACCOUNT,
    transition,
    resource,
    since: Date.parse(since),
    now: Date.parse(now),
    detail,
    completeUpTo: completeUpTo === undefined ? undefined : Date.parse(completeUpTo) / 1_000,
    sequence: 4,
  });
  return toFull(event, []);
}

type EndpointStep = Pick<EndpointFact, "state" | "errorClass" | "sequence" | "delivery"> & {
  readonly since: string;
  readonly failingSince: string;
  readonly disablesAt?: string;
};

const DELIVERY = { eventId: "evt_lIOUzmFyjdHqtCfC2aT5SWhx", account: EXAMPLE_ACCOUNT };
const FAILING_SINCE = "2026-11-18T03:10:21Z";

const endpoints: Readonly<Record<EndpointTransition, EndpointStep>> = {
  failing: {
    state: "warned",
    since: "2026-11-22T03:15:00Z",
    failingSince: FAILING_SINCE,
    disablesAt: "2026-11-23T03:15:00Z",
    errorClass: "timeout",
    delivery: DELIVERY,
    sequence: 2,
  },
  disabled: {
    state: "disabled",
    since: "2026-11-23T03:24:48Z",
    failingSince: FAILING_SINCE,
    errorClass: "timeout",
    delivery: DELIVERY,
    sequence: 3,
  },
  recovered: {
    state: "healthy",
    since: "2026-11-23T09:02:15Z",
    failingSince: FAILING_SINCE,
    errorClass: undefined,
    sequence: 4,
  },
};

const ENDPOINT = { endpointId: "crm", description: "The practice's CRM" } as const;

export function endpointExample(transition: EndpointTransition): object {
  const { delivery, state, since, failingSince, disablesAt, errorClass, sequence } = endpoints[transition];
  const event = toEndpointEvent(EXAMPLE_KEY, {
    ...ENDPOINT,
    madeAt: 0,
    transition,
    state,
    since: Date.parse(since),
    failingSince: Date.parse(failingSince),
    disablesAt: disablesAt === undefined ? undefined : Date.parse(disablesAt),
    errorClass,
    delivery,
    sequence,
  });
  return toFull(event, []);
}

export function endpointTestExample(): object {
  const event = toTestEvent(EXAMPLE_KEY, {
    ...ENDPOINT,
    testId: "the test of the examples",
    now: Date.parse("2026-11-23T09:02:15Z"),
  });
  return toFull(event, []);
}

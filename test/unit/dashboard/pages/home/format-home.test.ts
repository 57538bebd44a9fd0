import { expect, test } from "vitest";

import { formatDue, formatEndpoints } from "../../../../../dashboard/pages/home/format-endpoints.ts";
import {
  formatPerMinute,
  formatQueues,
  formatSleeping,
} from "../../../../../dashboard/pages/home/format-queues.ts";
import { formatWell } from "../../../../../dashboard/pages/home/format-well.ts";
import { AT, aQueue, aSource, anEndpoint, anOverview, before } from "../../../../support/an-overview.ts";

const AT_MS = Date.parse(AT);

test("that all is well says what is watched", () => {
  expect(formatWell(anOverview())).toBe(
    "1 source of 1 account is read as promised. All 2 endpoints take what they get; nothing waits.",
  );
  expect(formatWell(anOverview({ sources: [], moreEndpoints: {} }))).toBe(
    "Nothing is watched: the configuration names no account. There is no endpoint yet.",
  );
});

test("endpoints in trouble are counted by what they suffer from", () => {
  const endpoints = [
    anEndpoint({ status: { state: "disabled" } }),
    anEndpoint({ id: "b", status: { failing_since: before(1_000) } }),
    anEndpoint({ id: "c", status: { state: "paused" } }),
  ];
  expect(formatEndpoints(anOverview({ endpoints }).endpoints)).toBe(
    "Of 5 endpoints: 1 disabled, 1 starting to fail, 1 paused.",
  );
  const long = endpoints.map((endpoint) =>
    endpoint.id === "b"
      ? { ...endpoint, status: { ...endpoint.status, severity: "critical" as const } }
      : endpoint,
  );
  expect(formatEndpoints(anOverview({ endpoints: long }).endpoints)).toBe(
    "Of 5 endpoints: 1 disabled, 1 failing, 1 paused.",
  );
  expect(formatEndpoints(anOverview().endpoints)).toBe("All 2 endpoints take what they get.");
  const only = anOverview({ endpoints: endpoints.slice(0, 1), moreEndpoints: {} });
  expect(formatEndpoints(only.endpoints)).toBe("The endpoint is disabled.");
  expect(formatEndpoints(anOverview({ moreEndpoints: {} }).endpoints)).toBe(
    "There is no endpoint: nobody is called.",
  );
});

test("what waits is told with how long the oldest has been due, or when the next is", () => {
  const endpoints = [anEndpoint({ status: { waiting: 3, parked: 2, failed: 1 } })];
  const format = (oldestWaitingAt: string): string =>
    formatDue(anOverview({ endpoints, oldestWaitingAt }).endpoints, AT);
  expect(format(before(90_000))).toBe(
    "3 deliveries wait, the oldest due for 1 min 30 s; 2 are parked; 1 was given up.",
  );
  expect(format(before(-90_000))).toBe(
    "3 deliveries wait, none is due before 1 min 30 s from now; 2 are parked; 1 was given up.",
  );
  expect(formatDue(anOverview().endpoints, AT)).toBe("Nothing waits to be delivered.");
});

test("the queues drain unless the service says that nobody works on one, or nobody wakes it", () => {
  expect(formatQueues([aQueue()], AT_MS)).toBe("The queues are draining: no job waits.");
  expect(formatQueues([aQueue({ waiting: 1, oldest_waiting_at: before(90_000) })], AT_MS)).toBe(
    "The queues are draining: 1 job waits, the oldest for 1 min 30 s.",
  );
  const idle = { workers: 0, severity: "critical", code: "worker_missing" } as const;
  expect(formatQueues([aQueue(idle), aQueue({ ...idle, queue: "route" })], AT_MS)).toBe(
    "No worker takes jobs of deliver and route.",
  );
  const overdue = { severity: "critical", code: "queue_overdue" } as const;
  expect(formatQueues([aQueue({ ...overdue, next_wake_at: before(1_000) })], AT_MS)).toBe(
    "deliver stands still: nobody wakes its jobs.",
  );
  // However long ago: the service judges.
  expect(formatQueues([aQueue({ workers: 0, next_wake_at: before(90_000) })], AT_MS)).toBe(
    "The queues are draining: no job waits.",
  );
});

test("what sleeps is no backlog", () => {
  expect(formatSleeping([aQueue({ delayed: 1 })])).toMatch(
    /^1 job sleeps until its time\. That is no backlog/,
  );
  expect(formatSleeping([aQueue()])).toMatch(/^No job sleeps\./);
});

test("what went through a minute is taken from minutes that are over", () => {
  const points = [1, 2, 3, 4, 5, 6, 1_000].map((detected) => ({
    at: AT,
    detected,
    delivered: 2 * detected,
    failed: 0,
    latency_p50_ms: null,
    latency_p95_ms: null,
  }));
  expect(formatPerMinute({ points, resolution_seconds: 60 })).toBe(
    "A minute, over the last 5: 4.0 changes found, 8.0 callbacks delivered, 0 attempts failed.",
  );
});

test("a source that is read and one in its first sync are told apart", () => {
  const sources = [aSource(), aSource({ resource: "attendees", state: "first_sync" })];
  expect(formatWell(anOverview({ sources }))).toMatch(/^1 source of 2 is in the first sync/);
});

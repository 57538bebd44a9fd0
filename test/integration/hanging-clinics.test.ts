import type { ServerResponse } from "node:http";

import { expect } from "vitest";

import { eventually, startHarness } from "../support/harness.ts";
import { type RecordingServer, startHttp } from "../support/local-servers.ts";
import { createQueueSetup } from "../support/queue-setup.ts";
import { test } from "../support/redis-test.ts";

/** With four resources each, more than there were places for all accounts together. */
const CLINICS = 12;

interface DeadClinics extends AsyncDisposable {
  readonly accounts: Readonly<Record<string, { readonly key: string; readonly baseUrl: string }>>;
  /** Requests that are under way, by key. */
  readonly underWay: ReadonlyMap<string, number>;
  /** The most that were under way at once with one key. */
  most(): number;
  /** Requests that have ended, whoever ended them. */
  ended(): number;
}

/** Clinics that take every call, and whose answers do not come, or never end. */
async function startDeadClinics(
  answer: (response: ServerResponse) => void,
  answersWho: boolean,
): Promise<DeadClinics> {
  const underWay = new Map<string, number>();
  let most = 0;
  let ended = 0;
  const server: RecordingServer = await startHttp(({ headers, url }, response) => {
    // Who asks, and whose data it is, is answered: what hangs are the lists.
    if (answersWho && !isList(url)) {
      response.writeHead(200, { "content-type": "application/json" }).end('{"id":"7"}');
      return;
    }
    const key = headers.authorization ?? "";
    const now = (underWay.get(key) ?? 0) + 1;
    underWay.set(key, now);
    most = Math.max(most, now);
    response.on("close", () => {
      underWay.set(key, (underWay.get(key) ?? 0) - 1);
      ended += 1;
    });
    answer(response);
  });
  return {
    accounts: Object.fromEntries(
      Array.from({ length: CLINICS }, (_, index) => [
        `dead${index}`,
        { key: `MS4xLWRlYWQ${index}-au1`, baseUrl: server.url },
      ]),
    ),
    underWay,
    most: () => most,
    ended: () => ended,
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

function isList(url: string): boolean {
  return !/\/(user|settings\/public)$/.test(url);
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 1_000);
  response.on("close", () => clearInterval(timer));
}

for (const [what, answer, answersWho] of [
  ["say nothing", () => undefined, false],
  ["say nothing but whose they are", () => undefined, true],
  ["send a byte a second", drip, true],
] as const) {
  test(`clinics that ${what} keep no other from its first sync, or from being read on`, async ({
    address,
    prefix,
  }) => {
    await using dead = await startDeadClinics(answer, answersWho);
    // Ready once the clinic that is well has been read whole.
    await using harness = await startHarness({ address, prefix, setup: { accounts: dead.accounts } });
    await eventually(() => {
      const hanging = [...dead.underWay.values()].filter((count) => count > 0);
      return hanging.length === CLINICS || undefined;
    });

    harness.clinic.desk.bulkMove(
      harness.clinic.desk
        .appointments()
        .filter((row) => row.cancelled_at === null && row.archived_at === null)
        .slice(0, 3)
        .map((row) => row.id),
      3_600_000,
    );
    await harness.nextEvent(3);
    await harness.settled();

    // All of that while every one of them hung, none of which had come to an end.
    expect(dead.ended()).toBe(0);
    expect(dead.most()).toBe(answersWho ? 2 : 1);
  });
}

test("a resource that hangs leaves a place to the others of its account", async ({ address, prefix }) => {
  const polling = { interval: "1s", requests_per_minute: 6_000, budget_share: 1, timeout: "2s" };
  await using harness = await startHarness({ address, prefix, setup: { settings: { polling } } });
  const { clinic } = harness;
  clinic.faults.failRandomly({ kind: "hang" }, 1, { path: "/patients" });
  clinic.faults.failRandomly({ kind: "hang" }, 1, { path: "/group_appointments" });
  const before = await harness.app.status();
  const watermarkOf = (status: typeof before, name: string): number => {
    const cursor = status.find(({ resource }) => resource === name)?.cursor;
    return cursor?.phase === "live" ? cursor.watermark : 0;
  };
  await eventually(async () => {
    const status = await harness.app.status();
    const wentOn = ["individual_appointments", "attendees"].every(
      (name) => watermarkOf(status, name) > watermarkOf(before, name) + 2,
    );
    return wentOn || undefined;
  });
});

test("polls that wait for a blocked budget sleep, and take no place", async ({ address, prefix, redis }) => {
  await using harness = await startHarness({ address, prefix });
  await using setup = createQueueSetup(redis, prefix);
  const targets = harness.config.accounts.flatMap(({ name: account, resources }) =>
    resources.map((resource) => ({ account, resource })),
  );
  harness.clinic.faults.failNext({ kind: "rate_limited", resetInMs: 60_000 });
  const blockedAt = Date.now();

  const standings = await eventually(async () => {
    const all = await setup.queues.pollJobs(targets);
    return all.every(({ nextAt = 0 }) => nextAt > blockedAt + 50_000) ? all : undefined;
  });
  expect(standings.map(({ job }) => job)).toEqual(targets.map(() => "asleep"));
});

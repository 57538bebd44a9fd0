import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { type Base, openBase } from "../../src/admin/base.ts";
import { matchesPattern } from "../../src/diff/event-types.ts";
import { API_VERSION, type WebhookEvent } from "../../src/diff/event.ts";
import { eventIdOf } from "../../src/diff/identity.ts";
import { NAMEABLE } from "../../src/admin/nameable.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { type ReleaseStack, createReleaseStack } from "../../src/shared/release-stack.ts";
import { createRandom } from "../../src/sandbox/clinic/random.ts";
import { PENDING_STATES } from "../../src/store/outbox/delivery-state.ts";
import { syncFileEndpoints } from "../../src/store/outbox/endpoint-file.ts";
import { type Lease, createLeases } from "../../src/store/detection/lease.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import {
  type CrashReceiver,
  type CrashSubscriber,
  type Tally,
  startCrashReceiver,
} from "./crash-receivers.ts";
import { keysFolder } from "./test-config.ts";

export interface CrashPlan {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly subscribers: readonly CrashSubscriber[];
  readonly events: number;
  readonly kills: number;
  /** Each process lives for up to this long after the kill before, ms. */
  readonly everyMs: { readonly least: number; readonly most: number };
  readonly lockMs: number;
  readonly seed: number;
  /** Redis changes places meanwhile: who finds a replica when it starts ends, and is started again, as a supervisor does. */
  readonly failsOver?: boolean;
}

export interface CrashResult extends Tally {
  /** Deliveries that were wanted. */
  readonly wanted: number;
  /** Wanted and never accepted. */
  readonly lost: number;
  /** Accepted and never committed, or not wanted. */
  readonly invented: number;
  readonly kills: number;
  /** Disorders where order was asked for. */
  readonly orderedDisorders: number;
}

const ACCOUNT = "northside";
const RESOURCE = "individual_appointments";
const SUBJECTS = 40;
const SUBJECT_TYPES = ["appointment", "patient"];
const DAY_MS = 86_400_000;
/** As test/support/build.ts has built it. */
const CHILD = ".data/programs/dispatch-process.js";

/** Commits events while two dispatch processes deliver them and one or the other is killed; waits until all has arrived. */
export async function crashRun(plan: CrashPlan): Promise<CrashResult> {
  const stack = createReleaseStack();
  try {
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    const receivers: CrashReceiver[] = [];
    for (const subscriber of plan.subscribers) {
      receivers.push(stack.use(await startCrashReceiver(subscriber, secret)));
    }
    const written = writeConfig(receivers, secret);
    const base = await open(stack, plan, written);
    const dispatchers = [spawnDispatcher(plan, written), spawnDispatcher(plan, written)];
    stack.defer(async () => {
      await Promise.all(dispatchers.map(async (dispatcher) => await kill(await dispatcher)));
    });
    await Promise.all(dispatchers);
    const committing = commitAll(base, plan);
    const kills = await killAtRandom(plan, dispatchers, written);
    const events = await committing;
    await allDelivered(base, plan.subscribers);
    return judge(receivers, events, kills);
  } finally {
    await stack[Symbol.asyncDispose]();
  }
}

interface Written {
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
}

function writeConfig(receivers: readonly CrashReceiver[], secret: string): Written {
  const file = {
    contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
    encryption: [{ id: "k1", key: { env: "ENCRYPTION_KEY" } }],
    // Nothing is polled here: the address is never called.
    accounts: { [ACCOUNT]: { api_key: { env: "API_KEY" }, base_url: "http://127.0.0.1:9/v1/" } },
    endpoints: Object.fromEntries(
      receivers.map(({ url, subscriber: { name, events, concurrency, ordering } }) => [
        name,
        { url, events, concurrency, ordering, secret: { env: "SECRET" } },
      ]),
    ),
    delivery: { allow_http: true, allow_private: ["127.0.0.1/32"] },
    roles: ["dispatch"],
    keys_folder: keysFolder(),
  };
  const key = "MS4xLTEyMzQ1Njc4OTAtYWJjZGVmZ2g-au2";
  const env = { ENCRYPTION_KEY: randomBytes(32).toString("base64"), API_KEY: key, SECRET: secret };
  return { text: JSON.stringify(file), env };
}

async function open(stack: ReleaseStack, plan: CrashPlan, { text, env }: Written): Promise<Base> {
  const readFile = (path: string): string => {
    throw new Error(`${path} is not part of this`);
  };
  const config = parseConfig(text, "test.yaml", { env, readFile, ...NAMEABLE });
  const options = { config, logger: createLogger("silent"), prefix: plan.prefix };
  const base = await openBase(stack, options, plan.address);
  await syncFileEndpoints(base.endpoints, config.endpoints, base.now);
  return base;
}

/** Resolves once it delivers. */
async function spawnDispatcher(plan: CrashPlan, written: Written): Promise<ChildProcess> {
  for (;;) {
    try {
      return await spawnOnce(plan, written);
    } catch (error) {
      if (plan.failsOver !== true) throw error;
    }
  }
}

async function spawnOnce({ address, prefix, lockMs }: CrashPlan, written: Written): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(process.cwd(), CHILD)], {
    env: { ...process.env, DISPATCH: JSON.stringify({ ...written, address, prefix, lockMs }) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit").then(() => {
    throw new Error("a dispatcher ended before it had started");
  });
  await Promise.race([once(child.stdout, "data"), ended]);
  ended.catch(() => undefined);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new Error(`a dispatcher ended by itself: ${String(child.exitCode ?? child.signalCode)}`);
  }
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** One of them dies at a random moment and is started again at once; meanwhile the other goes on. */
async function killAtRandom(
  { kills, everyMs, seed, ...plan }: CrashPlan,
  dispatchers: Promise<ChildProcess>[],
  written: Written,
): Promise<number> {
  const random = createRandom(seed).fork("kills");
  let killed = 0;
  for (; killed < kills; killed += 1) {
    await delay(everyMs.least + random.next() * (everyMs.most - everyMs.least));
    const place = random.integer(0, dispatchers.length - 1);
    const doomed = await dispatchers[place];
    if (!doomed) continue;
    await kill(doomed);
    dispatchers[place] = spawnDispatcher({ kills, everyMs, seed, ...plan }, written);
  }
  await Promise.all(dispatchers);
  return killed;
}

/** Spread over the time of the kills, a few in one commit, now and then without telling anybody. */
async function commitAll(
  base: Base,
  { events: count, kills, everyMs, seed }: CrashPlan,
): Promise<WebhookEvent[]> {
  const random = createRandom(seed).fork("events");
  const lease = await createLeases(base.redis, base.keys, DAY_MS).acquire(ACCOUNT, RESOURCE);
  if (!lease) throw new Error("the lease is free");
  const sequences = new Map<string, number>();
  const make = (): WebhookEvent => {
    const number = random.integer(0, SUBJECTS - 1);
    const sequence = (sequences.get(`${number}`) ?? 0) + 1;
    sequences.set(`${number}`, sequence);
    return toEvent(
      base.identityKey,
      random.pick(SUBJECT_TYPES.slice(number % 2, (number % 2) + 1)),
      `${number}`,
      sequence,
    );
  };
  const meanMs = (kills * (everyMs.least + everyMs.most)) / 2;
  const startedAt = Date.now();
  const all: WebhookEvent[] = [];
  while (all.length < count) {
    const events = Array.from({ length: Math.min(random.integer(1, 5), count - all.length) }, make);
    await commit(base, lease, events);
    all.push(...events);
    // A process that dies between its commit and this: the log itself tells, a little later.
    if (random.chance(0.9)) await untilWritten(async () => await base.queues.addRoute({ account: ACCOUNT }));
    const waitMs = startedAt + (meanMs * all.length) / count - Date.now();
    if (waitMs > 0) await delay(waitMs);
  }
  return all;
}

/** As a poller comes again: what a server refuses that is about to be a replica was not done. */
async function untilWritten<Result>(write: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("READONLY"))) throw error;
      await delay(20);
    }
  }
}

async function commit({ store }: Base, lease: Lease, events: readonly WebhookEvent[]): Promise<void> {
  const outcome = await untilWritten(
    async () => await store.commit(lease, { snapshots: new Map(), events, cursor: undefined }),
  );
  if (outcome !== "committed") throw new Error(`the commit was ${outcome}`);
}

function toEvent(identityKey: Buffer, type: string, id: string, sequence: number): WebhookEvent {
  const identity = {
    account: ACCOUNT,
    resource: RESOURCE,
    recordId: `${type}${id}`,
    previousFingerprint: "",
  };
  const at = new Date().toISOString();
  return {
    type: `${type}.updated`,
    timestamp: at,
    id: eventIdOf(identityKey, { ...identity, fingerprint: "", sequence }),
    api_version: API_VERSION,
    account: ACCOUNT,
    subject: { type, id },
    sequence,
    observed: { after: at, at },
    origin: "live",
    data: {
      object: { id, text: randomBytes(300).toString("base64") },
      previous: {},
      changed: ["text"],
      transitions: ["updated"],
    },
  };
}

/** Nothing waits any more at any endpoint. The caller's own time limit ends a wait in vain. */
async function allDelivered(
  { deliveries, log, outbox }: Base,
  subscribers: readonly CrashSubscriber[],
): Promise<void> {
  for (const { name } of subscribers) {
    for (;;) {
      const position = await outbox.readPosition(name, ACCOUNT);
      const unread = await log.read(ACCOUNT, position, 1);
      const { byState } = await deliveries.counts(name);
      if (unread.length === 0 && PENDING_STATES.every((state) => byState[state] === 0)) break;
      await delay(50);
    }
  }
}

function judge(
  receivers: readonly CrashReceiver[],
  events: readonly WebhookEvent[],
  kills: number,
): CrashResult {
  const result = { wanted: 0, lost: 0, invented: 0, orderedDisorders: 0, kills };
  const tally: Tally = { duplicates: 0, changedBytes: 0, disorders: 0, failed: 0 };
  for (const { accepted, subscriber, tally: own } of receivers) {
    const wanted = new Set(
      events
        .filter(({ subject, data }) =>
          subscriber.events.some((pattern) => matchesPattern(pattern, subject.type, data.transitions)),
        )
        .map(({ id }) => id),
    );
    result.wanted += wanted.size;
    result.lost += [...wanted].filter((id) => !accepted.has(id)).length;
    result.invented += [...accepted].filter((id) => !wanted.has(id)).length;
    if (subscriber.ordering === "subject") result.orderedDisorders += own.disorders;
    tally.duplicates += own.duplicates;
    tally.changedBytes += own.changedBytes;
    tally.disorders += own.disorders;
    tally.failed += own.failed;
  }
  return { ...result, ...tally };
}

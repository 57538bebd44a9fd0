import { Writable } from "node:stream";

import type { RedisNode } from "../../src/store/redis/client.ts";

import type { Logger } from "../../src/shared/logger.ts";
import { createLogger } from "../../src/shared/logger.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { type Harness, eventually, startHarness } from "./harness.ts";
import { closedPort } from "./local-servers.ts";
import { startRedisServer } from "./redis-process.ts";

/** A redis-server at a port of its own, as it has to be behind a relay or before a replica. */
export async function startPortServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable & { readonly redis: RedisNode; readonly port: number; readonly url: string }> {
  const port = await closedPort();
  const server = await startRedisServer({ bind: "127.0.0.1", port: String(port), ...settings });
  return {
    redis: server.redis,
    port,
    url: `redis://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

interface KeptLog {
  readonly logger: Logger;
  /** Messages of the lines of a level (30 info, 40 warn, 50 error) and above. */
  readonly messages: (level?: number) => string[];
}

export function createKeptLog(): KeptLog {
  const lines: { level: number; msg: string }[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      const texts = String(chunk).trim().split("\n");
      lines.push(...texts.map((text) => JSON.parse(text) as { level: number; msg: string }));
      done();
    },
  });
  return {
    logger: createLogger("info", sink),
    messages: (least = 30) => lines.filter(({ level }) => level >= least).map(({ msg }) => msg),
  };
}

export interface Stage extends Harness {
  readonly log: KeptLog;
  /** The status of `/health/ready` and its reason, and how long the answer took. */
  ready(): Promise<{ readonly status: number; readonly reason: string | undefined; readonly tookMs: number }>;
}

/** The whole service with its health served, the first sync done and told. */
export async function startStage(address: RedisAddress, prefix: string): Promise<Stage> {
  const log = createKeptLog();
  const settings = { roles: ["poll", "dispatch", "ops"], ops: { host: "127.0.0.1", port: 0 } };
  const harness = await startHarness({ address, prefix, logger: log.logger, setup: { settings } });
  await eventually(() => harness.connectionEvents().length >= 4 || undefined);
  return {
    ...harness,
    log,
    ready: async () => {
      const askedAt = Date.now();
      const answer = await fetch(`${harness.app.opsUrl}/health/ready`);
      const { reason } = (await answer.json()) as { reason?: string };
      return { status: answer.status, reason, tookMs: Date.now() - askedAt };
    },
  };
}

/** Resolves to how long it took until a callback about a change came that is made now, ms. */
export async function changeArrives(harness: Harness, note: string): Promise<number> {
  const { clinic } = harness;
  const before = harness.events().length;
  const madeAt = Date.now();
  const [one] = clinic.desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null);
  clinic.desk.editNote(one?.id ?? "", note);
  await harness.nextEvent(before + 1);
  return Date.now() - madeAt;
}

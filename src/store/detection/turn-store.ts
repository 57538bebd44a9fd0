import { randomBytes } from "node:crypto";

import { z } from "zod";

import { type Cursor, parseCursor } from "./account-store.ts";
import { type Connection, parseConnection } from "./connection-store.ts";
import { type FailingStep, parseFailingSteps } from "./failing-steps.ts";
import { type AtMost, HOLDS, type Lease, holderOf, TAKE_LEASE } from "./lease.ts";
import { type ReadingState, parseReadingState, parseSuspects, rereadsOf } from "./reading-store.ts";
import { ADD_RUN, type Run, placeOfRun } from "./run-log.ts";
import {
  type PollOutcome,
  RECORD_SCHEDULE,
  type ScheduleState,
  outcomeArguments,
  parseScheduleState,
} from "./schedule-store.ts";
import { toFields } from "../redis/batch.ts";
import type { Redis } from "../redis/client.ts";
import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/** Which resource is to be read, and how many of its account's may be at once. */
export interface TurnScope {
  readonly account: string;
  readonly resource: string;
  readonly atMost: AtMost;
}

/** The right to read a resource, and what stood there when it was given. */
export interface Opening {
  readonly lease: Lease;
  readonly connection: Connection;
  readonly cursor: Cursor | undefined;
  readonly state: ReadingState;
  readonly schedule: ScheduleState | undefined;
  readonly failingSteps: readonly FailingStep[];
  readonly suspects: ReadonlyMap<string, number>;
  readonly rereads: readonly string[];
}

export interface TurnNotes {
  /** Undefined: what was learnt stays. */
  readonly outcome?: PollOutcome | undefined;
  /** What is shown of it to people. */
  readonly run?: Run | undefined;
}

/**
 * The turn of a resource to be read: nearly every one finds nothing, so what it needs to know is read in one step with taking the lease,
 * and what it leaves is written in one with giving it back.
 */
export interface Turns {
  /**
   * busy: see `Leases.acquire`. moved: the account's connection is not what it was at this `version` (see `Connection`), and nothing
   * is held: whether it may be read is to be judged anew. Undefined: that is not compared.
   */
  begin(scope: TurnScope, version: number | undefined): Promise<Opening | "busy" | "moved">;
  /** Resolves to the version of the account's connection. Whatever became of the lease, what was found out is noted. */
  end(lease: Lease, notes: TurnNotes): Promise<{ readonly version: number; readonly wasHeld: boolean }>;
}

/** Behind: the account's leases. Most of the time no other is held, and nothing waits to be looked at. */
const BEGIN = defineScript(
  {
    keys: [
      "lease",
      "epoch_key",
      "connection",
      "cursor",
      "reading",
      "schedule",
      "failing",
      "suspects",
      "rereads",
    ],
    args: ["ttl", "holder", "most", "version"],
  },
  `
local found = redis.call('HGETALL', connection)
local current = '0'
for at = 1, #found, 2 do if found[at] == 'version' then current = found[at + 1] end end
if version ~= '' and current ~= version then return { 'moved' } end
${TAKE_LEASE}
if not epoch then return { 'busy' } end
local reply = { 'begun', epoch, found, redis.call('HGETALL', cursor), redis.call('HGETALL', reading) }
reply[6] = redis.call('HMGET', schedule, 'misses', 'last_hit')
if redis.call('EXISTS', failing, suspects, rereads) > 0 then
  reply[7] = { redis.call('HGETALL', failing), redis.call('HGETALL', suspects), redis.call('SMEMBERS', rereads) }
end
return reply`,
);

const END = defineScript(
  {
    keys: ["lease", "connection", "schedule", "runs"],
    args: ["holder", "hour", "counted", "misses", "last_hit", "row", "kept"],
  },
  `
${HOLDS}
if held then redis.call('DEL', lease) end
if misses ~= '' then
${RECORD_SCHEDULE}
end
if row ~= '' then
${ADD_RUN}
end
return { redis.call('HGET', connection, 'version') or '0', held and 1 or 0 }`,
);

const endSchema = z.tuple([z.coerce.number(), z.number()]);
const fields = z.array(z.string());
const beginSchema = z.union([
  z.tuple([z.enum(["moved", "busy"])]),
  z.tuple(
    [z.literal("begun"), z.number(), fields, fields, fields, z.array(z.string().nullable())],
    z.tuple([fields, fields, fields]),
  ),
]);

/** @param now unix ms */
export function createTurns(redis: Redis, keys: Keys, ttlMs: number, now: () => number): Turns {
  return {
    async begin({ account, atMost, resource }, version) {
      const holder = randomBytes(9).toString("base64url");
      const reply = beginSchema.parse(
        await BEGIN.run(redis, {
          keys: {
            lease: keys.lease(account, resource),
            epoch_key: keys.epoch(account, resource),
            connection: keys.connection(account),
            cursor: keys.cursor(account, resource),
            reading: keys.reading(account, resource),
            schedule: keys.schedule(account, resource),
            failing: keys.failingSteps(account, resource),
            suspects: keys.suspects(account, resource),
            rereads: keys.rereads(account),
          },
          moreKeys: atMost.resources.map((name) => keys.lease(account, name)),
          args: { ttl: ttlMs, holder, most: atMost.count, version: version ?? "" },
        }),
      );
      if (reply[0] !== "begun") return reply[0];
      const [, epoch, connection, cursor, reading, [misses, lastHit], waiting] = reply;
      const [failing = [], suspects = [], rereads = []] = waiting ?? [];
      return {
        lease: { account, resource, epoch, holder, chain: { commits: 0 } },
        connection: parseConnection(toFields(connection)),
        cursor: parseCursor(toFields(cursor)),
        state: parseReadingState(toFields(reading)),
        schedule: parseScheduleState(misses ? { misses, last_hit: lastHit ?? "" } : {}),
        failingSteps: parseFailingSteps(toFields(failing)),
        suspects: parseSuspects(toFields(suspects)),
        rereads: rereadsOf(resource, rereads),
      };
    },

    async end(lease, { outcome, run }) {
      const { account, resource } = lease;
      const place = run && placeOfRun(keys, account, resource, run);
      const reply = await END.run(redis, {
        keys: {
          lease: keys.lease(account, resource),
          connection: keys.connection(account),
          schedule: keys.schedule(account, resource),
          runs: place?.key ?? keys.runs(account, resource, "scan"),
        },
        args: {
          holder: holderOf(lease),
          ...(outcome ? outcomeArguments(outcome, now()) : NOTHING_LEARNT),
          ...(place?.args ?? { row: "", kept: 0 }),
        },
      });
      const [version, held] = endSchema.parse(reply);
      return { version, wasHeld: held === 1 };
    },
  };
}

const NOTHING_LEARNT = { hour: "", counted: "0", misses: "", last_hit: "" };

import { z } from "zod";

import { elapsedMs } from "../../shared/elapsed.ts";
import { type Cursor, parseCursor } from "./account-store.ts";
import { type Batch, type Later, toFields } from "../redis/batch.ts";
import { type Connection, parseConnection } from "./connection-store.ts";
import { type FailingStep, parseFailingSteps } from "./failing-steps.ts";
import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/** How far one resource has been read. */
export interface ResourceFacts {
  readonly resource: string;
  /** Undefined: nothing has been read yet. */
  readonly cursor: Cursor | undefined;
  /** Records that a sweep missed, and of which it is not settled that they are gone. */
  readonly suspects: number;
  /** Steps of reconciliation that do not end well now. */
  readonly failingSteps: readonly FailingStep[];
  /** When the cursor was written, unix ms by the clock of Redis; undefined: never, or by an older release. */
  readonly movedAt: number | undefined;
  /** Somebody has the right to read it at this moment. */
  readonly leased: boolean;
}

/** What is kept of an account besides its records and events. */
export interface AccountFacts {
  /** The clock of Redis when they were read, unix ms. */
  readonly redisNow: number;
  readonly connection: Connection;
  readonly resources: readonly ResourceFacts[];
}

/**
 * One command an account: with a thousand of them the client's work for each is most of the time. Inside of it one for each resource: what
 * most have not (a lease, suspects, a step that fails) is asked for together, and looked into where there is any. The connection is
 * answered with where it is not at the version that is known already; '': none is.
 * KEYS connection (cursor suspects lease failing-steps)…
 */
const READ = defineScript(
  { keys: ["connection"], args: ["version"] },
  `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local isKnown = version ~= '' and (redis.call('HGET', connection, 'version') or '0') == version
local reply = { now, not isKnown and redis.call('HGETALL', connection) }
local rare = {}
for at = MORE_KEYS + 1, #KEYS, 4 do
  for rest = 1, 3 do rare[#rare + 1] = KEYS[at + rest] end
end
local any = #rare > 0 and redis.call('EXISTS', unpack(rare)) > 0
for at = MORE_KEYS + 1, #KEYS, 4 do
  local read = { table.concat(redis.call('HGETALL', KEYS[at]), '\\n') }
  if any and redis.call('EXISTS', unpack(KEYS, at + 1, at + 3)) > 0 then
    read[2] = redis.call('HLEN', KEYS[at + 1])
    read[3] = redis.call('EXISTS', KEYS[at + 2])
    read[4] = redis.call('HGETALL', KEYS[at + 3])
  end
  reply[#reply + 1] = read
end
return reply`,
);

const fields = z.array(z.string());
const readSchema = z.union([z.tuple([z.string()]), z.tuple([z.string(), z.number(), z.number(), fields])]);
const replySchema = z.tuple([z.number(), fields.nullable()], readSchema);

/** @param known of the connection: it is read anew where it has changed since */
export function askAccountFacts(
  batch: Batch,
  keys: Pick<Keys, "connection" | "cursor" | "failingSteps" | "lease" | "suspects">,
  { name, resources }: { readonly name: string; readonly resources: readonly string[] },
  known?: Connection,
): Later<AccountFacts> {
  const moreKeys = resources.flatMap((resource) => [
    keys.cursor(name, resource),
    keys.suspects(name, resource),
    keys.lease(name, resource),
    keys.failingSteps(name, resource),
  ]);
  return batch.ask(
    (pipeline, how) => {
      const args = { version: known?.version ?? "" };
      READ.queue(pipeline, { keys: { connection: keys.connection(name) }, moreKeys, args }, how);
    },
    (reply) => {
      const [redisNow, changed, ...read] = replySchema.parse(reply);
      return {
        redisNow,
        connection: changed || !known ? parseConnection(toFields(changed)) : known,
        resources: resources.map((resource, index) => {
          const [written = "", suspects = 0, leases = 0, failing = []] = read[index] ?? [];
          const cursor = toFields(written === "" ? [] : written.split("\n"));
          const movedAt = cursor["moved_at"];
          return {
            resource,
            cursor: parseCursor(cursor),
            suspects,
            failingSteps: parseFailingSteps(toFields(failing)),
            movedAt: movedAt === undefined ? undefined : Number(movedAt),
            leased: leases > 0,
          };
        }),
      };
    },
  );
}

/** How long nothing has moved, ms. Undefined: it never did, or Redis's clock has been set back since, and nobody knows. */
export function idleMsOf({ movedAt }: Pick<ResourceFacts, "movedAt">, redisNow: number): number | undefined {
  if (movedAt === undefined) return undefined;
  const idleMs = elapsedMs(redisNow, movedAt);
  return Number.isFinite(idleMs) ? idleMs : undefined;
}

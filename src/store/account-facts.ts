import { z } from "zod";

import { type Cursor, parseCursor } from "./account-store.ts";
import { type Batch, type Later, toFields } from "./batch.ts";
import { type Connection, parseConnection } from "./connection-store.ts";
import { type FailingStep, parseFailingSteps } from "./failing-steps.ts";
import type { Keys } from "./keys.ts";

/** How far one resource has been read. */
export interface ResourceFacts {
  readonly resource: string;
  /** Undefined: nothing has been read yet. */
  readonly cursor: Cursor | undefined;
  /** Records that a sweep missed, and of which it is not settled that they are gone. */
  readonly suspects: number;
  /** Steps of the upkeep that do not end well now. */
  readonly failingSteps: readonly FailingStep[];
}

/** What is kept of an account besides its records and events. */
export interface AccountFacts {
  readonly connection: Connection;
  readonly resources: readonly ResourceFacts[];
}

/** One command an account: with a thousand of them the client's work for each is most of the time. KEYS connection (cursor suspects failing-steps)… */
const READ = `
local reply = { redis.call('HGETALL', KEYS[1]) }
for at = 2, #KEYS, 3 do
  reply[#reply + 1] = { redis.call('HGETALL', KEYS[at]), redis.call('HLEN', KEYS[at + 1]), redis.call('HGETALL', KEYS[at + 2]) }
end
return reply`;

const fields = z.array(z.string());
const replySchema = z.tuple([fields], z.tuple([fields, z.number(), fields]));

export function askAccountFacts(
  batch: Batch,
  keys: Pick<Keys, "connection" | "cursor" | "failingSteps" | "suspects">,
  { name, resources }: { readonly name: string; readonly resources: readonly string[] },
): Later<AccountFacts> {
  const all = [
    keys.connection(name),
    ...resources.flatMap((resource) => [
      keys.cursor(name, resource),
      keys.suspects(name, resource),
      keys.failingSteps(name, resource),
    ]),
  ];
  return batch.ask(
    (pipeline) => pipeline.eval(READ, all.length, ...all),
    (reply) => {
      const [connection, ...read] = replySchema.parse(reply);
      return {
        connection: parseConnection(toFields(connection)),
        resources: resources.map((resource, index) => {
          const [cursor = [], suspects = 0, failing = []] = read[index] ?? [];
          const failingSteps = parseFailingSteps(toFields(failing));
          return { resource, cursor: parseCursor(toFields(cursor)), suspects, failingSteps };
        }),
      };
    },
  );
}

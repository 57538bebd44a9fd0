import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { openJson, sealJson } from "../sealing/sealed-json.ts";
import { defineScript } from "../redis/script.ts";

/** What lives, by name, with a number that the owner of the roster gives a meaning. */
export type Alive = ReadonlyMap<string, number>;

/** A field of a hash of the same slot, which changes in the same step. Empty bytes: it is not there. */
export interface Beside {
  readonly key: string;
  readonly field: string;
  /** What it must hold. Undefined: whatever it holds. */
  readonly former: Buffer | "" | undefined;
  readonly next: Buffer | "";
}

/**
 * Sealed lists of what lives: tokens, sessions, codes, endpoints. What is not on its list has ended, whatever else Redis
 * holds: old bytes that are put back revive nothing. A list only goes forward: it counts up, and who has seen something end
 * does not take it for alive again, but writes the list anew without it. A process that has just been started knows what
 * Redis tells it: see docs/threat-model.md for what that means.
 */
export interface Rosters {
  /** Undefined: there is no such list yet, and all that is there lives. The same map while nothing has changed. */
  read(name: string): Promise<Alive | undefined>;
  /**
   * Changes a list, again when somebody else was faster. `present`: what there is, where no list has been made yet.
   * False: what stands beside it holds something else, and nothing was written.
   */
  change(
    name: string,
    edit: (alive: Alive) => Alive,
    beside?: Beside,
    present?: () => Promise<Alive>,
  ): Promise<boolean>;
}

export interface Remembered {
  readonly bytes: Buffer | undefined;
  readonly generation: number;
  readonly alive: Alive;
  /** Names that were seen to live, and then not to. The oldest are forgotten first. */
  readonly ended: Set<string>;
}

export interface RosterOptions {
  /** What has been seen so far. Default: what this process sees. What outlives it keeps what has ended dead for longer. */
  readonly memory?: Pick<Map<string, Remembered>, "get" | "set">;
  /** Redis holds an older list, or one on which something stands that has ended. */
  readonly onWentBack?: (name: string) => void;
}

/** Names of one list that are remembered as ended. */
const MOST_ENDED = 2_000;

const rosterSchema = z.strictObject({
  /** Counts up with every change. */
  generation: z.int(),
  alive: z.record(z.string(), z.number()),
});

/**
 * `field`, `former` and `next` are of the hash beside (no field: there is none), `?` as former for whatever it holds.
 * 1: done (also when the answer of an earlier try was lost) · 0: the list is another · -1: what stands beside it is.
 */
const SWAP = defineScript(
  { keys: ["rosters", "beside"], args: ["name", "from", "to", "field", "former", "next"] },
  `
local current = redis.call('HGET', rosters, name) or ''
if current == to then return 1 end
if current ~= from then return 0 end
if field ~= '' then
  if former ~= '?' and (redis.call('HGET', beside, field) or '') ~= former then return -1 end
  if next == '' then redis.call('HDEL', beside, field)
  else redis.call('HSET', beside, field, next) end
end
redis.call('HSET', rosters, name, to)
return 1`,
);

export function createRosters(
  redis: Redis,
  keys: Pick<Keys, "rosters">,
  keyring: Keyring,
  { memory = new Map<string, Remembered>(), onWentBack = () => undefined }: RosterOptions = {},
): Rosters {
  const swap = async (
    name: string,
    from: Remembered | undefined,
    alive: Alive,
    beside?: Beside,
  ): Promise<number> => {
    const generation = (from?.generation ?? 0) + 1;
    const bytes = sealJson(keyring, { generation, alive: Object.fromEntries(alive) }, rosterContext(name));
    const { key = keys.rosters, field = "", former = "?", next = "" } = beside ?? {};
    const reply = await SWAP.run(redis, {
      keys: { rosters: keys.rosters, beside: key },
      args: { name, from: from?.bytes ?? "", to: bytes, field, former, next },
    });
    const done = Number(reply);
    if (done === 1) memory.set(name, follow(from, { bytes, generation, alive }));
    return done;
  };

  const load = async (name: string): Promise<Remembered | undefined> => {
    for (;;) {
      const bytes = (await redis.hgetBuffer(keys.rosters, name)) ?? undefined;
      const known = memory.get(name);
      if (known?.bytes && bytes?.equals(known.bytes)) return known;
      if (!known && !bytes) return undefined;
      const found = bytes && open(keyring, name, bytes);
      const next = judge(known, found);
      if (next.kind === "forward") {
        const followed = follow(known, { bytes, ...next.found });
        memory.set(name, followed);
        return followed;
      }
      onWentBack(name);
      const before = {
        bytes,
        generation: next.generation,
        alive: next.alive,
        ended: known?.ended ?? new Set(),
      };
      if ((await swap(name, before, next.alive)) === 1) return memory.get(name);
    }
  };

  return {
    async read(name) {
      try {
        return (await load(name))?.alive;
      } catch (error) {
        // Whoever knows better goes by that. Not written over: it may be another installation's.
        const known = memory.get(name);
        if (known && error instanceof UnreadableRecordError) return known.alive;
        throw error;
      }
    },

    async change(name, edit, beside, present) {
      for (;;) {
        const known = await load(name);
        const done = await swap(name, known, edit(known?.alive ?? (await present?.()) ?? new Map()), beside);
        if (done !== 0) return done === 1;
      }
    },
  };
}

type Found = Pick<Remembered, "generation" | "alive">;
type Judged =
  | { readonly kind: "forward"; readonly found: Found }
  | { readonly kind: "went_back"; readonly generation: number; readonly alive: Alive };

/** Pure. A list that was sealed anew with another key is as old as it was, and says the same. */
function judge(known: Remembered | undefined, found: Found | undefined): Judged {
  if (!known)
    return found ? { kind: "forward", found } : { kind: "went_back", generation: 0, alive: new Map() };
  const present = new Map([...(found?.alive ?? [])].filter(([name]) => !known.ended.has(name)));
  const nobodyRose = found !== undefined && present.size === found.alive.size;
  if (nobodyRose && found.generation > known.generation) return { kind: "forward", found };
  if (nobodyRose && found.generation === known.generation && isSame(found.alive, known.alive)) {
    return { kind: "forward", found };
  }
  // What was made since the older copy lives, and so does what somebody made who does not know better.
  return {
    kind: "went_back",
    generation: Math.max(known.generation, found?.generation ?? 0),
    alive: new Map([...known.alive, ...present]),
  };
}

function isSame(one: Alive, other: Alive): boolean {
  return one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);
}

/** What is known after a list: who lived before and does not now has ended. */
function follow(known: Remembered | undefined, next: Omit<Remembered, "ended">): Remembered {
  const ended = known?.ended ?? new Set<string>();
  for (const name of known?.alive.keys() ?? []) if (!next.alive.has(name)) ended.add(name);
  for (const name of ended) {
    if (ended.size <= MOST_ENDED) break;
    ended.delete(name);
  }
  return { ...next, ended };
}

/** @throws UnreadableRecordError */
function open(keyring: Keyring, name: string, bytes: Buffer): Found {
  const fault = `the list of ${name} is not of a shape that this release knows`;
  const { generation, alive } = openJson(keyring, bytes, rosterContext(name), rosterSchema, fault);
  return { generation, alive: new Map(Object.entries(alive)) };
}

/** What a list is sealed to. */
export function rosterContext(name: string): string {
  return `rosters/${name}`;
}

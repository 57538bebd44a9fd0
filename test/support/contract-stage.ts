import { randomBytes } from "node:crypto";

import { RESOURCE_NAMES } from "../../src/resources/registry.ts";
import type { LedgerEntry } from "../../src/sandbox/audit/ledger.ts";
import { createKeys } from "../../src/store/redis/keys.ts";
import { type RedisAddress, connectRedis } from "../../src/store/redis/redis.ts";
import { type PollBench, createPollBench } from "./poll-bench.ts";
import { owed } from "./trials.ts";

/** One clinic, one Redis and the poll handler of a service, and what was told of what was done in between. */
export interface ContractStage extends AsyncDisposable {
  readonly bench: PollBench;
  /** Reads every resource, some times over. */
  readonly readAll: (rounds?: number) => Promise<void>;
  /** What happened in the clinic since it was last asked, and what was told of it. */
  readonly look: () => Promise<Look>;
}

/** By record: what is owed, and what was told; a record of which neither is to be said is not in it. */
export interface Look {
  readonly owed: ReadonlyMap<string, readonly string[]>;
  readonly told: ReadonlyMap<string, readonly string[]>;
}

export async function openContractStage(address: RedisAddress): Promise<ContractStage> {
  const redis = await connectRedis(address, 10_000);
  const keys = createKeys(`t${randomBytes(6).toString("hex")}`);
  const bench = await createPollBench({
    redis,
    keys,
    seed: { patients: 6, appointments: 0, groupAppointments: 0 },
    unknowns: { deletedPatientsLeave: "everything" },
  });
  const seen = { entries: bench.clinic.ledger.entries.length, events: 0 };
  return {
    bench,
    readAll: async (rounds = 2) => {
      for (let round = 0; round < rounds; round += 1) {
        for (const resource of RESOURCE_NAMES) await bench.poll(resource);
        bench.tick(5_000);
      }
    },
    look: async () => {
      const entries = bench.clinic.ledger.entries.slice(seen.entries);
      const events = (await bench.events()).slice(seen.events);
      seen.entries += entries.length;
      seen.events += events.length;
      return {
        owed: group(entries.filter(isTold), ({ id, resource, facts }) => [id, owed(resource, facts)]),
        told: group(events, ({ subject, type, data }) => [
          subject.id,
          `${type} (${data.transitions.toSorted().join(", ")})`,
        ]),
      };
    },
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

function isTold({ noise, baseline }: LedgerEntry): boolean {
  return !noise && !baseline;
}

function group<One>(
  all: readonly One[],
  pairOf: (one: One) => readonly [string, string],
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [id, word] of all.map(pairOf)) groups.set(id, [...(groups.get(id) ?? []), word]);
  return groups;
}

import type { IdentityKey } from "../../diff/identity.ts";
import type { Redis } from "../redis/client.ts";
import type { Keys } from "../redis/keys.ts";
import type { ErasureKey } from "../sealing/erasure-key.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { AlongRules } from "../events/related-store.ts";
import { type AccountStore, createAccountStore } from "./account-store.ts";
import { type ConnectionStore, createConnectionStore } from "./connection-store.ts";
import { type ProcessRegistry, createProcessRegistry } from "./process-registry.ts";
import { type ReadingStore, createReadingStore } from "./reading-store.ts";
import { type RunLog, createRunLog } from "./run-log.ts";
import { type Tombstones, createTombstones } from "./tombstones.ts";

/** What is known of the clinics, and how they are read. */
export interface DetectionStores {
  readonly store: AccountStore;
  readonly connections: ConnectionStore;
  readonly reading: ReadingStore;
  readonly tombstones: Tombstones;
  readonly processes: ProcessRegistry;
  readonly runs: RunLog;
}

export interface DetectionStoresDeps {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly keyring: Keyring;
  readonly identityKey: IdentityKey;
  readonly erasureKey: ErasureKey | undefined;
  readonly alongOf: (account: string) => AlongRules;
}

export function createDetectionStores(deps: DetectionStoresDeps): DetectionStores {
  const { erasureKey, alongOf, identityKey, keyring, keys, redis } = deps;
  return {
    store: createAccountStore(redis, keys, keyring, alongOf),
    connections: createConnectionStore(redis, keys, keyring),
    reading: createReadingStore(redis, keys),
    tombstones: createTombstones(redis, keys, keyring, identityKey, erasureKey),
    processes: createProcessRegistry(redis, keys),
    runs: createRunLog(redis, keys),
  };
}

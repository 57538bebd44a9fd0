import { createHash } from "node:crypto";

import type { ClinikoClient } from "../../../src/cliniko/client.ts";
import { type ScanDeps, type ScanResult, scan } from "../../../src/pollers/scan/scan.ts";
import { type ResourceName, resources } from "../../../src/resources/registry.ts";
import type { Projection } from "../../../src/resources/resource.ts";
import { type Clinic, createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import type { ClinicOptions } from "../../../src/sandbox/clinic/clinic-state.ts";
import { type SeedOptions, type SeededClinic, seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";
import type { Lease } from "../../../src/store/detection/lease.ts";
import { type MemoryStore, createMemoryStore } from "./memory-store.ts";
import { type Upstream, createUpstream } from "./upstream.ts";
import { type VirtualClock, createVirtualClock } from "./virtual-clock.ts";

export const ACCOUNT = "northside";
export const LEASE_TTL_MS = 30_000;

/** A clinic, a store and the way between them, in one process, in virtual time, without a socket. */
export interface World {
  readonly clock: VirtualClock;
  readonly clinic: Clinic;
  readonly seeded: SeededClinic;
  readonly memory: MemoryStore;
  readonly upstream: Upstream;
  /** What the running release watches; a deployment changes it. */
  readonly projections: Record<ResourceName, Projection>;
  /** Our own clock's error. */
  ourSkewMs: number;
  readonly scanDeps: (resource: ResourceName) => ScanDeps;
  /** Takes the lease, scans, gives it back. When somebody else holds it: waits until that has lapsed. */
  readonly scan: (resource: ResourceName, changes?: Partial<ScanDeps>) => Promise<ScanResult>;
  readonly acquire: (resource: ResourceName) => Promise<Lease>;
}

export interface WorldOptions {
  readonly seed: number;
  readonly clinic?: Partial<ClinicOptions>;
  readonly seeded?: SeedOptions;
  readonly overlapMs: number;
  /** Half of it passes before an answer, half after. */
  readonly pageMs?: number;
  readonly pageSize?: number;
}

export function createWorld(options: WorldOptions): World {
  const { seed, overlapMs, pageMs = 0, pageSize } = options;
  const clock = createVirtualClock();
  const clinic = createClinic({ now: clock.now, seed, requestsPerMinute: 1_000_000, ...options.clinic });
  const seeded = seedClinic(clinic, { seed, practitioners: 3, patients: 20, ...options.seeded });
  const memory = createMemoryStore({ now: clock.now, leaseTtlMs: LEASE_TTL_MS });
  const pass = (): void => {
    clock.advance(pageMs / 2);
  };
  const upstream = createUpstream({
    clinic,
    apiKey: clinic.addKey(),
    ourNow: () => clock.now() + world.ourSkewMs,
    beforeAnswer: pass,
    afterAnswer: pass,
    ...(pageSize === undefined ? {} : { pageSize }),
  });
  const identityKey = createHash("sha256").update(`identity ${seed}`).digest();
  const acquire = async (resource: ResourceName): Promise<Lease> => {
    for (;;) {
      const lease = await memory.leases.acquire(ACCOUNT, resource);
      if (lease) return lease;
      clock.advance(1_000);
    }
  };
  const world: World = {
    clock,
    clinic,
    seeded,
    memory,
    upstream,
    projections: { ...resources },
    ourSkewMs: 0,
    acquire,
    scanDeps: (resource) => ({
      client: upstream.client,
      store: memory.store,
      resource: resources[resource],
      context: { account: ACCOUNT, resource, projection: world.projections[resource], identityKey },
      overlapMs,
    }),
    scan: async (resource, changes) => {
      const lease = await acquire(resource);
      try {
        return await scan({ ...world.scanDeps(resource), ...changes }, lease, new AbortController().signal);
      } finally {
        await memory.leases.release(lease);
      }
    },
  };
  return world;
}

/** A client that does something of the test's own around each page. */
export function aroundPages(
  client: Pick<ClinikoClient, "listPage">,
  around: {
    readonly before?: (page: number) => void | Promise<void>;
    readonly after?: (page: number) => void | Promise<void>;
  },
): Pick<ClinikoClient, "listPage"> {
  let page = 0;
  return {
    listPage: async (...args) => {
      page += 1;
      const nth = page;
      await around.before?.(nth);
      const answer = await client.listPage(...args);
      await around.after?.(nth);
      return answer;
    },
  };
}

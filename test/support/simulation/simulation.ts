import type { Page } from "../../../src/cliniko/outcome.ts";
import type { Projection } from "../../../src/resources/resource.ts";
import { project } from "../../../src/diff/compare.ts";
import { type ScanDeps, type ScanResult, scan } from "../../../src/pollers/scan/scan.ts";
import type { LedgerEntry } from "../../../src/sandbox/audit/ledger.ts";
import type { Lease } from "../../../src/store/detection/lease.ts";
import { type Act, perform } from "./acts.ts";
import {
  type Interruption,
  PowerCutError,
  type StalledWork,
  interruptAt,
  startStalling,
} from "./interrupt.ts";
import { auditEvents, chainFaults, identityFaults, projectAs, wrongSnapshots } from "./verdict.ts";
import { ACCOUNT, type World, aroundPages, createWorld } from "./world.ts";

export const RESOURCES = ["individual_appointments", "patients"] as const;
export type SimulatedResource = (typeof RESOURCES)[number];

/** D, ρ and L: what is visible late, what is shown old, and how far a scan looks back for both. */
export const LATE_MS = 6_000;
export const STALE_MS = 4_000;
const OVERLAP_MS = 20_000;
const PAGE_MS = 350;

/** Which promise was broken, and how. */
export interface Breach {
  readonly invariant: string;
  readonly detail: string;
}

/**
 * One run of a schedule: a small clinic whose lists come in pages of four, the real scan, and everything that may
 * happen to both. It notes every breach of an invariant as it goes; `settle` ends it by the rule "heal, drain, compare".
 */
export interface Simulation {
  readonly world: World;
  readonly breaches: readonly Breach[];
  /** How often what came about, so that a test can see that its schedules reach what they are for. */
  readonly tally: ReadonlyMap<string, number>;
  /** Lists may show an older state now: no two writes of a record may then share a second (see `write`). */
  isStale: boolean;
  readonly write: (act: Act) => void;
  /** The answer is undefined when the power went. `between` are done in the gaps between pages. */
  readonly scan: (
    resource: SimulatedResource,
    options?: { readonly between?: readonly Act[]; readonly cut?: Interruption },
  ) => Promise<ScanResult | undefined>;
  /** Starts a scan that stands still at a place, if it comes so far. */
  readonly stall: (resource: SimulatedResource, place: Interruption) => Promise<void>;
  /** Wakes whoever stands still, in order. */
  readonly wakeAll: () => Promise<void>;
  /** Two workers go for one resource at the same time. */
  readonly race: (resource: SimulatedResource) => Promise<void>;
  /** A release that watches one field more, or no longer; upstream stands still meanwhile. */
  readonly deploy: () => Promise<void>;
  readonly checkpoint: () => void;
  /** The store goes back to the last checkpoint, under whoever is at work or asleep. */
  readonly rollBack: () => void;
  readonly startTrouble: (kind: "late" | "stale") => void;
  /** Nothing is broken any more, everybody is awake, all is read; then everything is compared. */
  readonly settle: () => Promise<void>;
}

export function createSimulation(seed: number): Simulation {
  const world = createWorld({
    seed,
    overlapMs: OVERLAP_MS,
    pageMs: PAGE_MS,
    pageSize: 4,
    seeded: { patients: 5, appointments: 11, practitioners: 2 },
  });
  const { clock, clinic, memory } = world;
  const breaches: Breach[] = [];
  const breach = (invariant: string, detail: string): void => void breaches.push({ invariant, detail });
  const tally = new Map<string, number>();
  const count = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);
  const baselines = new Map<SimulatedResource, { startedAt: number; completedAt: number | undefined }>();
  const asleep: StalledWork<ScanResult | undefined>[] = [];
  const releases: Record<SimulatedResource, Projection[]> = {
    individual_appointments: [world.projections.individual_appointments],
    patients: [world.projections.patients],
  };
  let restore: (() => void) | undefined;
  let timesBack = 0;

  const watched = (resource: SimulatedResource): { deps: ScanDeps; finish: (result: ScanResult) => void } =>
    watchScan({ ...world, releases: releases[resource] }, resource, breach, baselines);

  const run = async (
    resource: SimulatedResource,
    lease: Lease,
    change: (deps: ScanDeps) => ScanDeps = (deps) => deps,
  ): Promise<ScanResult | undefined> => {
    const { deps, finish } = watched(resource);
    const startedUnder = timesBack;
    try {
      const result = await scan(change(deps), lease, new AbortController().signal);
      // What was whole when it was committed may have been forgotten since.
      if (startedUnder === timesBack) finish(result);
      count(result.kind === "stopped" ? result.reason : result.kind);
      if (result.stale > 0) count("stale");
      await memory.leases.release(lease);
      return result;
    } catch (error) {
      if (!(error instanceof PowerCutError)) throw error;
      count("crashed");
      return undefined; // its lease stays until it lapses
    }
  };
  const acquire = async (resource: SimulatedResource): Promise<Lease> => {
    const lease = await world.acquire(resource);
    if (memory.cursorOf(ACCOUNT, resource) === undefined) alignForBaseline(world);
    return lease;
  };

  const simulation: Simulation = {
    world,
    breaches,
    tally,
    isStale: false,

    write: (act) => {
      // Stamps are whole seconds: which of two states of one second is older, no reader of an old list can tell.
      if (simulation.isStale) clock.advance(1_000);
      const isDouble = act.kind === "twiceInOneSecond" || act.kind === "thereAndBack";
      if (!(simulation.isStale && isDouble)) perform(world, act);
    },

    scan: async (resource, { between = [], cut } = {}) => {
      const lease = await acquire(resource);
      const acts = [...between];
      return await run(resource, lease, (deps) => {
        const client = aroundPages(deps.client, {
          after: () => {
            const act = acts.shift();
            if (act) simulation.write(act);
          },
        });
        const busy = { ...deps, client };
        if (!cut) return busy;
        const cutOff = interruptAt(busy, cut, async () => {
          throw new PowerCutError();
        });
        return { ...busy, ...cutOff };
      });
    },

    stall: async (resource, place) => {
      const lease = await acquire(resource);
      const started = await startStalling(
        async (park) =>
          await run(resource, lease, (deps) => ({ ...deps, ...interruptAt(deps, place, park) })),
      );
      if (!("stalled" in started)) return;
      asleep.push(started.stalled);
      count("stalled");
    },

    wakeAll: async () => {
      for (const { wake } of asleep.splice(0)) await wake();
    },

    race: async (resource) => {
      if (memory.cursorOf(ACCOUNT, resource) === undefined) alignForBaseline(world);
      const attempts = await Promise.all(
        [1, 2].map(async () => {
          const lease = await memory.leases.acquire(ACCOUNT, resource);
          return lease && { result: await run(resource, lease) };
        }),
      );
      if (attempts.every(Boolean)) breach("I19", "two workers read one resource at once");
    },

    deploy: async () => {
      await simulation.settle();
      const resource = "individual_appointments";
      world.projections[resource] = nextRelease(world.projections[resource]);
      releases[resource].push(world.projections[resource]);
      const before = memory.eventsOf(ACCOUNT).length;
      // Some records are read again at once, the others when somebody writes them.
      for (const { id } of clinic.desk.appointments().slice(0, 5)) clinic.desk.touch(id);
      clock.advance(1_000);
      await simulation.scan(resource);
      const told = memory.eventsOf(ACCOUNT).length - before;
      if (told > 0) breach("I17", `${told} events of a release, with the upstream still`);
      restore = undefined; // another release takes other fingerprints, and with them other ids
      count("deployed");
    },

    checkpoint: () => {
      restore = memory.checkpoint();
    },

    rollBack: () => {
      if (!restore) return;
      timesBack += 1;
      restore(); // whoever is at work, or asleep, does not notice
      for (const [resource, baseline] of baselines) {
        if (memory.cursorOf(ACCOUNT, resource)?.phase !== "live") baseline.completedAt = undefined;
      }
      count("rolled back");
    },

    startTrouble: (kind) => {
      if (!RESOURCES.every((resource) => baselines.has(resource))) return;
      if (kind === "late") {
        clinic.faults.delayCommits({ maxMs: LATE_MS });
        return;
      }
      clock.advance(STALE_MS + 1_000);
      clinic.faults.staleLists({ maxMs: STALE_MS });
      simulation.isStale = true;
    },

    settle: async () => {
      await simulation.wakeAll();
      clinic.faults.heal();
      simulation.isStale = false;
      clock.advance(LATE_MS + STALE_MS);
      // The first may be the rest of a baseline, which does not look back at what it had read before.
      for (const resource of [...RESOURCES, ...RESOURCES]) await simulation.scan(resource);
      compare(world, releases, baselines, breach);
      const before = memory.eventsOf(ACCOUNT).length;
      for (let polls = 0; polls < 3; polls += 1) {
        clock.advance(3_000);
        for (const resource of RESOURCES) await simulation.scan(resource);
      }
      const added = memory.eventsOf(ACCOUNT).length - before;
      if (added > 0) breach("I1", `${added} events after the last write was told`);
    },
  };
  return simulation;
}

/**
 * A baseline counts as begun with the second of its first request. Nothing is under way then and nothing is written in
 * the rest of that second, so that what is "before" and what is "after" can be told apart.
 */
function alignForBaseline({ clock }: World): void {
  clock.advance(LATE_MS + STALE_MS);
  const nextSecond = Math.ceil(clock.now() / 1_000) * 1_000;
  clock.advanceTo(nextSecond + 990 - PAGE_MS / 2);
}

type Baselines = Map<SimulatedResource, { startedAt: number; completedAt: number | undefined }>;

/** A scan's dependencies with somebody who looks at every page and every commit of it. */
function watchScan(
  world: World & { readonly releases: readonly Projection[] },
  resource: SimulatedResource,
  breach: (invariant: string, detail: string) => void,
  baselines: Baselines,
): { deps: ScanDeps; finish: (result: ScanResult) => void } {
  const { clock, memory } = world;
  const deps = world.scanDeps(resource);
  const startedAt = clock.now();
  let firstDate: number | undefined;
  let isWhole = false;
  const notePage = (page: Page): void => {
    firstDate ??= page.date;
    isWhole = page.next === undefined;
  };
  return {
    deps: {
      ...deps,
      client: {
        listPage: async (...args) => {
          const answer = await deps.client.listPage(...args);
          if (answer.kind === "ok") notePage(answer.page);
          return answer;
        },
      },
      store: {
        ...deps.store,
        commit: async (lease, commit) => {
          const known = memory.snapshotsOf(ACCOUNT, resource);
          const cursorBefore = memory.cursorOf(ACCOUNT, resource);
          const answer = await deps.store.commit(lease, commit);
          if (answer === "fenced") return answer;
          for (const [id, { updatedAt }] of commit.snapshots) {
            const before = known.get(id)?.updatedAt ?? 0;
            if (updatedAt < before) breach("I6", `${id} went back from ${before} to ${updatedAt}`);
          }
          for (const event of commit.events) {
            if (event.data.transitions.includes("deleted")) breach("I10", `${event.subject.id} deleted`);
          }
          const { cursor } = commit;
          if (!cursor) return answer;
          if (!cursorBefore) {
            const at = cursor.phase === "baseline" ? cursor.startedAt : cursor.watermark;
            baselines.set(resource, { startedAt: at, completedAt: undefined });
          }
          if (cursor.phase === "live") {
            const baseline = baselines.get(resource);
            if (baseline) baseline.completedAt ??= clock.now();
            if (!isWhole) breach("I7", "the watermark moved before the last page");
            if (cursor.watermark > (firstDate ?? 0)) breach("I7", "the watermark is later than the scan");
            if (cursorBefore?.phase === "live" && cursor.watermark < cursorBefore.watermark) {
              breach("I7", "the watermark went back");
            }
          }
          return answer;
        },
      },
    },
    finish: (result) => {
      if (result.kind !== "completed" || result.baseline) return;
      checkSeen(world, resource, startedAt - STALE_MS, breach);
    },
  };
}

/** I7, I9: what was visible when a complete scan started is remembered, or something later is. */
function checkSeen(
  { clinic, memory, releases }: World & { readonly releases: readonly Projection[] },
  resource: SimulatedResource,
  visibleBy: number,
  breach: (invariant: string, detail: string) => void,
): void {
  const snapshots = memory.snapshotsOf(ACCOUNT, resource);
  const histories = new Map<string, LedgerEntry[]>();
  for (const entry of clinic.ledger.entries) {
    if (entry.resource !== resource) continue;
    histories.set(entry.id, [...(histories.get(entry.id) ?? []), entry]);
  }
  for (const [id, history] of histories) {
    const due = history.findLastIndex(({ visibleAt }) => visibleAt <= visibleBy);
    if (due === -1) continue;
    const snapshot = snapshots.get(id);
    const remembered = JSON.stringify(snapshot?.values());
    const isSeen = history
      .slice(due)
      .some(
        ({ record }) =>
          JSON.stringify(projectAs(releases, snapshot?.projectionVersion, record)) === remembered,
      );
    if (!isSeen) breach("I9", `${id}: a complete scan left it as it was`);
  }
}

function compare(
  world: World,
  releases: Readonly<Record<SimulatedResource, readonly Projection[]>>,
  baselines: Baselines,
  breach: (invariant: string, detail: string) => void,
): void {
  const { clinic, memory } = world;
  const stored = memory.eventsOf(ACCOUNT);
  const ever = memory.everCommitted(ACCOUNT).map(({ event }) => event);
  for (const fault of identityFaults(ever)) breach("I4", fault);
  const ids = stored.map(({ event }) => event.id);
  if (new Set(ids).size < ids.length) breach("I4", "the log holds an id twice");

  for (const resource of RESOURCES) {
    const projection = world.projections[resource];
    const snapshots = memory.snapshotsOf(ACCOUNT, resource);
    for (const wrong of wrongSnapshots(clinic, resource, releases[resource], snapshots)) breach("I1", wrong);
    const own = stored.filter(({ event }) => event.subject.type === projection.subject);
    const events = own.map(({ event }) => event);
    for (const fault of chainFaults(releases[resource], events, snapshots)) breach("I2", fault);

    const { startedAt = 0, completedAt = 0 } = baselines.get(resource) ?? {};
    const report = auditEvents(clinic, resource, stored, {
      from: { at: (startedAt + 1) * 1_000 },
      baselineUntil: completedAt,
    });
    for (const { webhookId, subject, reason } of report.invented) {
      // Touched while the first sync ran and first seen then: told as updated, since what it was is unknown (ADR 6).
      const event = events.find(({ id }) => id === webhookId);
      if (reason.includes("noise") && event?.sequence === 1 && event.data.changed.length === 0) continue;
      breach(reason.includes("before watching") ? "I13" : "I3", `${webhookId} of ${subject}: ${reason}`);
    }
    for (const { webhookId, subject, reason } of report.wrong) {
      // First seen changed, while the first sync ran: told by its stamps, since what it was is unknown (ADR 6).
      const event = events.find(({ id }) => id === webhookId);
      if (event?.sequence === 1 && event.data.changed.length === 0 && reason.startsWith("transitions"))
        continue;
      breach("I3", `${webhookId} of ${subject}: ${reason}`);
    }
    for (const entry of report.lost) {
      // Of two changes while the first sync ran, the one that leaves a stamp speaks for both: what it was is unknown.
      const first = events.find(({ subject }) => subject.id === entry.id);
      const spoken = entry.at <= completedAt && first?.sequence === 1 && first.data.changed.length === 0;
      if (spoken || isUndone(clinic, entry, report.lost, projection)) continue;
      breach("I14", `${entry.resource}/${entry.id}: ${entry.facts.join(", ")} was never told`);
    }
  }
}

/** The states from before what is called lost to its end differ in nothing that is watched: null and false are one. */
function isUndone(
  { ledger }: World["clinic"],
  { resource, id }: LedgerEntry,
  lost: readonly LedgerEntry[],
  projection: Projection,
): boolean {
  const history = ledger.entries.filter((entry) => entry.resource === resource && entry.id === id);
  const own = lost.filter((entry) => entry.resource === resource && entry.id === id);
  const [first, last] = [own[0], own.at(-1)];
  const before = history.findLast(({ index }) => index < (first?.index ?? 0));
  return (
    before !== undefined &&
    last !== undefined &&
    JSON.stringify(project(projection, before.record)) === JSON.stringify(project(projection, last.record))
  );
}

/** Watches one field more than the release before, or that one no longer. */
function nextRelease(projection: Projection): Projection {
  const { booking_ip_address: extra, ...fields } = projection.fields;
  return {
    ...projection,
    version: projection.version + 1,
    former: { ...projection.former, [projection.version]: Object.keys(projection.fields) },
    fields: extra === undefined ? { ...fields, booking_ip_address: "text" } : fields,
  };
}

import { readingPlans } from "../../../src/cliniko/reading-plan.ts";
import { resources } from "../../../src/resources/registry.ts";
import { adopt } from "../../../src/diff/adopt.ts";
import type { Snapshot } from "../../../src/diff/adopt.ts";
import type { WebhookEvent } from "../../../src/diff/event.ts";
import { toIso } from "../../../src/diff/normalise.ts";
import { ACCOUNT, type World } from "./world.ts";

/** One way of turning a polled list into events. `overlapMs` is how far it looks back, where it does. */
export interface Design {
  readonly name: string;
  readonly what: string;
  readonly isNaive: boolean;
  /** A poller of that design over a world; the answer polls once. The first poll is a whole read, and silent. */
  readonly start: (world: World, overlapMs: number) => () => Promise<void>;
}

/** What every naive design gets right: the diff, and the commit. They differ in what they ask and what they remember. */
interface Hands {
  readonly list: (conditions: readonly string[], sort: string, page: number) => RawRow[];
  /** Unix seconds of the upstream at the last answer. */
  readonly date: () => number;
  readonly take: (rows: readonly RawRow[], times: { readonly baselineStartedAt?: number }) => Promise<void>;
  readonly known: () => ReadonlyMap<string, Snapshot>;
}

interface RawRow {
  readonly id: string;
  readonly updatedAt: number;
  readonly createdAt: number;
  readonly record: Readonly<Record<string, unknown>>;
}

const RESOURCE = "individual_appointments";
const PER_PAGE = 100;

/** The design of src/pollers/scan/scan.ts. */
export const realDesign: Design = {
  name: "real",
  what: "keyset on id, watermark = Date at start - L",
  isNaive: false,
  start: (world, overlapMs) => async () => {
    await world.scan(RESOURCE, { overlapMs });
  },
};

/** What src falls back to where an account refuses `sort=id` or `id:>`. */
export const fallbackByCreation: Design = {
  name: "real, by creation",
  what: "the same as a keyset on created_at (fallback plan)",
  isNaive: false,
  start: (world, overlapMs) => async () => {
    const plan = readingPlans(resources[RESOURCE]).find(({ name }) => name === "combined-by-created");
    await world.scan(RESOURCE, { overlapMs, ...(plan ? { plan } : {}) });
  },
};

/** Designs that are in use elsewhere, each as its users write it. */
export const naiveDesigns: readonly Design[] = [
  naive("P1", "first page by updated_at, each id once", (hands) => async () => {
    const rows = hands.list([], "updated_at:desc", 1);
    const known = hands.known();
    await hands.take(
      rows.filter((row) => !known.has(row.id)),
      {},
    );
  }),
  naive("P2", "updated_at > largest seen", cursorDesign({ operator: ">", sort: "updated_at:asc" })),
  naive("P3", "updated_at >= our clock at the last poll", (hands, { world }) => {
    let cursor = Math.floor(world.clock.now() / 1_000);
    return async () => {
      const startedAt = Math.floor(world.clock.now() / 1_000);
      await readPages(hands, `updated_at:>=${toIso(cursor)}`, "id:asc");
      cursor = startedAt;
    };
  }),
  naive("P4", "updated_at >= largest seen", cursorDesign({ operator: ">=", sort: "updated_at:asc" })),
  naive(
    "P5",
    "P4 with an overlap, offset pages by updated_at",
    cursorDesign({ operator: ">=", sort: "updated_at:asc", overlap: true }),
  ),
  naive("P5o", "P5 sorted by id", cursorDesign({ operator: ">=", sort: "id:asc", overlap: true })),
  naive(
    "P5c",
    "P5 sorted by created_at",
    cursorDesign({ operator: ">=", sort: "created_at:asc", overlap: true }),
  ),
];

type Poller = () => Promise<void>;

function naive(
  name: string,
  what: string,
  start: (hands: Hands, more: { readonly world: World; readonly overlapMs: number }) => Poller,
): Design {
  return {
    name,
    what,
    isNaive: true,
    start: (world, overlapMs) => {
      const hands = createHands(world);
      let poller: Poller | undefined;
      return async () => {
        if (poller) {
          await poller();
          return;
        }
        await readEverything(hands);
        poller = start(hands, { world, overlapMs });
      };
    },
  };
}

function cursorDesign(shape: {
  readonly operator: ">" | ">=";
  readonly sort: string;
  readonly overlap?: boolean;
}): (hands: Hands, more: { readonly overlapMs: number }) => Poller {
  return (hands, { overlapMs }) => {
    let cursor = hands.date();
    const back = shape.overlap ? Math.ceil(overlapMs / 1_000) : 0;
    return async () => {
      const since = `updated_at:${shape.operator}${toIso(cursor - back)}`;
      cursor = Math.max(cursor, await readPages(hands, since, shape.sort));
    };
  };
}

/** Offset pages until one is short. Answers the largest stamp seen. */
async function readPages(hands: Hands, since: string, sort: string): Promise<number> {
  let largest = 0;
  for (let page = 1; ; page += 1) {
    const rows = hands.list([since], sort, page);
    await hands.take(rows, {});
    largest = Math.max(largest, ...rows.map((row) => row.updatedAt));
    if (rows.length < PER_PAGE) return largest;
  }
}

async function readEverything(hands: Hands): Promise<void> {
  let startedAt: number | undefined;
  for (let after: string | undefined; ;) {
    const rows = hands.list(after === undefined ? [] : [`id:>${after}`], "id:asc", 1);
    startedAt ??= hands.date();
    await hands.take(rows, { baselineStartedAt: startedAt });
    after = rows.at(-1)?.id ?? after;
    if (rows.length < PER_PAGE) return;
  }
}

function createHands(world: World): Hands {
  let date = 0;
  return {
    date: () => date,
    known: () => world.memory.snapshotsOf(ACCOUNT, RESOURCE),
    list: (conditions, sort, page) => {
      const all = [...conditions, "archived_at:*", "cancelled_at:*"];
      const query = all.map((condition) => `q[]=${encodeURIComponent(condition)}`).join("&");
      const path = `/${RESOURCE}?${query}&sort=${encodeURIComponent(sort)}&per_page=${PER_PAGE}&page=${page}`;
      const answer = world.upstream.getJson(path);
      if (answer.kind !== "ok") throw new Error(`the clinic refuses ${path}: ${answer.detail}`);
      date = answer.date;
      const records = (answer.value as Record<string, Record<string, unknown>[]>)[RESOURCE] ?? [];
      return records.map((record) => ({
        id: String(record["id"]),
        updatedAt: Date.parse(String(record["updated_at"])) / 1_000,
        createdAt: Date.parse(String(record["created_at"])) / 1_000,
        record,
      }));
    },
    take: async (rows, { baselineStartedAt }) => {
      const { context } = world.scanDeps(RESOURCE);
      const lease = await world.acquire(RESOURCE);
      const known = await world.memory.store.loadSnapshots(
        ACCOUNT,
        RESOURCE,
        rows.map((row) => row.id),
      );
      const snapshots = new Map<string, Snapshot>();
      const events: WebhookEvent[] = [];
      for (const row of rows) {
        const observation = { ...row, unchangedUntil: row.updatedAt - 1, readAt: date };
        const previous = snapshots.get(row.id) ?? known.get(row.id);
        const adoption = adopt({ ...context, baselineStartedAt }, previous, observation);
        if (adoption.kind !== "adopted") continue;
        snapshots.set(row.id, adoption.snapshot);
        if (adoption.event) events.push(adoption.event);
      }
      await world.memory.store.commit(lease, { snapshots, events, cursor: undefined });
      await world.memory.leases.release(lease);
    },
  };
}

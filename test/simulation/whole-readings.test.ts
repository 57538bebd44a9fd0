import fc from "fast-check";
import { expect, test } from "vitest";

import { recordPath } from "../../src/cliniko/list-query.ts";
import type { Page } from "../../src/cliniko/outcome.ts";
import { parseRow } from "../../src/cliniko/parse-page.ts";
import { bestPlan } from "../../src/cliniko/reading-plan.ts";
import { confirmSuspects } from "../../src/pollers/reconcile/confirm-suspects.ts";
import { settleDoubts, suspectUnshown } from "../../src/pollers/reconcile/whole-reading.ts";
import type { ReadingDeps } from "../../src/pollers/scan/reading-deps.ts";
import { scan } from "../../src/pollers/scan/scan.ts";
import { resources } from "../../src/resources/registry.ts";
import { createMemoryReading } from "../support/simulation/memory-reading.ts";
import { ACCOUNT, type World, createWorld } from "../support/simulation/world.ts";

const RESOURCE = "practitioners";
const RUNS = Number(process.env["WHOLE_RUNS"] ?? 60);

/** Two lists that move while they are read, and readings that end where the test says. */
interface Stage {
  readonly world: World;
  /** One poll. `around` is called before each page; "fail" and "stop" end the reading there. */
  readonly poll: (around?: (page: number) => "fail" | "stop" | undefined) => Promise<string>;
  /** What every page is shown as. */
  show: (page: Page, list: string) => Page;
  readonly told: () => { readonly id: string; readonly type: string; readonly active: unknown }[];
}

async function openStage(): Promise<Stage> {
  const world = createWorld({
    seed: 11,
    overlapMs: 20_000,
    pageSize: 2,
    seeded: { practitioners: 8, patients: 1, appointments: 0 },
  });
  const { clock, memory, upstream } = world;
  const reading = createMemoryReading();
  const stage: Stage = {
    world,
    show: (page) => page,
    told: () =>
      memory.eventsOf(ACCOUNT).map(({ event: { subject, type, data } }) => ({
        id: subject.id,
        type: type.replace("practitioner.", ""),
        active: data.object?.["active"],
      })),
    poll: async (around = () => undefined) => {
      clock.advance(61_000);
      const lease = await world.acquire(RESOURCE);
      const end = new AbortController();
      let pages = 0;
      const client: ReadingDeps["client"] = {
        listPage: async (resource, request, signal) => {
          const isKeyset = request.conditions === undefined;
          if (isKeyset) pages += 1;
          const happens = isKeyset ? around(pages) : undefined;
          if (happens === "stop") end.abort();
          if (happens === "fail") return { kind: "unavailable", detail: "HTTP 504", status: 504 };
          const answer = await upstream.client.listPage(resource, request, signal);
          return answer.kind === "ok"
            ? { kind: "ok", page: stage.show(answer.page, request.pass.variant ?? "") }
            : answer;
        },
        findRecord: async (resource, id) => {
          const date = Math.floor(clock.now() / 1_000);
          const answer = upstream.getJson(recordPath(resource, id));
          if (answer.kind === "not_found") return { kind: "ok", found: false, date };
          return answer.kind === "ok"
            ? { kind: "ok", found: true, date, row: parseRow(answer.value) }
            : answer;
        },
      };
      try {
        const { store, context } = world.scanDeps(RESOURCE);
        const common = { client, context, overlapMs: 20_000, plan: bestPlan(resources[RESOURCE]) };
        const scanned = await scan({ ...common, store, resource: resources[RESOURCE] }, lease, end.signal);
        if (scanned.kind !== "completed") return scanned.kind;
        const deps = {
          ...common,
          store: { ...memory.store, ...store },
          reading,
          resource: resources[RESOURCE],
          watermark: scanned.watermark,
          now: clock.now,
        };
        const { doubted, shown } = scanned;
        const held = { ...deps, state: await reading.read(ACCOUNT, RESOURCE), shown, doubted };
        if (await suspectUnshown(held, lease)) return "guarded";
        await settleDoubts(held, lease, end.signal);
        const state = await reading.read(ACCOUNT, RESOURCE);
        return (await confirmSuspects({ ...deps, state }, lease, end.signal)).kind;
      } finally {
        await memory.leases.release(lease);
      }
    },
  };
  expect(await stage.poll()).toBe("done");
  return stage;
}

function staffOf({ world }: Stage): ReturnType<World["clinic"]["desk"]["practitioners"]> {
  return world.clinic.desk.practitioners();
}

const ACTS = {
  leave: (stage, id) => stage.world.clinic.desk.setPractitionerActive(id, false),
  return: (stage, id) => stage.world.clinic.desk.setPractitionerActive(id, true),
  rename: (stage, id, at) =>
    void stage.world.clinic.desk.of(RESOURCE).change(id, { first_name: `Name ${at}` }),
  retitle: (stage, id, at) =>
    stage.world.clinic.desk.of(RESOURCE).scribble(id, { title: `Title ${at}` }, false),
  arrive: (stage, id) => {
    const like = staffOf(stage).find((row) => row.id === id);
    if (like) stage.world.clinic.desk.of(RESOURCE).create({ ...like });
  },
  // No more than are believed of a small list.
  go: (stage, id) => {
    if (staffOf(stage).length > 6) stage.world.clinic.desk.of(RESOURCE).remove(id);
  },
} satisfies Record<string, (stage: Stage, id: string, at: number) => void>;

interface Step {
  readonly act: keyof typeof ACTS;
  readonly at: number;
  readonly page: number;
}

const step = fc.record({
  act: fc.constantFrom(...(Object.keys(ACTS) as (keyof typeof ACTS)[])),
  at: fc.nat(50),
  page: fc.integer({ min: 1, max: 6 }),
});
const poll = fc.record({
  steps: fc.array(step, { maxLength: 4 }),
  end: fc.option(
    fc.record({
      kind: fc.constantFrom("fail" as const, "stop" as const),
      page: fc.integer({ min: 1, max: 6 }),
    }),
    { nil: undefined },
  ),
});

/** Whatever of these happens before that page. */
function happen(stage: Stage, steps: readonly Step[], page: number): void {
  for (const { act, at } of steps.filter((one) => one.page === page)) {
    const staff = staffOf(stage);
    const row = staff[at % staff.length];
    if (row) ACTS[act](stage, row.id, at);
  }
}

test("whatever moves while both lists are read, what is told in the end is what is so, and who is told as gone is gone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(poll, { minLength: 1, maxLength: 8 }), async (polls) => {
      const stage = await openStage();
      const before = new Map(staffOf(stage).map((row) => [row.id, row.active]));
      for (const { steps, end } of polls) {
        await stage.poll((page) => {
          happen(stage, steps, page);
          return end?.page === page ? end.kind : undefined;
        });
        const there = new Set(staffOf(stage).map(({ id }) => id));
        const gone = stage.told().filter(({ type }) => type === "deleted");
        expect(gone.filter(({ id }) => there.has(id))).toEqual([]);
      }
      for (let rest = 0; rest < 4; rest += 1) expect(await stage.poll()).toBe("done");
      const told = stage.told();
      const staff = staffOf(stage);
      for (const { id, active } of staff) {
        const last = told.findLast((one) => one.id === id);
        expect([id, last ? last.active : before.get(id)]).toEqual([id, active]);
      }
      const gone = [...before.keys()].filter((id) => staff.every((row) => row.id !== id));
      const deleted = told.filter(({ type }) => type === "deleted").map(({ id }) => id);
      expect(deleted.filter((id) => before.has(id)).toSorted()).toEqual(gone.toSorted());
      expect(new Set(deleted).size).toBe(deleted.length);
      const count = told.length;
      await stage.poll();
      expect(stage.told()).toHaveLength(count);
    }),
    { numRuns: RUNS },
  );
});

test("a row that both lists show is nobody's coming and going", async () => {
  const stage = await openStage();
  const [twice] = staffOf(stage);
  const listed = new Map<string, Page["rows"][number]>();
  stage.show = (page, list) => {
    for (const row of page.rows) listed.set(row.id, row);
    const row = listed.get(twice?.id ?? "");
    if (!row || list === "" || page.rows.some(({ id }) => id === row.id)) return page;
    const left = { ...row, record: { ...row.record, active: false } };
    return { ...page, rows: [left, ...page.rows] };
  };
  for (let polls = 0; polls < 3; polls += 1) expect(await stage.poll()).toBe("done");
  expect(stage.told()).toEqual([]);
  // Who is in the second one alone has left.
  stage.world.clinic.desk.setPractitionerActive(twice?.id ?? "", false);
  await stage.poll();
  expect(stage.told().map(({ type }) => type)).toEqual(["deactivated"]);
});

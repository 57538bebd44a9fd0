import fc from "fast-check";
import { expect, test } from "vitest";

import type { Page } from "../../src/cliniko/outcome.ts";
import { type WholeStage, createWholeStage } from "../support/simulation/whole-stage.ts";
import type { World } from "../support/simulation/world.ts";

const RESOURCE = "practitioners";
const RUNS = Number(process.env["WHOLE_RUNS"] ?? 60);
const DAY_MS = 86_400_000;

async function openStage(): Promise<WholeStage> {
  const stage = createWholeStage(RESOURCE, 2);
  expect(await stage.poll()).toBe("done");
  return stage;
}

function toldOf(
  stage: WholeStage,
): { readonly id: string; readonly type: string; readonly active: unknown }[] {
  return stage.told().map(({ subject, type, data }) => ({
    id: subject.id,
    type: type.replace("practitioner.", ""),
    active: data.object?.["active"],
  }));
}

function staffOf({ world }: WholeStage): ReturnType<World["clinic"]["desk"]["practitioners"]> {
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
} satisfies Record<string, (stage: WholeStage, id: string, at: number) => void>;

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

/** One leaves and comes back under a reading, so that neither list shows it, and goes for good before the next. */
const SLIPPED_AND_GONE = [
  {
    steps: [{ act: "arrive", at: 0, page: 1 } as const, { act: "leave", at: 1, page: 1 } as const],
    end: undefined,
  },
  {
    steps: [{ act: "return", at: 1, page: 2 } as const, { act: "go", at: 2, page: 1 } as const],
    end: undefined,
  },
  { steps: [{ act: "go", at: 9, page: 1 } as const], end: undefined },
];

/** Whatever of these happens before that page. */
function happen(stage: WholeStage, steps: readonly Step[], page: number): void {
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
        const gone = toldOf(stage).filter(({ type }) => type === "deleted");
        expect(gone.filter(({ id }) => there.has(id))).toEqual([]);
      }
      for (let rest = 0; rest < 4; rest += 1) expect(await stage.poll()).toBe("done");
      // Who slipped from list to list under a reading, and answered by id, is asked for once a day.
      stage.world.clock.advance(DAY_MS);
      for (let rest = 0; rest < 3; rest += 1) expect(await stage.poll()).toBe("done");
      const told = toldOf(stage);
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
      expect(toldOf(stage)).toHaveLength(count);
    }),
    { numRuns: RUNS, examples: [[SLIPPED_AND_GONE]] },
  );
});

test("a row that both lists show is nobody's coming and going, and is not asked for", async () => {
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
  expect(toldOf(stage)).toEqual([]);
  expect(stage.asked).toEqual([]);
  // Who is in the second one alone has left.
  stage.world.clinic.desk.setPractitionerActive(twice?.id ?? "", false);
  await stage.poll();
  expect(toldOf(stage).map(({ type }) => type)).toEqual(["deactivated"]);
});

import fc from "fast-check";
import { expect, test } from "vitest";

import { type WholeStage, createWholeStage } from "../support/simulation/whole-stage.ts";

const RESOURCE = "services";
const RUNS = Number(process.env["SETS_RUNS"] ?? 60);
const SERVICES = 10;
/** No more of so few go than is believed of a day. */
const FEWEST = 6;
/** After these, as far apart as its tier has them, nothing that contradicted itself is waited for any longer. */
const QUIET_POLLS = 6;
const QUARTER_MS = 900_000;

type Row = ReturnType<typeof rowsOf>[number];

/** A list of pairs without ids, by page numbers, that has been read once. */
async function openStage(services = SERVICES): Promise<WholeStage> {
  const stage = createWholeStage(RESOURCE, 1);
  for (let count = 0; count < services; count += 1) stage.world.clinic.plant.record(RESOURCE);
  expect(await stage.poll()).toBe("done");
  // From here on nothing that is read is of a cache from before.
  stage.world.clock.advance(86_400_000);
  return stage;
}

function deskOf({ world }: WholeStage) {
  return world.clinic.desk.of(RESOURCE);
}

function rowsOf(stage: WholeStage) {
  return deskOf(stage).rows();
}

/** Who offers it, in no order. */
function whoOf({ practitioner_ids }: Pick<Row, "practitioner_ids">): string {
  return practitioner_ids.toSorted().join();
}

/** With who is said to offer it; undefined: it is said to be withdrawn. */
function toldOf(stage: WholeStage) {
  return stage.told().map(({ data, subject, type }) => {
    const links = (data.object?.["practitioners"] ?? []) as { links: { self: string } }[];
    const ids = links.map(({ links: { self } }) => self.split("/").at(-1));
    return { subject, type, who: type === "service.withdrawn" ? undefined : ids.toSorted().join() };
  });
}

/** What a row was at any time, and whether it was ever away. */
interface Past {
  readonly who: Set<string>;
  wasAway: boolean;
}

const step = fc.record({
  act: fc.constantFrom(...["withdraw", "withdraw", "offer", "hand over", "reorder"]),
  at: fc.nat(50),
  page: fc.integer({ min: 1, max: 7 }),
});
const poll = fc.record({
  // Where one goes and another one comes between two pages, nothing in them says that the list has moved.
  comes: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  end: fc.option(
    fc.record({
      kind: fc.constantFrom("fail" as const, "stop" as const),
      page: fc.integer({ min: 1, max: 6 }),
    }),
    { nil: undefined },
  ),
});

function happen(stage: WholeStage, { act, at }: { readonly act: string; readonly at: number }): void {
  const desk = deskOf(stage);
  const rows = rowsOf(stage);
  const row = rows[at % rows.length];
  const staff = stage.world.clinic.desk.practitioners().map(({ id }) => id);
  if (!row) return;
  if (act === "withdraw" && rows.length > FEWEST) desk.remove(row.id);
  if (act === "offer") desk.create({ ...row });
  if (act === "hand over") desk.change(row.id, { practitioner_ids: staff.slice(at % 6, (at % 6) + 2) });
  if (act === "reorder") desk.scribble(row.id, { practitioner_ids: row.practitioner_ids.toReversed() });
}

/** Nobody moves anything. What came of each poll. */
async function rest(stage: WholeStage): Promise<string[]> {
  const results: string[] = [];
  for (let count = 0; count < QUIET_POLLS; count += 1) {
    stage.world.clock.advance(QUARTER_MS);
    results.push(await stage.poll());
  }
  return results;
}

test("whatever a set does while it is read, what is told is what was so, and in the end what is so", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(poll, { minLength: 2, maxLength: 8 }), async (polls) => {
      const stage = await openStage();
      const before = new Map(rowsOf(stage).map((row) => [row.id, whoOf(row)]));
      const pasts = new Map<string, Past>();
      const remember = (): void => {
        const there = new Map(rowsOf(stage).map((row) => [row.id, whoOf(row)]));
        for (const [id, who] of there) {
          const past = pasts.get(id) ?? { who: new Set<string>(), wasAway: false };
          pasts.set(id, past);
          past.who.add(who);
        }
        for (const [id, past] of pasts) past.wasAway ||= !there.has(id);
      };
      remember();
      for (const { comes, end, steps } of polls) {
        await stage.poll((page) => {
          for (const one of steps) {
            if (one.page !== page || one.act === (comes ? "withdraw" : "offer")) continue;
            happen(stage, one);
            remember();
          }
          return end?.page === page ? end.kind : undefined;
        });
        for (const { subject, type, who } of toldOf(stage)) {
          const past = pasts.get(subject.id);
          const wasSo = who === undefined ? past?.wasAway : past?.who.has(who);
          expect([type, subject.id, wasSo]).toEqual([type, subject.id, true]);
        }
      }
      expect(await rest(stage)).toEqual(Array.from({ length: QUIET_POLLS }, () => "done"));
      const known = new Map(before);
      for (const { subject, who } of toldOf(stage)) {
        expect(known.get(subject.id)).not.toBe(who);
        if (who === undefined) known.delete(subject.id);
        else known.set(subject.id, who);
      }
      expect(known).toEqual(new Map(rowsOf(stage).map((row) => [row.id, whoOf(row)])));
      const count = stage.told().length;
      await stage.poll();
      expect(stage.told()).toHaveLength(count);
    }),
    { numRuns: RUNS },
  );
});

test("one that slips past every reading, because the list moves in each of them, is not told as withdrawn", async () => {
  const stage = await openStage(2 * SERVICES);
  const slips = rowsOf(stage)[SERVICES]?.id;
  const gone: string[] = [];
  let read = 0;
  stage.show = (page) => {
    read = page.next === undefined ? 0 : read + page.rows.length;
    return page;
  };
  for (let count = 0; count < 2; count += 1) {
    await stage.poll(() => {
      const rows = rowsOf(stage);
      // It would be on this page, and comes on to one that has been read.
      const [first] = rows.findIndex(({ id }) => id === slips) === read ? rows : [];
      if (first) deskOf(stage).remove(first.id);
      gone.push(...(first ? [first.id] : []));
      return undefined;
    });
    expect(stage.told()).toEqual([]);
  }
  // In each poll three readings.
  expect(gone).toHaveLength(6);
  await rest(stage);
  const told = stage.told().map(({ subject, type }) => [type, subject.id]);
  expect(told.toSorted()).toEqual(gone.map((id) => ["service.withdrawn", id]).toSorted());
});

test("one that slipped past a reading because another one came for one that went is not told as withdrawn", async () => {
  const stage = await openStage();
  const [first] = rowsOf(stage);
  await stage.poll((page) => {
    if (page !== 2 || !first) return undefined;
    const desk = deskOf(stage);
    desk.create({ ...first });
    desk.remove(first.id);
    return undefined;
  });
  await rest(stage);
  expect(
    stage
      .told()
      .map(({ type }) => type)
      .toSorted(),
  ).toEqual(["service.offered", "service.withdrawn"]);
  expect(stage.told().find(({ type }) => type === "service.withdrawn")?.subject.id).toBe(first?.id);
});

import type { Clinic } from "../../src/sandbox/clinic/clinic.ts";
import type { Strictness } from "../../src/sandbox/faults/strictness.ts";
import { type TableName, TABLE_NAMES, specs } from "../../src/sandbox/tables/tables.ts";
import type { Spelling } from "../../src/sandbox/wire/respell.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { type Look, openContractStage } from "./contract-stage.ts";
import { type Trial, editOf, planEdit, planTrials, toldColumns } from "./trials.ts";

/** Resources that somebody may be called for, and that have records: the one object has a suite of its own. */
export const RESOURCES: readonly TableName[] = TABLE_NAMES.filter(
  (name) => specs[name].subject !== undefined && !specs[name].single,
);

/** What happened in one chapter: the records by resource, and what was owed and told of them. */
export interface Chapter extends Look {
  readonly trials: ReadonlyMap<TableName, readonly Trial[]>;
}

/** A trouble that comes and goes: what is told while it lasts, and after it. */
export interface Trouble {
  readonly during: Chapter;
  readonly after: Look;
  /** What was said of the connection: to what it changed, and of which resource. */
  readonly notices: readonly string[];
}

export const SPELLINGS: Readonly<Record<string, Spelling>> = {
  "another zone, other empty values, another order, more noughts": {
    moments: "offset",
    empty: "turned",
    order: "reversed",
    decimals: "padded",
  },
  "milliseconds, nothing where it is empty, amounts as numbers": {
    moments: "milliseconds",
    empty: "absent",
    decimals: "numbers",
  },
  "a field that nobody knows": { unknownField: ["introduced_yesterday", { deep: [1] }] },
  "an attribute that nobody knows": { unknownAttribute: ["introduced_today", "HIV"] },
};

export const REFUSALS: Readonly<Record<string, Strictness>> = {
  wildcards: { wildcards: "refused" },
  updated_at: { updatedAt: "refused" },
  "ids in ranges, and sorting": { idRanges: "refused", sort: "refused" },
};

const HOUR_MS = 3_600_000;

/** Everything that every resource must stand, done once to all of them at the same time. */
export async function tellStory(address: RedisAddress) {
  await using stage = await openContractStage(address);
  const { bench, readAll, look } = stage;
  const { clinic } = bench;
  const { faults } = clinic;
  const plan = (what: (name: TableName) => readonly Trial[]): ReadonlyMap<TableName, readonly Trial[]> =>
    new Map(RESOURCES.map((name) => [name, what(name)]));
  const planOne = (): ReadonlyMap<TableName, readonly Trial[]> => plan((name) => [planEdit(clinic, name)]);
  const run = async (trials: ReadonlyMap<TableName, readonly Trial[]>): Promise<Chapter> => {
    for (const trial of [...trials.values()].flat()) trial.run();
    bench.tick(5_000);
    await readAll();
    return { trials, ...(await look()) };
  };

  const planned = {
    changes: plan((name) => planTrials(clinic, name)),
    created: plan((name) => [planCreation(clinic, name)]),
    spelled: Object.entries(SPELLINGS).map(([name, spelling]) => ({ name, spelling, trials: planOne() })),
    refused: Object.entries(REFUSALS).map(([name, strictness]) => ({ name, strictness, trials: planOne() })),
    forbidden: planOne(),
    missing: planOne(),
    removed: plan((name) => [planRemoval(clinic, name)]),
    unlisted: plan((name) => [planEdit(clinic, name)]),
  };
  const merged = planMerge(clinic);
  const forgotten = planPerson(clinic, "Grimsditch");
  const nameless = planPerson(clinic, "Whittingstall");

  await look();
  await readAll(4);
  const baseline = await look();
  bench.tick(300_000);
  const changes = await run(planned.changes);
  const created = await run(planned.created);

  const spelled = new Map<string, { readonly same: Look; readonly edited: Chapter }>();
  for (const { name, spelling, trials } of planned.spelled) {
    faults.spell(spelling);
    touchEverything(clinic);
    bench.tick(5_000);
    await readAll();
    spelled.set(name, { same: await look(), edited: await run(trials) });
    faults.spell(undefined);
  }
  const objects = (await bench.events()).map(({ data }) => data.object ?? {});

  const tellSides = async (from: number): Promise<{ readonly before: string; readonly after: string }> => {
    const events = await bench.events();
    return { before: JSON.stringify(events.slice(0, from)), after: JSON.stringify(events.slice(from)) };
  };

  const endure = async (
    restriction: "forbidden" | "missing",
    trials: Chapter["trials"],
  ): Promise<Trouble> => {
    const from = bench.notices.length;
    for (const name of RESOURCES) faults.restrict(name, restriction);
    const during = await run(trials);
    bench.tick(HOUR_MS);
    await readAll();
    faults.unrestrict();
    bench.tick(HOUR_MS);
    await readAll(3);
    const notices = bench.notices
      .slice(from)
      .map(({ transition, resource }) => `${transition} ${resource ?? "account"}`);
    return { during, after: await look(), notices };
  };
  const merge = await run(merged);

  const known = await run(forgotten.edit());
  const fromForgotten = (await bench.events()).length;
  await bench.forget(forgotten.patient);
  const kept = await run(forgotten.edit());
  const forget = { ...(await tellSides(fromForgotten)), known, kept };

  for (const [name, trials] of planned.unlisted) {
    // Without an id its list is the only one to ask: who is not in it is gone.
    if (specs[name].identifiedBy) continue;
    faults.unlist(
      name,
      trials.map(({ id }) => id),
    );
  }
  for (const trial of [...planned.removed.values()].flat()) trial.run();
  bench.tick(HOUR_MS);
  await readAll(1);
  const suspected = await look();
  for (let minute = 0; minute < 8; minute += 1) {
    bench.tick(61_000);
    await readAll(1);
  }
  const removed = { trials: planned.removed, unlisted: planned.unlisted, suspected, ...(await look()) };
  faults.heal();

  const forbidden = await endure("forbidden", planned.forbidden);
  const missing = await endure("missing", planned.missing);

  const refused = new Map<string, Chapter>();
  for (const { name, strictness, trials } of planned.refused) {
    faults.enforce(strictness);
    await readAll(3);
    refused.set(name, await run(trials));
    faults.heal();
    await readAll(3);
  }

  // The patient's own deletion takes an hour to be told, and is nothing new.
  clinic.desk.archivePatient(nameless.patient);
  const named = await run(nameless.edit());
  const fromNameless = (await bench.events()).length;
  const taken = await run(nameless.lose());
  const unnamed = await run(nameless.edit());
  const anonymity = { ...(await tellSides(fromNameless)), named, taken, unnamed };

  return {
    baseline,
    changes,
    created,
    spelled,
    /** Names of the fields and attributes that were passed on until then. */
    passedOn: new Set(JSON.stringify(objects).match(/(?<=")\w+(?=":)/g)),
    refused,
    forbidden,
    missing,
    merge,
    forget,
    anonymity,
    removed,
  };
}

export type Story = Awaited<ReturnType<typeof tellStory>>;

function touchEverything({ desk }: Clinic): void {
  for (const name of RESOURCES) for (const { id } of desk.of(name).rows()) desk.of(name).scribble(id);
}

/** One that is like another. */
function planCreation(clinic: Clinic, name: TableName): Trial {
  const like = clinic.plant.record(name);
  const table = clinic.desk.of(name);
  const trial = { what: "create", id: "" };
  return Object.assign(trial, {
    run: () => {
      const row = table.rows().find(({ id }) => id === like);
      trial.id = table.create({ ...row });
    },
  });
}

function planRemoval(clinic: Clinic, name: TableName): Trial {
  const id = clinic.plant.record(name);
  return {
    what: "remove",
    id,
    run: () => clinic.desk.of(name).remove(id),
  };
}

/** What is written about the patient who will be forgotten, or lose their name. */
export function writtenOf(name: TableName, whom: string): readonly string[] {
  const { personal = [], columns } = specs[name];
  return personal
    .filter((column) => columns[column]?.kind === "text" && !columns[column]?.values)
    .map((column) => `${whom}, ${name}.${column}`);
}

/** A patient with a record of every resource that names one, all of it full of what is written of them. */
function planPerson(
  clinic: Clinic,
  whom: string,
): {
  readonly patient: string;
  readonly edit: () => ReadonlyMap<TableName, readonly Trial[]>;
  /** The patient is deleted, and what is left names nobody. */
  readonly lose: () => ReadonlyMap<TableName, readonly Trial[]>;
} {
  const written = (name: TableName): object =>
    Object.fromEntries(writtenOf(name, whom).map((text) => [text.split(".").at(-1), text]));
  const patient = clinic.plant.record("patients", written("patients"));
  const ids = new Map<TableName, string>([["patients", patient]]);
  for (const { name, column } of namingPatients()) {
    ids.set(name, clinic.plant.record(name, { ...written(name), [column]: patient }));
  }
  const columnOf = (name: TableName): string => {
    const { personal = [], columns } = specs[name];
    const told = toldColumns(name).filter((column) => columns[column]?.to !== "patients");
    return told.find((column) => !personal.includes(column)) ?? told[0] ?? "";
  };
  return {
    patient,
    edit: () =>
      new Map(
        [...ids]
          .filter(([name, id]) =>
            clinic.desk
              .of(name)
              .rows()
              .some((row) => row.id === id),
          )
          .map(([name, id]) => [name, [editOf(clinic, name, id, columnOf(name))]]),
      ),
    lose: () => {
      const run = (): void => void clinic.desk.deletePatientForGood(patient);
      const all = [...ids].filter(([name]) => name !== "patients").map(([name, id]) => ({ name, id }));
      return new Map(
        all.map(({ name, id }, index) => [
          name,
          [{ what: "lose", id, run: index === 0 ? run : (): void => undefined }],
        ]),
      );
    },
  };
}

/** Resources whose records name a patient, and by what. */
function namingPatients(): readonly { readonly name: TableName; readonly column: string }[] {
  return RESOURCES.filter((name) => name !== "patients").flatMap((name) => {
    const { columns } = specs[name];
    const column = Object.keys(columns).find((one) => columns[one]?.to === "patients");
    return column === undefined ? [] : [{ name, column }];
  });
}

/** One patient becomes another, with a record of every resource that names a patient. */
function planMerge(clinic: Clinic): ReadonlyMap<TableName, readonly Trial[]> {
  const [loser, survivor] = [clinic.plant.record("patients"), clinic.plant.record("patients")];
  const merge = (): void => void clinic.desk.mergePatients(loser, survivor);
  const nothing = (): void => undefined;
  const moved = namingPatients().map(({ name, column }) => {
    const id = clinic.plant.record(name, { [column]: loser });
    return [name, [{ what: "moved", id, run: nothing }]] as const;
  });
  return new Map<TableName, readonly Trial[]>([
    ...moved,
    ["patients", [{ what: "merge", id: loser, run: merge }]],
  ]);
}

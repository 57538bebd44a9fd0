/**
 * Model-based: schedules of writes, scans, crashes, stalled workers, late and stale lists, page faults, deployments and
 * rollbacks, in any order. Each title is one invariant (docs/invariants.md); every run ends by the rule "heal, drain, compare".
 *
 * They are drawn from a seed that never changes, and every invariant is judged in each. MODEL_RUNS=20000 looks further,
 * MODEL_SEED=random elsewhere.
 * A failure prints `seed`, `path` and `replayPath`: run it again with
 *   MODEL_SEED=<seed> MODEL_PATH=<path> MODEL_REPLAY=<replayPath> npx vitest run test/simulation/model.test.ts -t I1
 * and, once understood, put it on the list of REGRESSIONS. They hold as long as commands.ts and acts.ts stay as they are.
 */
import fc from "fast-check";
import { expect, test } from "vitest";

import { hashText } from "../../src/sandbox/clinic/random.ts";
import { type Command, schedules } from "../support/simulation/commands.ts";
import { createSimulation } from "../support/simulation/simulation.ts";

interface Regression {
  readonly seed: number;
  readonly path: string;
  readonly replayPath: string;
  /** What it was. */
  readonly of: string;
}

const REGRESSIONS: readonly Regression[] = [];

const RUNS = Number(process.env["MODEL_RUNS"] ?? 200);
const SEED = process.env["MODEL_SEED"] ?? String(hashText("model"));
const PATH = process.env["MODEL_PATH"];
const REPLAY = process.env["MODEL_REPLAY"];

const INVARIANTS = {
  I1: "once all is read, every record is remembered as it is upstream, and further polls tell nothing",
  I2: "the events of a record form a chain without a gap, from first sight to what is remembered",
  I3: "every event shows a state that was, told as what happened, in the order it happened",
  I4: "one transition has one id, through crashes, second workers and a store that went back",
  I6: "an older version never replaces a newer one",
  I7: "the watermark moves with the last page only, never past the scan's start, never back",
  I9: "whatever was visible when a complete scan started is remembered afterwards",
  I10: "nothing is told as deleted that was not",
  I13: "the first sync is silent, and nothing from before it is ever told",
  I14: "no change is lost, wherever the power goes",
  I17: "a release that watches other fields tells nothing of its own",
  I19: "one resource is read by one worker at a time",
} as const;

/** All draw the same: what one test has played is judged by the others. */
const played = new Map<string, ReturnType<typeof play>>();

function playOnce(seed: number, commands: Iterable<Command>): ReturnType<typeof play> {
  const schedule = [seed, ...Array.from(commands, String)].join("\n");
  const run = played.get(schedule) ?? play(seed, commands);
  played.set(schedule, run);
  return run;
}

async function play(seed: number, commands: Iterable<Command>) {
  const simulation = createSimulation(seed);
  // Every other run begins with a clinic that has been read, so that short schedules reach further.
  if (seed % 2 === 1) await simulation.settle();
  await fc.asyncModelRun(() => ({ model: {}, real: simulation }), commands);
  const reached = new Map(simulation.tally);
  reached.set("events", simulation.world.memory.everCommitted("northside").length);
  await simulation.settle();
  return { breaches: simulation.breaches, reached };
}

function property(invariant: string, replayPath?: string) {
  return fc.asyncProperty(fc.nat(1_000), schedules(replayPath), async (seed, commands) => {
    const { breaches } = await playOnce(seed, commands);
    const details = breaches.filter((one) => one.invariant === invariant).map(({ detail }) => detail);
    if (details.length === 0) return;
    // Shrinking keeps the commands that were run, whoever ran them before.
    await play(seed, commands);
    throw new Error(`${invariant}: ${details.slice(0, 3).join("\n")}`);
  });
}

for (const [invariant, title] of Object.entries(INVARIANTS)) {
  test(`${invariant}: ${title}`, { timeout: 3_600_000 }, async () => {
    await fc.assert(property(invariant, REPLAY), {
      numRuns: RUNS,
      ...(SEED === "random" ? {} : { seed: Number(SEED) | 0 }),
      ...(PATH === undefined ? {} : { path: PATH }),
    });
  });
}

for (const { seed, path, replayPath, of } of REGRESSIONS) {
  test(`regression: ${of}`, async () => {
    for (const invariant of Object.keys(INVARIANTS)) {
      await fc.assert(property(invariant, replayPath), { seed, path, endOnFailure: true });
    }
  });
}

test("the schedules reach what they are for", async () => {
  const total = new Map<string, number>();
  const reaching = fc.asyncProperty(fc.nat(1_000), schedules(), async (seed, commands) => {
    const { reached } = await playOnce(seed, commands);
    for (const [what, times] of reached) total.set(what, (total.get(what) ?? 0) + times);
  });
  await fc.assert(reaching, { numRuns: 150, seed: Number(SEED) | 0 });
  console.log(`in 150 schedules: ${[...total].map(([what, times]) => `${what} ${times}`).join(", ")}`);
  const wanted = [
    "completed",
    "failed",
    "fenced",
    "crashed",
    "stalled",
    "stale",
    "rolled back",
    "deployed",
    "events",
  ];
  expect(wanted.filter((what) => (total.get(what) ?? 0) < 5)).toEqual([]);
});

test("the simulation is the same every time", async () => {
  const logs: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    const simulation = createSimulation(7);
    const [first] = fc.sample(schedules(), { seed: 7, numRuns: 1 });
    await fc.asyncModelRun(() => ({ model: {}, real: simulation }), first ?? []);
    await simulation.settle();
    logs.push(JSON.stringify(simulation.world.memory.everCommitted("northside")));
  }
  expect(logs[0]).toBe(logs[1]);
});

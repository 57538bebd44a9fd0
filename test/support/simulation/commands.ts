import fc from "fast-check";

import type { Fault } from "../../../src/sandbox/faults/faults.ts";
import { actArbitrary, describeAct } from "./acts.ts";
import type { Interruption } from "./interrupt.ts";
import { RESOURCES, type Simulation } from "./simulation.ts";

/** The clinic's own ledger is the model: commands carry nothing of their own. */
type Model = object;
export type Command = fc.AsyncCommand<Model, Simulation, boolean>;

function command(name: string, run: (simulation: Simulation) => void | Promise<void>): Command {
  return {
    check: () => true,
    run: async (_model, simulation) => await run(simulation),
    toString: () => name,
  };
}

const resource = fc.constantFrom(...RESOURCES);
const place: fc.Arbitrary<Interruption> = fc.record({
  call: fc.integer({ min: 1, max: 10 }),
  when: fc.constantFrom("before", "after"),
});
const fault: fc.Arbitrary<Fault> = fc.constantFrom<Fault[]>(
  { kind: "status", status: 500 },
  { kind: "status", status: 504, afterWork: true },
  { kind: "rate_limited", resetInMs: 20_000 },
  { kind: "hang" },
  { kind: "torn_json" },
  { kind: "cut_connection" },
  { kind: "reset" },
  { kind: "wrong_content_type" },
);

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.tuple(actArbitrary, fc.integer({ min: 0, max: 1_500 })).map(([act, gapMs]) =>
      command(`${describeAct(act)} +${gapMs}ms`, (simulation) => {
        simulation.write(act);
        simulation.world.clock.advance(gapMs);
      }),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(resource, fc.array(actArbitrary, { maxLength: 3 })).map(([name, between]) =>
      command(`scan ${name} [${between.map(describeAct).join(" ")}]`, async (simulation) => {
        await simulation.scan(name, { between });
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(resource, place).map(([name, cut]) =>
      command(`crash ${name} ${cut.when} call ${cut.call}`, async (simulation) => {
        await simulation.scan(name, { cut });
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(resource, place).map(([name, at]) =>
      command(`stall ${name} ${at.when} call ${at.call}`, async (simulation) => {
        await simulation.stall(name, at);
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(resource, place, actArbitrary, actArbitrary).map(([name, at, first, second]) =>
      command(
        `overtake ${name} ${at.when} call ${at.call} [${describeAct(first)} ${describeAct(second)}]`,
        async (simulation) => {
          simulation.write(first);
          await simulation.stall(name, at);
          simulation.write(second);
          await simulation.scan(name); // waits until the lease has lapsed
          simulation.write(first);
          await simulation.wakeAll();
        },
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(actArbitrary, actArbitrary).map(([first, second]) =>
      command(`old view [${describeAct(first)} ${describeAct(second)}]`, async (simulation) => {
        simulation.startTrouble("stale");
        for (const act of [first, second, first]) {
          simulation.write(act);
          simulation.world.clock.advance(1_500);
          for (const name of [...RESOURCES, ...RESOURCES]) await simulation.scan(name);
        }
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.array(fc.tuple(resource, actArbitrary), { minLength: 1, maxLength: 3 }).map((steps) =>
      command(`lost second [${steps.map(([, act]) => describeAct(act)).join(" ")}]`, async (simulation) => {
        simulation.checkpoint();
        for (const [name, act] of steps) {
          simulation.write(act);
          await simulation.scan(name);
        }
        simulation.rollBack();
      }),
    ),
  },
  { weight: 3, arbitrary: fc.constant(command("wake", async (simulation) => await simulation.wakeAll())) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 1_000, max: 90_000 })
      .map((ms) => command(`pass ${ms}ms`, ({ world }) => world.clock.advance(ms))),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fault, fc.integer({ min: 1, max: 3 })).map(([kind, count]) =>
      command(`fault ${JSON.stringify(kind)} x${count}`, ({ world }) => {
        world.clinic.faults.failNext(kind, { count });
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("late" as const, "stale" as const)
      .map((kind) => command(kind, (simulation) => simulation.startTrouble(kind))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-86_400_000, 86_400_000).map((ms) =>
      command(`our clock ${ms}ms`, ({ world }) => {
        world.ourSkewMs += ms;
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: resource.map((name) =>
      command(`race ${name}`, async (simulation) => await simulation.race(name)),
    ),
  },
  { weight: 1, arbitrary: fc.constant(command("deploy", async (simulation) => await simulation.deploy())) },
  {
    weight: 1,
    arbitrary: fc.constant(command("checkpoint", (simulation) => simulation.checkpoint())),
  },
  {
    weight: 1,
    arbitrary: fc.constant(command("roll back", (simulation) => simulation.rollBack())),
  },
);

/** Schedules of everything that can happen, in any order. */
export function schedules(replayPath?: string): fc.Arbitrary<Iterable<Command>> {
  return fc.commands([anyCommand], { maxCommands: 60, size: "max", ...(replayPath ? { replayPath } : {}) });
}

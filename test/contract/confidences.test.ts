import { expect } from "vitest";

import {
  RESOURCE_NAMES,
  type ResourceName,
  isResourceName,
  resources,
} from "../../src/resources/registry.ts";
import { TABLE_NAMES, type TableName, specs } from "../../src/sandbox/tables/tables.ts";
import { fieldIn } from "../../src/shared/sections.ts";
import { writtenOf } from "../support/contract-story.ts";
import { createPollBench } from "../support/poll-bench.ts";
import { test } from "../support/redis-test.ts";
import { search, stealFrom } from "../support/thief.ts";
import { editOf } from "../support/trials.ts";

/** Where anything is written that is not for everybody. */
const CONFIDENT = TABLE_NAMES.filter(isResourceName).filter(
  (name) =>
    resources[name].secret.length > 0 || clinicalOf(name).length > 0 || writtenOf(name, "").length > 0,
);

/** Columns of text that are kept as a fingerprint. */
function clinicalOf(name: TableName & ResourceName): readonly string[] {
  const { fields } = resources[name];
  return Object.keys(fields).filter((column) => fields[column] === "digest");
}

function write(name: TableName & ResourceName, words: string): object {
  const written = writtenOf(name, "").map((text) => text.split(".").at(-1) ?? "");
  const columns = [...new Set([...written, ...clinicalOf(name)])].map((column) => {
    const text = `Grimsditch ${words} ${name} ${column}`;
    return [column, specs[name].columns[column]?.kind === "json" ? { sections: [{ answer: text }] } : text];
  });
  return Object.fromEntries(columns);
}

test("what lets anybody in is neither kept nor told, and what is clinical rests nowhere in the clear", async ({
  redis,
  keys,
  prefix,
}) => {
  await using bench = await createPollBench({
    redis,
    keys,
    seed: { patients: 3, appointments: 0, groupAppointments: 0 },
  });
  const { desk, ledger, plant } = bench.clinic;
  // Whatever is asked for: it opens an account.
  const letIn = plant.record("communications", { category_code: 45, content: "Grimsditch 731946 once" });
  const planted = CONFIDENT.map((name) => [name, plant.record(name, write(name, "once"))] as const);
  const readAll = async (): Promise<void> => {
    for (let round = 0; round < 2; round += 1) {
      for (const name of RESOURCE_NAMES) await bench.poll(name);
      bench.tick(5_000);
    }
  };
  await readAll();
  bench.tick(300_000);
  for (const [name, id] of planted) {
    editOf(bench.clinic, name, id).run();
    const isArchived = "archived_at" in specs[name].columns;
    desk.of(name).change(id, { ...(isArchived && { archived_at: null }), ...write(name, "twice") });
  }
  desk.of("communications").change(letIn, { content: "Grimsditch 731946 twice", to: "0491 570 156" });
  desk.of("communications").create({ category_code: 11, content: "Grimsditch 731946" });
  bench.tick(5_000);
  await readAll();

  const events = await bench.events();
  const told = JSON.stringify(events);
  const secrets = planted.flatMap(([name, id]) => {
    const served = ledger.entries.findLast((entry) => entry.id === id)?.record ?? {};
    return resources[name].secret.map((field) => {
      const value = fieldIn(served, field);
      expect([name, field, value]).not.toEqual([name, field, undefined]);
      return { name, field, value: JSON.stringify(value) };
    });
  });
  expect(secrets).not.toEqual([]);
  for (const { name, field, value } of secrets) {
    const objects = events
      .filter(({ subject }) => subject.type === resources[name].subject)
      .map(({ data }) => fieldIn(data.object ?? {}, field));
    expect(objects.length).toBeGreaterThan(0);
    expect(objects.filter((shown) => shown !== undefined)).toEqual([]);
    expect(told).not.toContain(value);
  }
  // What an endpoint may ask for is in the event, sealed; what it was before is known to nobody.
  for (const name of CONFIDENT)
    for (const column of clinicalOf(name)) {
      expect(told).toContain(`Grimsditch twice ${name} ${column}`);
      expect(told).not.toContain(`Grimsditch once ${name} ${column}`);
    }
  expect(told).not.toContain("Grimsditch 731946");
  const needles = new Set(["Grimsditch", ...secrets.map(({ value }) => value)]);
  expect(search(await stealFrom(redis, prefix), needles)).toEqual([]);
});

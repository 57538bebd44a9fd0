/** What is ordinary at one resource and would be strange at another, and what one record does to others. */
import { describe, expect } from "vitest";

import type { ResourceName } from "../../../src/resources/registry.ts";
import { type PollBench, type PollBenchOptions, createPollBench } from "../../support/poll-bench.ts";
import { disposedAfter, test as base } from "../../support/redis-test.ts";

const test = base.extend("bench", async ({ redis, keys }, { onCleanup }) =>
  disposedAfter(onCleanup, await openBench({ redis, keys })),
);

type Given = Pick<PollBenchOptions, "redis" | "keys">;

async function openBench(given: Given, unknowns: PollBenchOptions["unknowns"] = {}): Promise<PollBench> {
  const seed = { patients: 4, appointments: 0, groupAppointments: 0 };
  return await createPollBench({ ...given, seed, unknowns });
}

/** Reads these, after five minutes in which nothing was. */
async function readLater(
  bench: PollBench,
  resources: readonly ResourceName[],
  act: () => void,
): Promise<void> {
  bench.tick(300_000);
  act();
  bench.tick(1_000);
  for (const resource of resources) await bench.poll(resource);
}

async function told(bench: PollBench): Promise<string[]> {
  return (await bench.events()).map(({ type, data }) => `${type} (${data.transitions.join(", ")})`);
}

/** What was said of the connection besides that a first sync was done. */
function troubles({ notices }: PollBench): string[] {
  return notices.map(({ transition }) => transition).filter((said) => said !== "baseline_completed");
}

describe.each([true, false])(
  "where a movement of stock moves its product's stamp: %s",
  (stockMovesProduct) => {
    test("the product is told at once, and what moved it besides", async ({ redis, keys }) => {
      await using bench = await openBench({ redis, keys }, { stockMovesProduct });
      const { desk, plant } = bench.clinic;
      const product_id = plant.record("products", { stock_level: "2.0" });
      const untracked = plant.record("products", { stock_level: null });
      const resources = ["stock_adjustments", "products"] as const;
      for (const resource of resources) await bench.poll(resource);
      await readLater(bench, resources, () => undefined);
      const move = (quantity: string) => () =>
        void desk.of("stock_adjustments").create({ product_id, quantity });
      for (const quantity of ["-1.0", "-1.0", "-0.5", "3.0"])
        await readLater(bench, resources, move(quantity));
      expect(await told(bench)).toEqual(
        ["stock_changed", "out_of_stock", "stock_changed", "back_in_stock"].flatMap((what) => [
          "stock_adjustment.created (created)",
          `product.${what} (${what})`,
        ]),
      );
      // What is not tracked has no level to move.
      await readLater(bench, resources, () => {
        desk.of("stock_adjustments").create({ product_id: untracked, quantity: "1.0" });
      });
      expect((await told(bench)).slice(8)).toEqual(["stock_adjustment.created (created)"]);
    });
  },
);

test("a level that moved without a stamp and without a movement is found by the walk of the day", async ({
  bench,
}) => {
  const { desk, plant } = bench.clinic;
  const id = plant.record("products");
  await bench.poll("products");
  for (let reading = 0; reading < 2; reading += 1) await readLater(bench, ["products"], () => undefined);
  await readLater(bench, ["products"], () => desk.of("products").scribble(id, { stock_level: "0.0" }, false));
  expect(await told(bench)).toEqual([]);
  await readLater(bench, ["products"], () => bench.tick(86_400_000));
  expect(await told(bench)).toEqual(["product.out_of_stock (out_of_stock)"]);
});

test("what follows from a change is read at once, and nothing is where nothing was told", async ({
  bench,
}) => {
  const { desk, plant } = bench.clinic;
  const [type, product_id, invoice] = [
    plant.record("appointment_types"),
    plant.record("products"),
    plant.record("invoices"),
  ];
  const resources = ["appointment_types", "invoices", "stock_adjustments"] as const;
  for (const resource of resources) await bench.poll(resource);
  await readLater(bench, resources, () => desk.of("invoices").change(invoice, { issue_date: "2026-11-09" }));
  expect(bench.woken).toEqual(["invoice_items"]);
  await readLater(bench, resources, () => {
    desk.of("appointment_types").change(type, { duration_in_minutes: 45 });
    desk.of("stock_adjustments").create({ product_id });
  });
  const followers = ["appointment_type_billable_items", "appointment_type_products", "services"];
  // Another length of the type moves what can be booked.
  expect(bench.woken).toEqual(["invoice_items", "available_times", ...followers, "products"]);
});

test("a line that vanishes waits for the count of the hour, and not when its invoice is edited", async ({
  redis,
  keys,
}) => {
  const QUARTER_MS = 900_000;
  await using bench = await createPollBench({ redis, keys, pollEveryMs: QUARTER_MS });
  const { desk, plant } = bench.clinic;
  const invoice_id = plant.record("invoices");
  const [former = ""] = Array.from({ length: 4 }, () => plant.record("invoice_items", { invoice_id }));
  for (const resource of ["invoices", "invoice_items", "invoice_items"] as const) {
    await bench.poll(resource);
    bench.tick(QUARTER_MS);
  }
  desk.of("invoice_items").remove(former);
  await bench.poll("invoice_items");
  bench.tick(QUARTER_MS);
  await bench.poll("invoice_items");
  expect([...(await bench.reading.suspects("northside", "invoice_items")).keys()]).toEqual([]);

  const editedAt = bench.now();
  desk.of("invoices").change(invoice_id, { total_amount: "0.00" });
  bench.tick(1_000);
  await bench.poll("invoices");
  for (let look = 0; look < 3; look += 1) {
    const nextAt = (await bench.poll("invoice_items")) ?? Infinity;
    if (look < 2) bench.tick(nextAt - bench.now());
  }
  expect(await told(bench)).toEqual([
    "invoice.total_changed (total_changed)",
    "invoice_item.deleted (deleted)",
  ]);
  expect(bench.now() - editedAt).toBeLessThan(3 * 60_000);
  expect(troubles(bench)).toEqual([]);
});

describe("many at once", () => {
  test("a bulk e-mail of two thousand is told, each message as sent", async ({ bench }) => {
    const { desk } = bench.clinic;
    const [patient] = desk.patients();
    await bench.poll("communications");
    await readLater(bench, ["communications"], () => {
      for (let count = 0; count < 2_000; count += 1) {
        desk.of("communications").create({
          patient_id: patient?.id ?? "",
          direction_code: 1,
          category_code: 15,
          type_code: 2,
        });
      }
    });
    const words = await told(bench);
    expect(new Set(words)).toEqual(new Set(["communication.sent (sent, created)"]));
    expect(words).toHaveLength(2_000);
    expect(troubles(bench)).toEqual([]);
  });

  test.for([
    ["communications", 60],
    ["invoice_items", 60],
    ["stock_adjustments", 60],
    ["invoices", 0],
  ] as const)(
    "of %s that appear late, %i of 60 are told, and the account is held otherwise",
    async (given, { redis, keys }) => {
      const [resource, count] = given;
      await using bench = await openBench({ redis, keys });
      const { plant } = bench.clinic;
      plant.record(resource);
      await bench.poll(resource);
      bench.tick(3_600_000);
      await bench.poll(resource);
      const created_at = Math.floor(bench.now() / 1_000) - 1_800;
      await readLater(bench, [resource], () => {
        const updated_at = Math.floor(bench.now() / 1_000);
        for (let made = 0; made < 60; made += 1) plant.record(resource, { created_at, updated_at });
      });
      expect(await told(bench)).toHaveLength(count);
      expect(troubles(bench)).toEqual(count === 0 ? ["degraded"] : []);
    },
  );

  /** Thirty lines of an invoice go, and thirty others come: on the same one, on another, or none. */
  test.for(["same", "another", "none"] as const)(
    "lines of an invoice that go as others come are no mass deletion: others on %s",
    async (where, { bench }) => {
      const { desk, plant } = bench.clinic;
      const [invoice_id, other] = [plant.record("invoices"), plant.record("invoices")];
      const lines = Array.from({ length: 30 }, () => plant.record("invoice_items", { invoice_id }));
      await bench.poll("invoice_items");
      await readLater(bench, ["invoice_items"], () => {
        const deleted_at = Math.floor(bench.now() / 1_000);
        for (const line of lines) desk.of("invoice_items").change(line, { deleted_at });
        const on = { same: invoice_id, another: other, none: undefined }[where];
        for (const _line of lines) if (on) desk.of("invoice_items").create({ invoice_id: on });
      });
      const words = await told(bench);
      expect(words.filter((one) => one === "invoice_item.deleted (deleted)")).toHaveLength(
        where === "same" ? 30 : 0,
      );
      expect(words).toHaveLength(where === "same" ? 60 : 0);
      expect(troubles(bench)).toEqual(where === "same" ? [] : ["permission_reduced"]);
    },
  );
});

describe("a message", () => {
  test.for([
    [1, 15, "communication.sent (sent, created)"],
    [2, 8, "communication.received (received, created)"],
    [1, 12, "communication.created (created)"],
    [2, 12, "communication.created (created)"],
    [null, 7, "communication.created (created)"],
  ] as const)("of direction %s and category %i is told as %s", async (given, { redis, keys }) => {
    const [direction_code, category_code, words] = given;
    await using bench = await openBench({ redis, keys });
    await bench.poll("communications");
    await readLater(bench, ["communications"], () => {
      bench.clinic.desk.of("communications").create({ direction_code, category_code });
    });
    expect(await told(bench)).toEqual([words]);
    const [event] = await bench.events();
    expect(Date.parse(event?.timestamp ?? "")).toBe(Date.parse(String(event?.data.object?.["created_at"])));
  });
});

describe("a merge that moves no stamp", () => {
  test("reaches what names the duplicate by a link that is no filter, and a referrer", async ({
    redis,
    keys,
  }) => {
    await using bench = await openBench({ redis, keys }, { mergeMovesUpdatedAt: false });
    const { desk, plant } = bench.clinic;
    const [loser, survivor] = [plant.record("patients"), plant.record("patients")];
    plant.record("relationships", { related_patient_id: loser });
    plant.record("referral_sources", { referrer_id: loser, referrer_type: "Patient" });
    plant.record("referral_sources", { patient_id: loser });
    // A contact is nobody's duplicate.
    const contact_id = plant.record("contacts");
    plant.record("referral_sources", { referrer_id: contact_id, referrer_type: "Contact" });
    const resources = ["patients", "relationships", "referral_sources"] as const;
    for (const resource of resources) await bench.poll(resource);
    await readLater(bench, resources, () => desk.mergePatients(loser, survivor));
    expect((await told(bench)).toSorted()).toEqual([
      "patient.merged (merged, archived)",
      "referral_source.updated (updated)",
      "referral_source.updated (updated)",
      "relationship.updated (updated)",
    ]);
    expect(troubles(bench)).toEqual([]);
    expect(bench.kept.flatMap(({ failing }) => failing)).toEqual([]);
  });
});

describe.for([
  ["invoices", "practitioner"],
  ["treatment_notes", "practitioner"],
  ["unavailable_blocks", "business"],
  ["availability_blocks", "practitioner"],
  ["daily_availabilities", "business"],
  ["practitioner_reference_numbers", "business"],
] as const)("of %s, a %s that is left out", ([name, link]) => {
  test("was unset where another record still has one: that is told, and the account is read on", async ({
    bench,
  }) => {
    const { desk, plant } = bench.clinic;
    const [, id] = [plant.record(name), plant.record(name)];
    await bench.poll(name);
    await readLater(bench, [name], () => desk.of(name).change(id, { [`${link}_id`]: "" }));
    const [event, ...more] = (await bench.events()).filter(({ subject }) => subject.id === id);
    expect(more).toEqual([]);
    expect(event?.data).toMatchObject({
      changed: [link],
      object: expect.not.objectContaining({ [link]: {} }),
    });
    expect(JSON.stringify(event?.data.previous[link])).toContain(
      `${link === "business" ? "businesses" : "practitioners"}/`,
    );
    expect(troubles(bench)).toEqual([]);
  });

  test("is not served any more where no record has one: nothing is told", async ({ bench }) => {
    const { desk, faults, plant } = bench.clinic;
    const [, id] = [plant.record(name), plant.record(name)];
    await bench.poll(name);
    faults.spell({ withheldField: link });
    await readLater(bench, [name], () => desk.of(name).scribble(id, {}, true));
    expect(await told(bench)).toEqual([]);
    expect(troubles(bench)).toEqual(["schema_changed"]);
  });
});

describe("a name that is not there any more", () => {
  const NAMELESS = "invoice.updated (updated, anonymised)";

  test("was taken away where another record still has one", async ({ bench }) => {
    const { desk, plant } = bench.clinic;
    const [, id] = [plant.record("invoices"), plant.record("invoices")];
    await bench.poll("invoices");
    await readLater(bench, ["invoices"], () => desk.of("invoices").change(id, { patient_id: "" }));
    expect(await told(bench)).toEqual([NAMELESS]);
    expect(troubles(bench)).toEqual([]);
  });

  test("is not served any more where no record has one: nothing is told, and all of it when it is back", async ({
    bench,
  }) => {
    const { desk, faults, plant } = bench.clinic;
    const [, id] = [plant.record("invoices"), plant.record("invoices")];
    await bench.poll("invoices");
    faults.spell({ withheldField: "patient" });
    await readLater(bench, ["invoices"], () => desk.of("invoices").change(id, { issue_date: "2026-11-09" }));
    expect(await told(bench)).toEqual([]);
    expect(bench.notices.at(-1)).toMatchObject({ transition: "schema_changed", resource: "invoices" });
    faults.spell(undefined);
    await bench.release();
    await readLater(bench, ["invoices"], () => undefined);
    expect(await told(bench)).toEqual(["invoice.updated (updated)"]);
  });

  test.for([true, false])(
    "of the only record, was taken away if the patient is gone: %s",
    async (isGone, { redis, keys }) => {
      await using bench = await openBench(
        { redis, keys },
        { deletedPatientsLeave: "appointments_and_invoices" },
      );
      const { desk, plant } = bench.clinic;
      const patient_id = plant.record("patients", { archived_at: Math.floor(bench.now() / 1_000) - 60 });
      const id = plant.record("invoices", { patient_id, notes: "Grimsditch pays late" });
      await bench.poll("invoices");
      await readLater(bench, ["invoices"], () => {
        if (isGone) desk.deletePatientForGood(patient_id);
        else desk.of("invoices").change(id, { patient_id: "" });
      });
      expect(await told(bench)).toEqual(isGone ? [NAMELESS] : []);
      expect(troubles(bench)).toEqual(isGone ? [] : ["schema_changed"]);
      const [event] = await bench.events();
      expect(JSON.stringify(event ?? "")).not.toContain("Grimsditch");
      if (isGone) expect(event?.data).toMatchObject({ changed: ["patient"], object: { patient: null } });
      if (isGone) expect(JSON.stringify(event?.data.previous)).toContain(patient_id);
    },
  );

  test("of somebody who was forgotten before, brings nothing of them back", async ({ bench }) => {
    const { desk, plant } = bench.clinic;
    const patient_id = plant.record("patients");
    const invoice = plant.record("invoices", { patient_id, notes: "Grimsditch pays late" });
    const source = plant.record("referral_sources", { patient_id, notes: "Grimsditch heard of us" });
    plant.record("invoices");
    const resources = ["invoices", "referral_sources"] as const;
    for (const resource of resources) await bench.poll(resource);
    await bench.forget(patient_id);
    await readLater(bench, resources, () => {
      desk.of("invoices").change(invoice, { patient_id: "", issue_date: "2026-11-09" });
      desk.of("referral_sources").change(source, { subcategory: "Friend" });
    });
    expect(await told(bench)).toEqual(["invoice.updated (updated)", "referral_source.updated (updated)"]);
    const all = JSON.stringify(await bench.events());
    expect(all).not.toContain("Grimsditch");
    expect(all).not.toContain(patient_id);
  });
});

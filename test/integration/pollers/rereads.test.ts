import { expect } from "vitest";

import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const HOUR_MS = 3_600_000;

test.for([true, false])(
  "an invoice that is paid, left as a credit or opened again is told within the hour, whether that moves its stamp: %s",
  async (paymentMovesInvoice, { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys, unknowns: { paymentMovesInvoice } });
    const { clinic } = bench;
    const desk = clinic.desk.of("invoices");
    const make = (): string => clinic.plant.record("invoices");
    const [paid, credited, reopened, idle] = [make(), make(), make(), make()];
    desk.perform(reopened, "pay");
    await bench.poll("invoices");
    bench.tick(HOUR_MS);
    await bench.poll("invoices");
    desk.perform(paid, "pay");
    desk.perform(credited, "credit");
    desk.perform(reopened, "reopen");

    for (let poll = 0; poll < 70; poll += 1) {
      bench.tick(60_000);
      await bench.poll("invoices");
    }
    const told = (await bench.events()).map(({ type, subject }) => `${type} ${subject.id}`);
    expect(told.toSorted()).toEqual(
      [`invoice.paid ${paid}`, `invoice.credited ${credited}`, `invoice.reopened ${reopened}`].toSorted(),
    );
    expect(told.join()).not.toContain(idle);
  },
);

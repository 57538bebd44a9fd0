import { setUpOutbox } from "./outbox-setup.ts";
import { test as base } from "./redis-test.ts";

/** An outbox of the endpoint crm, and each of its parts by its own name. */
export const test = base
  .extend("setup", ({ redis, keys }) => setUpOutbox(redis, keys))
  .extend("outbox", ({ setup }) => setup.outbox)
  .extend("log", ({ setup }) => setup.log)
  .extend("give", ({ setup }) => setup.give)
  .extend("giveInOrder", ({ setup }) => setup.giveInOrder)
  .extend("take", ({ setup }) => setup.take)
  .extend("takeOne", ({ setup }) => setup.takeOne)
  .extend("places", ({ setup }) => setup.places);

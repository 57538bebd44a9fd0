import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

import { Worker } from "bullmq";
import { expect } from "vitest";

import { type QueueOptions, queuePrefix } from "../../../src/queues/queues.ts";
import { startDeliverWorker } from "../../../src/queues/workers.ts";
import { test } from "../../support/queue-test.ts";

const CRM = { endpoint: "crm" };
/** Ours is 10 s; the doomed ones get a short one, so that the test need not wait for it. */
const DOOMED_LOCK_MS = 100;

/** Takes the job, says so, and never ends it. */
const DOOMED_PROCESS = `
import { Worker } from "bullmq";
const take = () => new Promise(() => process.stdout.write("taken"));
new Worker("deliver", take, { stalledInterval: 50, ...JSON.parse(process.env.DOOMED) });
`;

/** Takes the next job as a process that is killed with the job in hand: its lock is never renewed. */
async function takeAndDie({ connection, prefix }: QueueOptions): Promise<void> {
  const doomed = new Worker("deliver", null, {
    connection,
    prefix: queuePrefix(prefix, "deliver"),
    autorun: false,
    lockDuration: DOOMED_LOCK_MS,
    stalledInterval: 20,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  });
  const job = await doomed.getNextJob("doomed", { block: false });
  expect(job?.data).toEqual(CRM);
  const found = once(doomed, "stalled");
  await doomed.startStalledCheckTimer();
  expect(await found).toEqual([job?.id, "active"]);
  await doomed.close(true);
}

async function startDoomedProcess(options: object): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", DOOMED_PROCESS], {
    env: { ...process.env, DOOMED: JSON.stringify(options) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  expect(said.toString()).toBe("taken");
  return child;
}

test("an endpoint whose worker is killed is delivered to by another, however often that happened", async ({
  setup,
  address,
}) => {
  const { queues, options, countOf } = setup;
  await queues.wakeDelivery(CRM);
  for (let death = 0; death < 3; death++) await takeAndDie(options);
  const connection = "url" in address ? { url: address.url } : { path: address.socketPath };
  const doomed = await startDoomedProcess({
    connection,
    prefix: queuePrefix(options.prefix, "deliver"),
    lockDuration: DOOMED_LOCK_MS,
  });
  const gone = once(doomed, "exit");
  doomed.kill("SIGKILL");
  await gone;

  const runs: string[] = [];
  const { signal: stopping } = new AbortController();
  await using _survivor = startDeliverWorker(
    { ...options, stopping },
    async (endpoint) => {
      runs.push(endpoint);
      return { at: Date.now() + 3_600_000, wakes: "" };
    },
    async () => "",
  );

  await expect.poll(async () => await countOf("deliver", "delayed")).toBe(1);
  expect(runs).toEqual(["crm"]);
  expect(await countOf("deliver", "failed")).toBe(0);
});

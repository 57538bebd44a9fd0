import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "vitest";

import { eventSchema } from "../../../src/diff/event.ts";
import { startReceiver } from "../../../src/sandbox/http/receiver.ts";
import { eventually, startHarness } from "../../support/harness.ts";
import { test } from "../../support/redis-test.ts";
import { OPS_TOKEN, SECRET } from "../../support/test-config.ts";

const PROGRAM = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
const ROUNDS = 5;
const KILL_EVERY = 20;

/** The program, started again whenever it dies. */
function supervise(folder: string, ...args: readonly string[]) {
  let child: ChildProcess;
  let out = "";
  let ending = false;
  let kills = 0;
  const start = (): void => {
    child = spawn(process.execPath, [PROGRAM, "listen", ...args], {
      env: { PATH: process.env["PATH"] ?? "", XDG_STATE_HOME: folder, TOKEN: OPS_TOKEN, SECRET },
    });
    child.stdout?.on("data", (chunk: Buffer) => void (out += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => void (out += chunk.toString()));
    child.once("close", () => {
      if (!ending) start();
    });
  };
  start();
  return {
    get kills() {
      return kills;
    },
    out: () => out,
    kill: () => {
      kills += 1;
      child.kill("SIGKILL");
    },
    async [Symbol.asyncDispose]() {
      ending = true;
      const closed = once(child, "close");
      child.kill("SIGINT");
      await closed;
    },
  };
}

test("killed again and again while a clinic is busy, it forwards every event, each record's in their order", async ({
  address,
  prefix,
}) => {
  const folder = await mkdtemp(join(tmpdir(), "cw-listen-"));
  const settings = { ops: { port: 0, token: { env: "OPS_TOKEN" } }, roles: ["poll", "dispatch", "ops"] };
  await using harness = await startHarness({ address, prefix, setup: { settings } });
  let seen = 0;
  let kill = (): void => undefined;
  await using own = await startReceiver({
    secret: SECRET,
    answer: () => {
      seen += 1;
      // Before the answer is there: the worst moment, for it has been worked off and nobody knows.
      if (seen % KILL_EVERY === 0) kill();
      return 204;
    },
  });
  {
    await using listener = supervise(
      folder,
      ...["--forward-to", own.url, "--server", harness.app.opsUrl ?? ""],
      ...["--token-env", "TOKEN", "--secret-env", "SECRET"],
    );
    await eventually(() => /^ready/m.test(listener.out()) || undefined);
    kill = listener.kill;

    const { clinic } = harness;
    const standing = clinic.desk
      .appointments()
      .filter((row) => row.cancelled_at === null && row.archived_at === null)
      .map((row) => row.id);
    for (let round = 0; round < ROUNDS; round += 1) {
      clinic.desk.bulkMove(standing, 86_400_000);
      await harness.settled();
    }
    await harness.nextEvent(standing.length * ROUNDS);
    const told = new Set(harness.events().map(({ id }) => id));
    expect(told.size).toBe(standing.length * ROUNDS);
    const came = (): Set<string> => new Set(own.callbacks.map(({ webhookId }) => webhookId));
    await eventually(() => [...told].every((id) => came().has(id)) || undefined);
    expect([...came()].toSorted()).toEqual([...told].toSorted());
    expect(listener.kills).toBeGreaterThanOrEqual(5);
    expect(listener.out()).toMatch(/^ready: resumed from the event brought at .*behind$/m);
  }
  // The first time that each came.
  const first = new Map(
    own.callbacks.toReversed().map(({ webhookId, event }) => [webhookId, eventSchema.parse(event)]),
  );
  const bySubject = new Map<string, number[]>();
  for (const webhookId of new Set(own.callbacks.map((callback) => callback.webhookId))) {
    const event = first.get(webhookId);
    if (event) bySubject.set(event.subject.id, [...(bySubject.get(event.subject.id) ?? []), event.sequence]);
  }
  for (const sequences of bySubject.values()) {
    expect(sequences).toEqual(Array.from({ length: ROUNDS }, (_, index) => index + 1));
  }
  await rm(folder, { recursive: true, force: true });
}, 600_000);

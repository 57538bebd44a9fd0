import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test as base } from "vitest";
import { z } from "zod";

import { withBase } from "../../src/cli/with-base.ts";
import { readConfig } from "../../src/cli/read-config.ts";
import { accountSchema } from "../../src/ops/api/accounts/account-answer.ts";
import { deliverySchema } from "../../src/ops/api/deliveries/delivery-answer.ts";
import { loggedEventSchema } from "../../src/ops/api/events/event-answer.ts";
import { explanationSchema } from "../../src/ops/api/records/record-schemas.ts";
import { CLI_ENV, type Ran, runCommand, startInstallation } from "../support/cli-commands.ts";
import { commitAll, eventId, numbered } from "../support/admin-setup.ts";

/** Three events are there. */
const test = base.extend(
  "run",
  async ({}, { onCleanup }): Promise<(...args: readonly string[]) => Promise<Ran>> => {
    const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
    const { file, ...installation } = await startInstallation(folder);
    onCleanup(async () => {
      await installation[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });
    const merged = numbered(2, { type: "patient.merged", subject: { type: "patient", id: "7" } });
    await withBase(await readConfig(file, CLI_ENV), async (opened) => {
      await commitAll(opened, numbered(1), merged, numbered(3));
      await opened.redis.hdel(opened.keys.bodies("northside"), eventId(3));
    });
    return async (...args) => await runCommand(CLI_ENV, ...args, "--config", file);
  },
);

test("events are listed, the newest first, without anything of their content", async ({ run }) => {
  const { code, out } = await run("events", "list");
  expect(code).toBe(0);
  const lines = out.trim().split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^when +account +type +subject +event +changed$/);
  expect(lines[1]).toMatch(/appointment\.rescheduled +3 +evt_0+3 +erased$/);
  expect(lines[3]).toMatch(/northside +appointment\.rescheduled +1 +evt_0+1 +starts_at, notes$/);
  expect(out).not.toContain("left knee");
});

test("the list is narrowed down by type, record and number, for machines too", async ({ run }) => {
  const ids = async (...args: readonly string[]): Promise<string[]> => {
    const { out } = await run("events", "list", "--json", ...args);
    expect(out).not.toContain("left knee");
    return z
      .array(loggedEventSchema)
      .parse(JSON.parse(out))
      .map(({ id }) => id);
  };
  expect(await ids("--type", "patient.*")).toEqual([eventId(2)]);
  expect(await ids("--subject", "patient/7")).toEqual([eventId(2)]);
  expect(await ids("--subject", "appointment")).toEqual([eventId(3), eventId(1)]);
  expect(await ids("--limit", "1")).toEqual([eventId(3)]);
  expect(await ids("--until", "1h")).toEqual([]);
  expect(await ids("--account", "northside", "--since", "1h")).toHaveLength(3);
  expect((await run("events", "list", "--subject", "nothing")).out).toBe(
    "No event of this kind is in the log.\n",
  );
});

test("an event is shown with its content, and sensitive fields when they are named", async ({ run }) => {
  const { out } = await run("events", "show", eventId(1));
  expect(out).toContain("appointment.rescheduled of northside/1, committed ");
  expect(out).toContain('"starts_at"');
  expect(out).toContain("No endpoint was given it.");
  expect(out).not.toContain("left knee");
  expect((await run("events", "show", eventId(1), "--include", "notes")).out).toContain("left knee");
  expect((await run("events", "show", eventId(3))).out).toContain("Its content is erased.");
  const shown = z
    .strictObject({ ...loggedEventSchema.shape, deliveries: z.array(deliverySchema) })
    .parse(JSON.parse((await run("events", "show", eventId(1), "--json")).out));
  expect(shown).toMatchObject({
    id: eventId(1),
    event: { type: "appointment.rescheduled" },
    withheld: expect.arrayContaining(["notes"]) as string[],
    deliveries: [],
  });
});

test("what is misspelt is answered with what may be meant", async ({ run }) => {
  const failures = [
    [["events", "list", "--type", "patient.merge"], 'did you mean "patient.merged"?'],
    [["events", "list", "--account", "northsid"], 'did you mean "northside"?'],
    [["events", "list", "--subject", "Patient 7"], 'Write it like "patient" or "patient/42".'],
    [["events", "list", "--since", "lately"], "Write a time ago"],
    [["events", "show", "evt_9"], "cliniko-webhooks events list"],
    [["events", "show", eventId(1), "--include", "note"], 'did you mean "notes"?'],
    [["explain", "northsid", "patient", "7"], 'did you mean "northside"?'],
    [["explain", "northside", "sandwich", "7"], "use one of: appointment"],
  ] as const;
  for (const [args, remedy] of failures) {
    const { code, err } = await run(...args);
    expect([args, code]).toEqual([args, 2]);
    expect(err).toContain(remedy);
  }
});

test("a record is explained step by step", async ({ run }) => {
  const { out } = await run("explain", "northside", "patient", "7");
  expect(out).toContain("Is the account read?");
  expect(out).toContain("(not_read_yet)");
  expect(out).toContain("(record_unknown)");
  expect(out).toContain("(event_made)");
  const { out: text } = await run("explain", "northside", "patient", "7", "--json");
  expect(explanationSchema.parse(JSON.parse(text))).toMatchObject({
    reading: [{ code: "not_read_yet" }],
    events: [{ code: "event_made", event: eventId(2) }],
  });
});

test("the accounts are shown with how far they are read and what is left of the budget", async ({ run }) => {
  const { out } = await run("accounts");
  expect(out).toMatch(/northside +individual_appointments +not read yet +-/);
  expect(out).toContain("northside: 25 % of what Cliniko allows, 0 requests lately");
  expect(z.array(accountSchema).parse(JSON.parse((await run("accounts", "--json")).out))).toMatchObject([
    {
      name: "northside",
      resources: [{ state: "not_read_yet" }, {}, {}, {}],
      budget: { blocked_until: null },
    },
  ]);
});

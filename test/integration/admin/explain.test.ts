import { expect } from "vitest";

import type { Caller } from "../../../src/admin/access/caller.ts";
import { type Explanation, explain } from "../../../src/admin/deliveries/explain.ts";
import { readKnownRecord } from "../../../src/admin/records/known-record.ts";
import { readTimeline } from "../../../src/admin/records/record-timeline.ts";
import { type Base, openBase } from "../../../src/admin/base.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { createReleaseStack } from "../../../src/shared/release-stack.ts";
import type { RedisAddress } from "../../../src/store/redis/redis.ts";
import { ENDLESS } from "../../../src/store/events/patience.ts";
import { eventually, startHarness } from "../../support/harness.ts";
import { test } from "../../support/redis-test.ts";

const OPERATOR: Caller = { id: "cli:root", name: "root", role: "admin" };
const HOOKS = "http://127.0.0.1:9/hooks";

interface Scene extends AsyncDisposable {
  readonly harness: Awaited<ReturnType<typeof startHarness>>;
  readonly base: Base;
  ask(
    id: string,
    more?: { readonly at?: number; readonly subject?: string; readonly aheadMs?: number },
  ): Promise<Explanation>;
}

/** A clinic at work, with one endpoint for everything and others that want less. */
async function openScene(address: RedisAddress, prefix: string): Promise<Scene> {
  const harness = await startHarness({
    address,
    prefix,
    setup: {
      endpoints: {
        patients: { url: HOOKS, settings: { events: ["patient.*"] } },
        moves: { url: HOOKS, settings: { events: ["*"], when: [{ field: "starts_at" }] } },
      },
    },
  });
  const stack = createReleaseStack();
  const base = await openBase(
    stack,
    { config: harness.config, logger: createLogger("silent"), prefix },
    address,
  );
  const [account] = harness.config.accounts;
  if (!account) throw new Error("there is an account");
  return {
    harness,
    base,
    ask: async (id, { aheadMs = 0, at, subject = "appointment" } = {}) => {
      const later = { ...base, now: () => base.now() + aheadMs };
      const explained = await explain(later, OPERATOR, account, { subject, id, at }, ENDLESS);
      if (!explained) throw new Error("a record is of this subject");
      return explained;
    },
    [Symbol.asyncDispose]: async () => {
      await stack[Symbol.asyncDispose]();
      await harness[Symbol.asyncDispose]();
    },
  };
}

const codes = (steps: readonly { readonly code: string }[]): string[] => steps.map(({ code }) => code);

test("a change is explained from the reading to each endpoint", async ({ address, prefix }) => {
  await using scene = await openScene(address, prefix);
  const { harness } = scene;
  const { desk } = harness.clinic;
  const [first, second] = desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null);
  if (!first || !second) throw new Error("the clinic has appointments");

  desk.editNote(first.id, "left knee, again");
  await harness.nextEvent(1);
  await harness.settled();
  const noted = await scene.ask(first.id, { at: Date.now() - 2_000 });

  expect(codes(noted.reading)).toEqual(["account_live"]);
  expect(codes(noted.record)).toEqual(["record_known"]);
  expect(codes(noted.events)).toEqual(["event_made"]);
  expect(noted.deliveries.map(({ endpoint, code }) => `${endpoint} ${code}`).toSorted()).toEqual([
    "crm delivered",
    "moves condition_not_met",
    "patients type_not_wanted",
  ]);
  expect(JSON.stringify(noted)).not.toContain("left knee");

  const silent = await scene.ask(second.id);
  expect(codes(silent.events)).toEqual(["first_sync_silent"]);
  desk.touch(second.id);
  await harness.settled();
  expect(codes((await scene.ask(second.id)).events)).toEqual(["first_sync_silent"]);
  const yesterday = await scene.ask(first.id, { at: Date.now() - 86_400_000 });
  expect(codes(yesterday.events)).toEqual(["no_watched_change", "event_made"]);
  const tomorrow = await scene.ask(first.id, { at: Date.now() + 86_400_000 });
  expect(codes(tomorrow.reading)).toEqual(["account_live", "not_complete_yet"]);

  const stands = await scene.ask(first.id, { aheadMs: 6 * 60_000 });
  expect(stands.reading).toEqual([
    { code: "reading_late", text: expect.stringMatching(/^It is not read as promised: .*complete up to /) },
  ]);
  expect(codes((await scene.ask("404")).record)).toEqual(["record_unknown"]);
});

test("a delivery that waits is explained by what it waits for", async ({ address, prefix }) => {
  await using scene = await openScene(address, prefix);
  const { base, harness } = scene;
  const [appointment] = harness.clinic.desk.appointments().filter((row) => row.cancelled_at === null);
  if (!appointment) throw new Error("the clinic has appointments");
  const { id } = appointment;
  const verdict = async (endpoint: string): Promise<string | undefined> =>
    (await scene.ask(id)).deliveries.find((step) => step.endpoint === endpoint)?.code;

  harness.clinic.desk.move(id, appointment.starts_at + 3_600);
  await harness.nextEvent(1);
  await eventually(async () => ((await verdict("moves")) === "retrying" ? true : undefined));
  await base.endpoints.update("moves", () => ({ pausedAt: Date.now() }));
  expect(await verdict("moves")).toBe("paused");
  await base.endpoints.update("moves", () => ({ pausedAt: undefined }));

  const later = await base.endpoints.create({
    id: "later",
    source: "api",
    settings: {
      url: HOOKS,
      description: "",
      events: ["*"],
      when: [],
      payload: "full",
      include: [],
      headers: {},
      concurrency: 1,
      ordering: "none",
    },
    signingKeys: [{ kind: "v1", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", createdAt: 0 }],
  });
  expect(later).not.toBe("exists");
  expect(await verdict("later")).toBe("before_endpoint");
  const former = await base.endpoints.update("patients", ({ settings }) => ({
    settings: { ...settings, events: ["*"] },
  }));
  expect(former).toMatchObject({ id: "patients" });
  expect(await verdict("patients")).toBe("settings_changed_since");
  await base.endpoints.update("patients", ({ settings }) => ({
    settings: { ...settings, accounts: ["southside"] },
  }));
  expect(await verdict("patients")).toBe("other_account");
  await base.deliveries.remove("crm");
  expect(await verdict("crm")).toBe("not_routed_yet");
});

test("a record's timeline has every change with its values, and where it went", async ({
  address,
  prefix,
}) => {
  await using scene = await openScene(address, prefix);
  const { base, harness } = scene;
  const { desk } = harness.clinic;
  const [appointment] = desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null);
  if (!appointment) throw new Error("the clinic has appointments");
  const { id } = appointment;
  const [account] = harness.config.accounts;
  if (!account) throw new Error("there is an account");

  desk.move(id, appointment.starts_at + 3_600);
  await harness.nextEvent(1);
  desk.editNote(id, "bring the scan");
  await harness.nextEvent(2);
  const name = { account: "northside", subject: "appointment", id };
  // Each endpoint is seen to at its own pace: that one has it says nothing of the other.
  const went = async (): Promise<readonly string[] | undefined> => {
    const { entries } = await readTimeline(base, OPERATOR, name, [], ENDLESS);
    return entries[0]?.deliveries.map(({ endpoint }) => endpoint.id).toSorted();
  };
  await expect.poll(went).toEqual(["crm", "moves"]);
  const plain = await readTimeline(base, OPERATOR, name, [], ENDLESS);
  const whole = await readTimeline(base, OPERATOR, name, ["notes"], ENDLESS);

  expect(plain.entries.map(({ transitions }) => transitions[0])).toEqual(["rescheduled", "updated"]);
  expect(plain.entries[0]?.diff?.map(({ field }) => field)).toEqual(["starts_at", "ends_at"]);
  expect(plain.entries[0]?.diff?.[0]?.from).not.toBe(plain.entries[0]?.diff?.[0]?.to);
  expect(plain.entries[1]?.diff).toEqual([]);
  expect(whole.entries[1]?.diff).toMatchObject([{ field: "notes", to: "bring the scan" }]);
  expect(plain.truncated).toBe(false);

  const served = harness.events()[1]?.data.object ?? {};
  const record = await readKnownRecord(base, account, "individual_appointments", id, ["notes"]);
  if (record.state !== "present") throw new Error("it is there");
  expect(record.sequence).toBe(2);
  for (const field of ["starts_at", "notes", "patient", "practitioner", "did_not_arrive"]) {
    expect(record.fields[field]).toEqual(served[field]);
  }
  const withheld = await readKnownRecord(base, account, "individual_appointments", id, []);
  expect(withheld).toMatchObject({ withheld: ["cancellation_note", "notes"] });
  expect(JSON.stringify(withheld)).not.toContain("bring the scan");
});

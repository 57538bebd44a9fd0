import { expect } from "vitest";

import { openBase } from "../../src/admin/base.ts";
import { newestAccess } from "../../src/admin/access/verify-access.ts";
import { subjectsIn } from "../../src/admin/accounts/note-reading.ts";
import { enableEndpoint, pauseEndpoint } from "../../src/admin/endpoints/change-endpoint.ts";
import { readFeed } from "../../src/admin/events/feed.ts";
import { forgetPatient } from "../../src/admin/privacy/forget.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import { normaliseField } from "../../src/diff/normalise.ts";
import { resources } from "../../src/resources/registry.ts";
import { createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startReceiver } from "../../src/sandbox/http/receiver.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { cataloguedEvent } from "../support/assert-catalogued.ts";
import { type Harness, eventually, startHarness } from "../support/harness.ts";
import { SECRET } from "../support/test-config.ts";
import { test } from "../support/redis-test.ts";

const READ = [
  ...["individual_appointments", "group_appointments", "attendees", "patients"],
  ...["practitioners", "businesses", "appointment_types"],
];
const EVERYTHING = { expand: ["*"], local_time: true };
const CALLER = { id: "cli:ada", name: "ada", role: "admin" } as const;
const ACCOUNT = "northside";
/** Often, so that a test need not wait. */
const OFTEN = { polling: { promise: "5s", requests_per_minute: 6_000, budget_share: 1 } };

type Base = Awaited<ReturnType<typeof openBase>>;
type Data = WebhookEvent["data"] & {
  readonly related: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  readonly related_absent?: Readonly<Record<string, string>>;
  readonly local: { readonly time_zone: string; readonly object: Readonly<Record<string, string>> } | null;
};

async function openBeside(
  stack: ReturnType<typeof createReleaseStack>,
  { config }: Harness,
  given: { readonly address: RedisAddress; readonly prefix: string },
): Promise<Base> {
  return await openBase(
    stack,
    { config, logger: createLogger("silent"), prefix: given.prefix },
    given.address,
  );
}

/** Holds an endpoint back, or lets it go on. */
async function hold(base: Base, id: string, isHeld: boolean): Promise<void> {
  if (isHeld) await pauseEndpoint(base, CALLER, id);
  else await enableEndpoint(base, CALLER, id, String);
}

/** Bodies of the feed that are about a record. */
async function fed(base: Base, id: string): Promise<string[]> {
  const along = { expand: ["*"], localTime: true };
  const filter = { events: ["*"], when: [], payload: "full", include: [], ...along } as const;
  const page = await readFeed(
    { ...base, watch: { wait: async () => undefined } },
    { accounts: [ACCOUNT], endpoints: undefined },
    { from: "oldest", filter, count: 500, waitMs: 0 },
    { signal: new AbortController().signal, isOver: () => false },
  );
  if (page.kind === "gap") throw new Error("nothing was removed");
  return page.bodies.filter((body) => (JSON.parse(body) as WebhookEvent).subject.id === id);
}

function subjectOf(event: unknown): string {
  return (event as WebhookEvent).subject.id;
}

/** A record as the clinic serves it. */
async function served({ config, server }: Harness, path: string): Promise<Readonly<Record<string, unknown>>> {
  const key = config.accounts[0]?.apiKey.reveal() ?? "";
  const response = await fetch(`${server.url}/${path}`, {
    headers: {
      authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}`,
      "user-agent": "a test (tests@example.com)",
      accept: "application/json",
    },
  });
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

test("what an event's record led to comes with it as it was then, equal to the clinic's, without a request", async ({
  address,
  prefix,
}) => {
  await using rich = await startReceiver({ secret: SECRET });
  await using harness = await startHarness({
    address,
    prefix,
    resources: READ,
    seed: { groupAppointments: 2 },
    setup: { settings: OFTEN, endpoints: { rich: { url: rich.url, settings: EVERYTHING } } },
  });
  await using stack = createReleaseStack();
  const base = await openBeside(stack, harness, { address, prefix });
  const { desk } = harness.clinic;
  const visit = desk.appointments().find((row) => row.cancelled_at === null && row.archived_at === null);
  const place = desk
    .attendees()
    .find(
      (row) => row.archived_at === null && desk.groupAppointments().some(({ id }) => id === row.booking_id),
    );
  if (!visit || !place) throw new Error("the seeded clinic has a visit and a place in a class");
  await hold(base, "rich", true);
  const paths = {
    patient: `patients/${visit.patient_id}`,
    practitioner: `practitioners/${visit.practitioner_id}`,
    business: `businesses/${visit.business_id}`,
    appointment_type: `appointment_types/${visit.appointment_type_id}`,
  };
  const atTheClinic = Object.fromEntries(
    await Promise.all(
      Object.entries(paths).map(async ([name, path]) => [name, await served(harness, path)] as const),
    ),
  );

  desk.move(visit.id, (visit.starts_at + 3_600) * 1_000);
  desk.editAttendeeNote(place.id, "by the window");
  await eventually(() => (harness.events().length >= 2 ? true : undefined));
  const [before] = await fed(base, visit.id);
  // What it led to changes, and is read, before the callback is made.
  desk.renamePatient(visit.patient_id, "Somebody", "Else");
  await eventually(() => harness.events().find(({ subject }) => subject.type === "patient"));
  const [after] = await fed(base, visit.id);
  await hold(base, "rich", false);
  const callback = await eventually(() => rich.callbacks.find(({ event }) => subjectOf(event) === visit.id));
  const ofPlace = await eventually(() => rich.callbacks.find(({ event }) => subjectOf(event) === place.id));

  expect(after).toBe(before);
  expect(callback.body).toBe(before);
  const { related, local, related_absent: absent } = cataloguedEvent(callback).data as Data;
  expect(absent).toBeUndefined();
  expect(related["patient_case"]).toBeNull();
  for (const name of ["patient", "practitioner", "business", "appointment_type"] as const) {
    const resource = resources[paths[name].split("/")[0] as keyof typeof resources];
    const told = related[name] ?? {};
    const watched = Object.keys(resource.fields).filter(
      (field) => resource.fields[field] !== "digest" && !resource.sensitive.includes(field),
    );
    expect(Object.keys(told).toSorted()).toEqual(["id", ...watched].toSorted());
    const normal = (record: Readonly<Record<string, unknown>>): unknown[] =>
      watched.map((field) => [field, normaliseField(field, resource.fields[field] ?? "text", record[field])]);
    expect(normal(told)).toEqual(normal(atTheClinic[name] ?? {}));
    expect(String(atTheClinic[name]?.["id"])).toBe(told["id"]);
  }
  expect(local?.time_zone).toBe(atTheClinic["business"]?.["time_zone_identifier"]);
  expect(Date.parse(local?.object["starts_at"] ?? "")).toBe((visit.starts_at + 3_600) * 1_000);
  expect(local?.object["starts_at"]).toMatch(/[+-]\d\d:\d\d$/);
  // Whose data went out is written down, and so it is of who reads the same by the API.
  const along = Object.entries(paths).map(([name, path]) => `${name}/${path.split("/")[1]}`);
  const whose = [`appointment/${visit.id}`, ...along].toSorted();
  const lines = await eventually(async () => {
    const ofVisit = (await newestAccess(base, 500)).filter(({ subjects }) =>
      subjects.includes(whose[0] ?? ""),
    );
    return ofVisit.find(({ who }) => who === "endpoint:rich");
  });
  // A line may be of several deliveries of the same moment.
  expect(lines.subjects).toEqual(expect.arrayContaining(whose));
  expect([...(subjectsIn([callback.event]).get(ACCOUNT) ?? [])].toSorted()).toEqual(whose);
  // A place in a class is where its class is.
  expect((cataloguedEvent(ofPlace).data as Data).local).toMatchObject({ time_zone_from: "business" });
  // Who does not ask gets nothing of it.
  expect(harness.receiver.callbacks.filter(({ body }) => /"related"|"local"/.test(body))).toEqual([]);
});

test("what was never read is absent and says so, and a practice of which only the first four are read has no clock", async ({
  address,
  prefix,
}) => {
  await using rich = await startReceiver({ secret: SECRET });
  await using harness = await startHarness({
    address,
    prefix,
    setup: { endpoints: { rich: { url: rich.url, settings: EVERYTHING } } },
  });
  const visit = harness.clinic.desk.appointments().find((row) => row.archived_at === null);
  harness.clinic.desk.editNote(visit?.id ?? "", "by the window");
  const callback = await eventually(() => rich.callbacks.find(({ event }) => subjectOf(event) === visit?.id));

  expect(cataloguedEvent(callback).data).toMatchObject({
    related: { patient: { id: visit?.patient_id }, practitioner: null, business: null },
    related_absent: { practitioner: "not_read", business: "not_read", appointment_type: "not_read" },
    local: null,
  });
});

test("a forgotten patient is gone from what other records' events led to, also from callbacks that still wait", async ({
  address,
  prefix,
  redis,
}) => {
  const clinic = createClinic({ now: Date.now, seed: 1 });
  const kept = clinic.plant.patient({ first_name: "Wilhelmina", last_name: "Grimsditch" });
  const double = clinic.plant.patient({ first_name: "Mina", last_name: "Other" });
  await using rich = await startReceiver({ secret: SECRET });
  await using harness = await startHarness({
    address,
    prefix,
    clinic,
    setup: { endpoints: { rich: { url: rich.url, settings: EVERYTHING } } },
  });
  await using stack = createReleaseStack();
  const base = await openBeside(stack, harness, { address, prefix });
  await hold(base, "rich", true);
  clinic.desk.mergePatients(double, kept);
  await eventually(() => harness.events().find(({ type }) => type === "patient.merged"));
  const [told] = await fed(base, double);
  expect(told).toContain("Grimsditch");
  const versions = async (): Promise<string[]> => {
    const all = await redis.hkeys(base.keys.versions(ACCOUNT));
    return all.filter((version) => version.startsWith(`patients/${kept}/`));
  };
  expect(await versions()).toHaveLength(1);

  const { signal } = new AbortController();
  const forgotten = await forgetPatient(base, CALLER, { account: ACCOUNT, patientId: kept }, { signal });
  const [left] = await fed(base, double);
  await hold(base, "rich", false);
  const callback = await eventually(() => rich.callbacks.find(({ event }) => subjectOf(event) === double));

  expect(cataloguedEvent(callback).data).toMatchObject({
    related: { merged_with_patient: null },
    related_absent: { merged_with_patient: "forgotten" },
  });
  expect(callback.body).toBe(left);
  expect(rich.callbacks.filter(({ body }) => body.includes("Grimsditch"))).toEqual([]);
  expect(await versions()).toEqual([]);
  expect(forgotten.proof).toMatchObject({ key: "destroyed", opened: 0 });
});

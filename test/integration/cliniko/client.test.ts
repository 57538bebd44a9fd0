import { expect, test } from "vitest";

import type { ClinikoClient } from "../../../src/cliniko/client.ts";
import type { Row } from "../../../src/cliniko/outcome.ts";
import { resources } from "../../../src/resources/registry.ts";
import { type Clinic, createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../../src/sandbox/http/clinic-server.ts";
import type { Fault } from "../../../src/sandbox/faults/faults.ts";
import { seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";
import { startHttp } from "../../support/local-servers.ts";
import { createTestClient } from "../../support/test-client.ts";
import { pageRequest } from "../../support/page-request.ts";

const EVERYTHING = pageRequest();

interface Setup extends AsyncDisposable {
  readonly clinic: Clinic;
  readonly key: string;
  readonly client: ClinikoClient;
  readonly blocked: readonly number[];
}

/** A clinic of some patients on a socket, and a client with a key to it. */
async function setUp({ patients = 3, timeoutMs = 10_000, clinic = newClinic() } = {}): Promise<Setup> {
  seedClinic(clinic, { practitioners: 1, patients, appointments: 5 });
  const server = await startClinicServer(clinic);
  const key = clinic.addKey();
  const { client, blocked } = createTestClient({ baseUrl: server.url, apiKey: key, timeoutMs });
  return {
    clinic,
    key,
    client,
    blocked,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function newClinic(): Clinic {
  return createClinic({ now: Date.now, seed: 1 });
}

async function readAll(client: ClinikoClient): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const result = await client.listPage(resources.patients, { ...EVERYTHING, after: rows.at(-1)?.id });
    if (result.kind !== "ok") throw new Error(result.detail);
    rows.push(...result.page.rows);
    if (result.page.next === undefined) return rows;
  }
}

test("a key is asked whose it is", async () => {
  await using setup = await setUp();

  expect(await setup.client.currentUser()).toEqual({
    kind: "ok",
    userId: setup.clinic.ownerId,
    role: "administrator",
  });
});

test.each([
  ["two words", "Power receptionist", "Power receptionist"],
  ["another language", "réceptionniste", "réceptionniste"],
  ["what steers a terminal", "\u001b]0;title\u0007", undefined],
  ["ten thousand letters", "a".repeat(10_000), undefined],
  ["no text", { name: "administrator" }, undefined],
])("a role that people are told of is a short name: %s", async (_title, served, role) => {
  const body = JSON.stringify({ id: "7", role: served });
  await using server = await startHttp((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  await using setup = createTestClient({ baseUrl: server.url, apiKey: "key-au1" });

  expect(await setup.client.currentUser()).toEqual({ kind: "ok", userId: "7", ...(role && { role }) });
});

test("a resource is read whole, page by page, archived records too, with the upstream's clock", async () => {
  await using setup = await setUp({ patients: 230 });
  const { clinic, client } = setup;
  const [first] = clinic.desk.patients();
  if (!first) throw new Error("the seeded clinic has a patient");
  clinic.desk.archivePatient(first.id);

  const rows = await readAll(client);
  const result = await client.listPage(resources.patients, EVERYTHING);

  expect(rows.map(({ id }) => id).toSorted()).toEqual(
    clinic.desk
      .patients()
      .map(({ id }) => id)
      .toSorted(),
  );
  expect(rows).toHaveLength(230);
  expect(rows.find(({ id }) => id === first.id)?.record["archived_at"]).not.toBeNull();
  expect(clinic.traffic.recent.filter(({ path }) => path.includes("patients"))).toHaveLength(4);
  const date = result.kind === "ok" ? result.page.date : Number.NaN;
  expect(Math.abs(date - Date.now() / 1_000)).toBeLessThan(5);
});

test("a scan gets what moved since, and nothing else", async () => {
  await using setup = await setUp();
  const { clinic, client } = setup;
  const since = Math.floor(Date.now() / 1_000) - 5;
  const before = await client.listPage(resources.patients, pageRequest({ since: since }));
  const [patient] = clinic.desk.patients();
  if (!patient) throw new Error("the seeded clinic has a patient");
  clinic.desk.changePatient(patient.id, { first_name: "Zoë" });

  const after = await client.listPage(resources.patients, pageRequest({ since: since }));

  expect(before).toMatchObject({ kind: "ok", page: { rows: [], next: undefined } });
  expect(after).toMatchObject({
    kind: "ok",
    page: { rows: [{ id: patient.id, record: { first_name: "Zoë" } }] },
  });
});

test("a revoked key is unauthorized, and a restored one works again", async () => {
  await using setup = await setUp();
  const { clinic, client, key } = setup;
  clinic.revokeKey(key);

  expect(await client.currentUser()).toMatchObject({ kind: "unauthorized" });
  expect(await client.listPage(resources.patients, EVERYTHING)).toMatchObject({
    kind: "unauthorized",
    detail: expect.stringMatching(/^HTTP 401 \(request [\w-]+\)$/),
  });

  clinic.restoreKey(key);
  expect(await client.currentUser()).toMatchObject({ kind: "ok" });
});

test("a resource that the key's user may not see is forbidden, the other one is not", async () => {
  await using setup = await setUp();
  setup.clinic.faults.restrict("patients", "forbidden");

  expect(await setup.client.listPage(resources.patients, EVERYTHING)).toMatchObject({ kind: "forbidden" });
  expect(await setup.client.listPage(resources.individual_appointments, EVERYTHING)).toMatchObject({
    kind: "ok",
  });
});

test("an address that is not the API's is not found", async () => {
  const clinic = newClinic();
  await using server = await startClinicServer(clinic);
  await using setup = createTestClient({
    baseUrl: server.url.replace("/v1", "/v2"),
    apiKey: clinic.addKey(),
  });

  expect(await setup.client.currentUser()).toMatchObject({ kind: "not_found" });
});

test("an account that refuses the combined filter is a bad filter, with the upstream's reason", async () => {
  const clinic = createClinic({ now: Date.now, seed: 1, unknowns: { wildcardsCombine: false } });
  await using setup = await setUp({ clinic });

  expect(await setup.client.listPage(resources.patients, pageRequest({ since: 1 }))).toMatchObject({
    kind: "bad_filter",
    detail: expect.stringMatching(/^HTTP 400 .*: archived_at cannot be combined with updated_at$/),
  });
});

test("an account that cannot be sorted by id is a bad filter, not a page with holes", async () => {
  const clinic = createClinic({ now: Date.now, seed: 1, unknowns: { sortById: false } });
  await using setup = await setUp({ clinic });

  expect(await setup.client.listPage(resources.patients, EVERYTHING)).toMatchObject({ kind: "bad_filter" });
});

test("429 blocks the budget until the time that the upstream named", async () => {
  await using setup = await setUp();
  const { clinic, client, blocked } = setup;
  clinic.faults.failNext({ kind: "rate_limited", resetInMs: 20_000 });
  const before = Date.now();

  const result = await client.listPage(resources.patients, EVERYTHING);

  expect(result).toMatchObject({ kind: "rate_limited" });
  expect(blocked).toEqual([result.kind === "rate_limited" ? result.resetAtMs : Number.NaN]);
  // The header has whole seconds, rounded up.
  expect(blocked[0]).toBeGreaterThanOrEqual(before + 20_000);
  expect(blocked[0]).toBeLessThanOrEqual(Date.now() + 21_000);
});

test("any other answer leaves the budget alone", async () => {
  await using setup = await setUp();
  const { clinic, client, key, blocked } = setup;
  await client.currentUser();
  clinic.faults.failNext({ kind: "status", status: 503 });
  await client.currentUser();
  clinic.revokeKey(key);
  await client.currentUser();

  expect(blocked).toEqual([]);
});

test.each<[Fault, object]>([
  [
    { kind: "status", status: 500 },
    { kind: "unavailable", status: 500 },
  ],
  [
    { kind: "status", status: 502 },
    { kind: "unavailable", status: 502 },
  ],
  [
    { kind: "status", status: 503 },
    { kind: "unavailable", status: 503 },
  ],
  [
    { kind: "status", status: 504 },
    { kind: "unavailable", status: 504 },
  ],
  [{ kind: "torn_json" }, { kind: "malformed", detail: expect.stringMatching(/^JSON broken off or torn/) }],
  [{ kind: "wrong_content_type" }, { kind: "malformed", detail: expect.stringContaining("text/html") }],
  [{ kind: "reset" }, { kind: "unavailable", detail: expect.stringMatching(/^base_url: \w+$/) }],
  [{ kind: "cut_connection" }, { kind: "unavailable", detail: expect.stringMatching(/^base_url: \w+$/) }],
  [{ kind: "slow", delayMs: 100 }, { kind: "ok" }],
])("a request that meets %j comes back as %j, and the next one is fine", async (fault, expected) => {
  await using setup = await setUp();
  setup.clinic.faults.failNext(fault);

  expect(await setup.client.listPage(resources.patients, EVERYTHING)).toMatchObject(expected);
  expect(await setup.client.listPage(resources.patients, EVERYTHING)).toMatchObject({ kind: "ok" });
});

test("an upstream that never answers is unavailable once the deadline is over, and not before", async () => {
  await using setup = await setUp({ timeoutMs: 300 });
  await setup.client.currentUser();
  setup.clinic.faults.failNext({ kind: "hang" });
  const before = performance.now();

  const result = await setup.client.listPage(resources.patients, EVERYTHING);
  const tookMs = performance.now() - before;

  expect(result).toEqual({
    kind: "unavailable",
    detail: expect.stringMatching(/^base_url: no complete answer in time$/),
    tooLate: true,
  });
  expect(tookMs).toBeGreaterThan(250);
  expect(tookMs).toBeLessThan(9_000);
});

test("an answer that is slower than the deadline is no answer", async () => {
  await using setup = await setUp({ timeoutMs: 300 });
  setup.clinic.faults.failNext({ kind: "slow", delayMs: 20_000 });

  expect(await setup.client.currentUser()).toMatchObject({ kind: "unavailable" });
});

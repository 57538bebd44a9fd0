import { expect } from "vitest";

import { newestOf } from "../../support/newest-deliveries.ts";

import { createLogger } from "../../../src/shared/logger.ts";
import { createReceptionist } from "../../../src/sandbox/staff/receptionist.ts";
import type { Keyring } from "../../../src/store/sealing/keyring.ts";
import { type ClinicDay, startClinicDay } from "../../support/clinic-day.ts";
import { eventually } from "../../support/harness.ts";
import { openKeyring } from "../../support/personal-data.ts";
import { test } from "../../support/redis-test.ts";
import { OPS_TOKEN } from "../../support/test-config.ts";
import { type Hit, type Loot, search, stealFrom } from "../../support/thief.ts";

const ACTS = 240;

interface Places {
  readonly redis: readonly Loot[];
  /** Log lines, `/metrics`, the queue board's answers, `/health`: what others than the operator may come to see. */
  readonly outside: readonly Loot[];
}

/** A working day in a minute: the receptionist works, callbacks fail in every way, an operator looks and sends again. */
async function workADay(day: ClinicDay, lines: readonly string[]): Promise<Omit<Places, "redis">> {
  const { base, clinic, people } = day;
  const receptionist = createReceptionist({ clinic, seed: 5 });
  for (let act = 1; act <= ACTS; act += 1) {
    receptionist.step();
    people.noteDown();
    if (act % 40 === 0) await day.settled();
  }
  await noteInAClass(day);
  await base.queues.addBackfill({
    account: "northside",
    resource: "patients",
    endpoint: "moody",
    pass: 0,
    sent: 0,
  });
  // Some were taken at the second try, some were never, and one endpoint is disabled.
  await eventually(async () => {
    const taken = await newestOf(base, "moody", ALL, 500, ["delivered"]);
    return taken.some(({ attempts }) => attempts.length > 1) || undefined;
  });
  for (const endpoint of ["echo", "torn", "nobody"]) {
    await eventually(async () => {
      const found = await newestOf(base, endpoint, ALL, 500);
      return found.some(({ attempts }) => attempts.length > 0) || undefined;
    });
  }
  await eventually(async () => (await base.deliveries.counts("gone")).byState.parked > 0 || undefined);
  const recovery = { endpoint: "gone", since: 0, until: Date.now() + 1_000, states: ["parked"], types: [] };
  const job = await base.queues.addRecover({ ...recovery, after: 0, seen: 0, taken: 0 });
  await eventually(async () => (await base.queues.recoverProgress(job))?.done || undefined);
  await breakARecord(day);
  const outside = [
    ...(await lookAround(day)),
    ...lines.map((line) => ({ where: "log", bytes: Buffer.from(line) })),
  ];
  return { outside };
}

/** Somebody in a class says something: on one day in three the receptionist's day alone brings none of it. */
async function noteInAClass(day: ClinicDay): Promise<void> {
  const { clinic, people, seeded } = day;
  const [place] = seeded.groupAppointmentIds
    .flatMap((id) => clinic.desk.attendeesOf(id))
    .filter(({ archived_at: archivedAt }) => archivedAt === null);
  if (!place) throw new Error("there is somebody in a class");
  clinic.desk.editAttendeeNote(place.id, "Wants the mat beside the window");
  people.noteDown();
  await day.settled();
}

/** A poll that fails: what BullMQ writes down of an error must name nobody either. */
async function breakARecord({ base, clinic, people }: ClinicDay): Promise<void> {
  const [patient] = clinic.desk.patients().filter((row) => row.archived_at === null);
  const key = base.keys.snapshots("northside", "patients");
  const bytes = await base.redis.hgetBuffer(key, patient?.id ?? "");
  if (!patient || !bytes) throw new Error("there is a patient who is remembered");
  await base.redis.hset(key, patient.id, Buffer.concat([Buffer.from([9]), bytes.subarray(1)]));
  clinic.desk.changePatient(patient.id, { occupation: "Lighthouse keeper" });
  people.noteDown();
  const polls = base.queues.board.find(({ name }) => name === "poll");
  await eventually(async () => (await polls?.getJob("northside.patients"))?.failedReason);
}

const ALL = { since: 0, until: Number.MAX_SAFE_INTEGER };

/** What can be asked of the running service; the API's own answers are for those who may see the records. */
async function lookAround({ app, base }: ClinicDay): Promise<Loot[]> {
  const ask = async (path: string): Promise<Loot> => {
    const headers = { authorization: `Bearer ${OPS_TOKEN}` };
    const response = await fetch(`${app.opsUrl ?? ""}${path}`, { headers });
    expect([path, response.status]).toEqual([path, 200]);
    return { where: path, bytes: Buffer.from(await response.text()) };
  };
  const board = ["latest", "active", "waiting", "delayed", "failed", "completed"].flatMap((status) =>
    ["poll", "route", "backfill", "deliver", "recover", "tidy"].map(
      (queue) => `/ops/queues/api/queues?activeQueue=${queue}&status=${status}&page=1&jobsPerPage=100`,
    ),
  );
  const [delivery] = await newestOf(base, "echo", ALL, 1);
  // An operator's look must leave no trace of what it showed.
  for (const path of [
    "/v1/events",
    "/v1/endpoints",
    `/v1/endpoints/echo/deliveries/${delivery?.eventId ?? ""}`,
  ])
    await ask(path);
  const answers = await Promise.all(["/metrics", "/health/live", "/health/ready", ...board].map(ask));
  const shown = answers.map(({ bytes }) => bytes.toString("utf8")).join("\n");
  for (const part of [
    "endpoint.echo",
    "northside.patients",
    "was not written by this release",
    "cliniko_webhooks_",
  ])
    expect(shown).toContain(part);
  return answers;
}

async function livedThrough(
  {
    address,
    prefix,
    redis,
  }: {
    address: Parameters<typeof startClinicDay>[0]["address"];
    prefix: string;
    redis: Parameters<typeof stealFrom>[0];
  },
  keyring?: Keyring,
): Promise<Places & { readonly texts: ReadonlySet<string> }> {
  const lines: string[] = [];
  const logger = createLogger("trace", { write: (line) => void lines.push(line) });
  const day = await startClinicDay({ address, prefix, logger, ...(keyring ? { keyring } : {}) });
  let outside: readonly Loot[];
  try {
    ({ outside } = await workADay(day, lines));
  } finally {
    await day[Symbol.asyncDispose]();
  }
  for (const sentence of [
    "callback delivered",
    "callback failed, will retry",
    "callback parked",
    "baseline taken over",
  ])
    expect(lines.join("\n")).toContain(sentence);
  return { outside, redis: await stealFrom(redis, prefix), texts: day.people.texts };
}

function kindsOf(hits: readonly Hit[]): string[] {
  return [...new Set(hits.map(({ where }) => where.replace(/^.*\}:/, "")))].toSorted();
}

test("after a working day nothing personal can be seen in Redis, the log, the metrics, the queue board or the health", async ({
  address,
  prefix,
  redis,
}) => {
  const places = await livedThrough({ address, prefix, redis });

  const hits = search([...places.redis, ...places.outside], places.texts);

  console.info(
    `${places.texts.size} personal texts searched for in ${places.redis.length} names, fields and values of Redis, and in ${places.outside.length} lines and answers: ${hits.length} found`,
  );
  expect(hits).toEqual([]);
  expect(places.texts.size).toBeGreaterThan(500);
}, 600_000);

test("with encryption switched off the same search finds them in Redis, and nowhere else", async ({
  address,
  prefix,
  redis,
}) => {
  const places = await livedThrough({ address, prefix, redis }, openKeyring());

  const hits = search(places.redis, places.texts);
  const found = new Set(hits.map(({ needle }) => needle));

  console.info(
    `${found.size} of ${places.texts.size} found where nothing is sealed, in ${kindsOf(hits).join(", ")}`,
  );
  // Not all of it need have been read: two changes of one second are one, and a whole name rests in parts.
  expect(found.size).toBeGreaterThan(places.texts.size * 0.8);
  expect(kindsOf(hits)).toEqual(
    expect.arrayContaining([
      "attempts",
      "bodies",
      "snapshots:attendees",
      "snapshots:individual_appointments",
      "snapshots:patients",
    ]),
  );
  expect(search(places.outside, places.texts)).toEqual([]);
}, 600_000);

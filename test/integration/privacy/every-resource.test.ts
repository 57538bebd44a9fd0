import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { Fields } from "../../../src/resources/field.ts";
import { RESOURCE_NAMES, isResourceName, resources } from "../../../src/resources/registry.ts";
import type { Clinic } from "../../../src/sandbox/clinic/clinic.ts";
import { wireNameOf } from "../../../src/sandbox/storage/columns.ts";
import { ONLY_ID } from "../../../src/sandbox/tables/define-table.ts";
import { TABLE_NAMES, type TableName, specs } from "../../../src/sandbox/tables/tables.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { type ClinicDay, startClinicDay } from "../../support/clinic-day.ts";
import { eventually } from "../../support/harness.ts";
import { newestOf } from "../../support/newest-deliveries.ts";
import { redisProgram, temporaryFolder } from "../../support/redis-process.ts";
import { OPS_TOKEN } from "../../support/test-config.ts";
import { type Loot, search, stealFrom } from "../../support/thief.ts";

const PREFIX = "everything";
const MARK = "Grimsditch";
const ALL = { since: 0, until: Number.MAX_SAFE_INTEGER };
/** Hosts of what lets anybody in. */
const DOORS = [
  "pay.example.com",
  "forms.example.com",
  "files.example.com",
  "video.example.com",
  "bookings.example.com/cancel",
];
/** What decides whose account it is, and when its days begin. */
const LOAD_BEARING = ["account.id", "account.subdomain", "time_zone"];

type Written = Readonly<Record<string, unknown>>;

/** Columns of free words, as they are named in the clinic. */
function wordsOf(name: TableName): string[] {
  const { columns } = specs[name];
  return Object.keys(columns).filter((column) => {
    const { kind, unprinted, values } = columns[column] ?? {};
    return (kind === "text" || kind === "json") && !unprinted && !values && !LOAD_BEARING.includes(column);
  });
}

function textOf(name: TableName, column: string, when: string): string {
  return `${MARK} ${when} ${name} ${column}`;
}

/** Something to find in every column of words. */
function write(name: TableName, when: string): Written {
  return Object.fromEntries(
    wordsOf(name).map((column) => {
      const text = textOf(name, column, when);
      const isText = specs[name].columns[column]?.kind === "text";
      const whole = attributesOf(name, column)?.map((attribute) => [attribute, text] as const);
      if (whole) return [column, Object.fromEntries(whole)];
      return [column, isText ? text : { sections: [{ name: text, questions: [{ answer: text }] }] }];
    }),
  );
}

/** One record of every resource, full of words. */
function plantAll(clinic: Clinic): ReadonlyMap<TableName, string> {
  return new Map(
    TABLE_NAMES.map((name) => {
      const id = clinic.plant.record(name, write(name, "once"));
      if (id === ONLY_ID) clinic.desk.of(name).change(id, write(name, "once"));
      return [name, id] as const;
    }),
  );
}

async function ask({ app }: ClinicDay, path: string): Promise<Loot> {
  const headers = { authorization: `Bearer ${OPS_TOKEN}` };
  const response = await fetch(`${app.opsUrl ?? ""}${path}`, { headers });
  expect([path, response.status]).toEqual([path, 200]);
  return { where: path, bytes: Buffer.from(await response.text()) };
}

/** What others than those who may see the records come to see. */
async function lookAround(day: ClinicDay): Promise<Loot[]> {
  const board = ["latest", "failed", "completed", "delayed"].flatMap((status) =>
    ["poll", "route", "deliver"].map(
      (queue) => `/ops/queues/api/queues?activeQueue=${queue}&status=${status}&page=1&jobsPerPage=100`,
    ),
  );
  return await Promise.all(["/metrics", "/health/ready", ...board].map(async (path) => await ask(day, path)));
}

function filesOf(folder: string): Loot[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => ({ where: name, bytes: readFileSync(join(parentPath, name)) }));
}

test("of every field of every resource nothing can be read in Redis, its files, the log, the metrics or the queue board", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  await using server = await startPrivateRedis(data, redisProgram());
  const lines: string[] = [];
  let planted: ReadonlyMap<TableName, string> = new Map();
  await using day = await startClinicDay({
    address: { socketPath: server.socketPath },
    prefix: PREFIX,
    logger: createLogger("trace", { write: (line) => void lines.push(line) }),
    account: { resources: "all" },
    endpoint: { events: ["*", ...RESOURCE_NAMES.map((name) => `${resources[name].subject}.*`)] },
    prepare: (clinic) => {
      planted = plantAll(clinic);
    },
  });
  for (const [name, id] of planted) day.clinic.desk.of(name).change(id, write(name, "twice"));
  await day.settled();
  const { receiver, base } = day;
  const bodiesOf = (name: TableName): readonly string[] =>
    receiver.callbacks
      .filter(({ event }) => (event as { subject: { type: string } }).subject.type === specs[name].subject)
      .map(({ body }) => body);
  const telling = [...planted.keys()].filter(
    (name) => isResourceName(name) && wordsOf(name).some(isTold(name)),
  );
  for (const name of telling)
    await eventually(
      () => bodiesOf(name).some((body) => body.includes(MARK) || isAllHidden(name)) || undefined,
    );
  await eventually(async () => {
    const answered = await newestOf(base, "echo", ALL, 500);
    return answered.some(({ attempts }) => attempts.length > 0) || undefined;
  });

  const needles = [MARK, ...DOORS];
  const redis = await stealFrom(base.redis, PREFIX);
  const outside = [
    ...(await lookAround(day)),
    ...lines.map((line) => ({ where: "log", bytes: Buffer.from(line) })),
  ];
  const files = filesOf(folder.path);
  const written = [...planted.keys()].flatMap((name) => wordsOf(name));
  const inFiles = files.filter(({ bytes }) => needles.some((needle) => bytes.includes(needle)));
  const hits = [...search([...redis, ...outside], needles), ...inFiles.map(({ where }) => where)];
  console.info(
    `${written.length} fields of ${planted.size} resources, written twice, and ${DOORS.length} kinds of doors: looked for in ${redis.length} names, fields and values of Redis, ${files.length} files and ${outside.length} lines and answers: ${hits.length} found`,
  );
  expect(hits).toEqual([]);

  // What is not sensitive is told, so that it would have been found; what is, is told to nobody who did not ask.
  const told = receiver.callbacks.map(({ body }) => body).join("\n");
  for (const door of DOORS) expect(told).not.toContain(door);
  for (const name of telling)
    for (const column of wordsOf(name).filter(isTold(name))) {
      const shown = ["once", "twice"].filter((when) => told.includes(`${textOf(name, column, when)}"`));
      const isDue = !isSensitive(name, column);
      expect([name, column, shown.includes("twice"), shown.length > 0]).toEqual([name, column, isDue, isDue]);
    }
}, 600_000);

function fieldOf(name: TableName, column: string): string {
  return wireNameOf(column, specs[name].columns[column]?.kind ?? "text");
}

/** Of a structure that is documented whole: of others nothing is kept, and so nothing could be found. */
function attributesOf(name: TableName, column: string): readonly string[] | undefined {
  const shape: Fields = isResourceName(name) ? resources[name].shape : {};
  const kind = shape[fieldOf(name, column)]?.kind;
  return typeof kind === "object" && kind.link === undefined ? kind.attributes : undefined;
}

function isSensitive(name: TableName, column: string): boolean {
  return isResourceName(name) && resources[name].sensitive.includes(fieldOf(name, column));
}

/** Watched, and so part of what its change tells. */
function isTold(name: TableName): (column: string) => boolean {
  return (column) => isResourceName(name) && Object.hasOwn(resources[name].fields, fieldOf(name, column));
}

function isAllHidden(name: TableName): boolean {
  return wordsOf(name)
    .filter(isTold(name))
    .every((column) => isSensitive(name, column));
}

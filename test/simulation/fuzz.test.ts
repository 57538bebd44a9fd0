/**
 * Answers that nobody documented, through the real reading of answers and the real scan: none of them may change what is
 * remembered, tell an event, come out as anything but a declared failure, or carry a record's content into its reason.
 * More: FUZZ_RUNS=1000000. A failure prints `seed` and `path`: FUZZ_SEED=<seed> FUZZ_PATH=<path> runs it again.
 */
import fc from "fast-check";
import { expect, test } from "vitest";

import { type Answer, interpretFailure, parseJson } from "../../src/cliniko/interpret-answer.ts";
import type { PageRequest } from "../../src/cliniko/list-query.ts";
import type { Failure, Outcome, Page } from "../../src/cliniko/outcome.ts";
import { parsePage } from "../../src/cliniko/parse-page.ts";
import { resources } from "../../src/resources/registry.ts";
import { readJson } from "../support/simulation/upstream.ts";
import { ACCOUNT, type World, createWorld } from "../support/simulation/world.ts";

const RESOURCE = "individual_appointments";
/** In every record of the clinic: where it turns up in a reason, content has got out. */
const SECRET = "Zebrafish";
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 10_000);
const [SEED, PATH] = [process.env["FUZZ_SEED"], process.env["FUZZ_PATH"]];

type Wire = Record<string, unknown>;

/** One way to spoil a good answer; `at` picks the row, `junk` is what is put in. */
interface Spoiling {
  readonly kind: keyof typeof SPOILINGS;
  readonly at: number;
  readonly junk: unknown;
}

interface Spoilt {
  readonly status?: number;
  readonly contentType?: string;
  readonly date?: string | undefined;
  readonly body: string;
}

/** Each leaves an answer that must not be believed. */
const SPOILINGS = {
  notAnObject: (_envelope, { junk }) => ({ body: JSON.stringify(isWire(junk) ? [junk] : junk) ?? "" }),
  otherList: (envelope) => ({ body: JSON.stringify({ patients: envelope[RESOURCE], links: {} }) }),
  listIsJunk: (envelope, { junk }) => ({
    body: JSON.stringify({ ...envelope, [RESOURCE]: Array.isArray(junk) ? { 0: junk } : junk }),
  }),
  truncated: (envelope, { at }) => {
    const whole = JSON.stringify(envelope);
    return { body: whole.slice(0, at % whole.length) };
  },
  html: () => ({ body: `<html><body>${SECRET}</body></html>`, contentType: "text/html; charset=utf-8" }),
  htmlAsJson: () => ({ body: `<html><body>${SECRET}</body></html>` }),
  wrongContentType: (envelope) => ({
    body: JSON.stringify(envelope),
    contentType: "application/octet-stream",
  }),
  noContentType: (envelope) => ({ body: JSON.stringify(envelope), contentType: "" }),
  noDate: (envelope) => ({ body: JSON.stringify(envelope), date: undefined }),
  junkDate: (envelope) => ({ body: JSON.stringify(envelope), date: `soon, ${SECRET}` }),
  statusWithBody: (envelope, { at }) => ({
    body: JSON.stringify(envelope),
    status:
      [201, 204, 301, 302, 304, 400, 401, 403, 404, 406, 409, 422, 429, 500, 502, 503, 504][at % 17] ?? 500,
  }),
  rowIsJunk: (envelope, { at, junk }) => withRow(envelope, at, () => (isWire(junk) ? [] : junk)),
  idIsJunk: (envelope, { at, junk }) =>
    withRow(envelope, at, (row) => ({ ...row, id: isId(junk) ? `x${String(junk)}` : junk })),
  noId: (envelope, { at }) => withRow(envelope, at, ({ id: _id, ...row }) => row),
  stampIsJunk: (envelope, { at, junk }) =>
    withRow(envelope, at, (row) => ({
      ...row,
      updated_at: typeof junk === "string" ? `${SECRET}${junk}` : junk,
    })),
  noStamp: (envelope, { at }) => withRow(envelope, at, ({ created_at: _created, ...row }) => row),
  tooOld: (envelope, { at }) =>
    withRow(envelope, at, (row) => ({ ...row, updated_at: "2020-01-01T00:00:00Z" })),
  duplicate: (envelope, { at }) => withRows(envelope, (rows) => [...rows, rows[at % rows.length]]),
  reversed: (envelope) => withRows(envelope, (rows) => rows.toReversed()),
  tooMany: (envelope) => withRows(envelope, (rows) => Array.from({ length: 101 }, () => rows[0])),
  flagIsJunk: (envelope, { at }) =>
    withRow(envelope, at, (row) => ({ ...row, did_not_arrive: `${SECRET} yes`, notes: "changed" })),
  linkIsJunk: (envelope, { at, junk }) =>
    withRow(envelope, at, (row) => ({
      ...row,
      patient: { links: { self: 7, [SECRET]: junk } },
      notes: "changed",
    })),
  timeIsJunk: (envelope, { at }) =>
    withRow(envelope, at, (row) => ({ ...row, starts_at: `${SECRET} o'clock`, notes: "changed" })),
  numberIsJunk: (envelope, { at }) =>
    withRow(envelope, at, (row) => ({ ...row, cancellation_reason: SECRET, notes: "changed" })),
  textIsJunk: (envelope, { at }) => withRow(envelope, at, (row) => ({ ...row, notes: { [SECRET]: 1 } })),
  emptyWithNext: (envelope) => ({
    body: JSON.stringify({ ...envelope, [RESOURCE]: [], links: { next: `https://${SECRET}/` } }),
  }),
} as const satisfies Record<string, (envelope: Wire, spoiling: { at: number; junk: unknown }) => Spoilt>;

function isWire(value: unknown): value is Wire {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): boolean {
  return (
    (typeof value === "string" && /^\d{1,20}$/.test(value)) ||
    (Number.isSafeInteger(value) && Number(value) > 0)
  );
}

function withRows(envelope: Wire, change: (rows: Wire[]) => unknown[]): Spoilt {
  return { body: JSON.stringify({ ...envelope, [RESOURCE]: change(envelope[RESOURCE] as Wire[]) }) };
}

function withRow(envelope: Wire, at: number, change: (row: Wire) => unknown): Spoilt {
  return withRows(envelope, (rows) =>
    rows.map((row, index) => (index === at % rows.length ? change(row) : row)),
  );
}

const junk = fc.oneof(
  fc.constantFrom<unknown[]>(
    null,
    true,
    false,
    0,
    -1,
    1e308,
    2 ** 53,
    "",
    " ",
    "null",
    "NaN",
    "__proto__",
    [],
    {},
    [[]],
  ),
  fc.constant(JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')),
  fc.constant("x".repeat(100_000)),
  fc.constant(nested(200)),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string(),
);

function nested(depth: number): unknown {
  let value: unknown = SECRET;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

const spoiling: fc.Arbitrary<Spoiling> = fc.record({
  kind: fc.constantFrom(...(Object.keys(SPOILINGS) as (keyof typeof SPOILINGS)[])),
  at: fc.nat(100_000),
  junk,
});

interface Stage {
  readonly world: World;
  /** A good answer with news in every row, and the request it belongs to. */
  readonly envelope: Wire;
  readonly request: PageRequest;
  readonly date: string;
  readonly contents: () => string;
}

async function openStage(): Promise<Stage> {
  const world = createWorld({ seed: 6, overlapMs: 20_000, seeded: { appointments: 8, patients: 3 } });
  await world.scan(RESOURCE);
  world.clock.advance(60_000);
  for (const id of world.seeded.appointmentIds) world.clinic.desk.editNote(id, `${SECRET} ${id}`);
  world.clock.advance(2_000);
  let request: PageRequest | undefined;
  await world.scan(RESOURCE, {
    client: {
      listPage: async (_resource, asked) => {
        request = asked;
        return { kind: "unavailable", detail: "not today" };
      },
    },
  });
  const since = new Date((request?.since ?? 0) * 1_000).toISOString();
  const path = `/${RESOURCE}?q[]=updated_at:>=${since}&q[]=archived_at:*&q[]=cancelled_at:*&sort=id&per_page=100`;
  const answer = world.upstream.getJson(path);
  if (answer.kind !== "ok" || !request) throw new Error("the clinic answers");
  const { memory } = world;
  return {
    world,
    envelope: answer.value as Wire,
    request,
    date: new Date(answer.date * 1_000).toUTCString(),
    contents: () =>
      JSON.stringify([
        [...memory.snapshotsOf(ACCOUNT, RESOURCE)].map(([id, { values, ...head }]) => [id, head, values()]),
        memory.eventsOf(ACCOUNT),
        memory.cursorOf(ACCOUNT, RESOURCE),
      ]),
  };
}

function toAnswer({ date: goodDate }: Stage, spoilt: Spoilt): Answer {
  const { body, status = 200, contentType = "application/json; charset=utf-8" } = spoilt;
  const date = "date" in spoilt ? spoilt.date : goodDate;
  return { status, headers: { "content-type": contentType, date }, body: Buffer.from(body) };
}

/** As `ClinikoClient.listPage` does, from the complete answer on. */
function read(answer: Answer, request: PageRequest): Outcome<{ readonly page: Page }> {
  const failure = interpretFailure(answer, 0);
  if (failure) return failure;
  const body = readJson(answer);
  return body.kind === "ok" ? parsePage(resources[RESOURCE], request, body.value, body.date) : body;
}

const DECLARED = new Set<Failure["kind"]>([
  "unauthorized",
  "forbidden",
  "not_found",
  "rate_limited",
  "bad_filter",
  "budget_spent",
  "unavailable",
  "malformed",
  "schema_changed",
]);

test(`${RUNS} spoilt answers change nothing, tell nothing, and fail in a declared way without a word of content`, async () => {
  const stage = await openStage();
  const before = stage.contents();
  const kinds = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(spoiling, async (one) => {
      const answer = toAnswer(stage, SPOILINGS[one.kind](stage.envelope, one));
      const client = { listPage: async () => read(answer, stage.request) };
      const result = await stage.world.scan(RESOURCE, { client });
      if (result.kind !== "failed") throw new Error(`${one.kind}: believed`);
      const { failure } = result;
      if (!DECLARED.has(failure.kind)) throw new Error(`${failure.kind} is not declared`);
      kinds.set(failure.kind, (kinds.get(failure.kind) ?? 0) + 1);
      if (JSON.stringify(failure).includes(SECRET)) throw new Error(`content in ${JSON.stringify(failure)}`);
      if (failure.detail.length > 300) throw new Error(`a reason of ${failure.detail.length} characters`);
    }),
    { numRuns: RUNS, seed: Number(SEED ?? 10), ...(PATH === undefined ? {} : { path: PATH }) },
  );
  console.log(`fuzz: ${[...kinds].map(([kind, times]) => `${kind} ${times}`).join(", ")}`);
  expect(stage.contents()).toBe(before);
  expect(({} as Wire)["polluted"]).toBeUndefined();
  // The twin: the same answer unspoilt is believed, and has news in every row.
  const good = toAnswer(stage, { body: JSON.stringify(stage.envelope) });
  const client = { listPage: async () => read(good, stage.request) };
  expect(await stage.world.scan(RESOURCE, { client })).toMatchObject({ kind: "completed", events: 8 });
}, 600_000);

test("bytes at random are never believed and never throw", () => {
  const request: PageRequest = {
    pass: { since: "updated_at", shows: [], variant: undefined },
    order: "id",
    since: undefined,
    after: undefined,
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const answer = {
        status: 200,
        headers: { "content-type": "application/json" },
        body: Buffer.from(bytes),
      };
      const parsed = parseJson(answer);
      if (parsed.kind !== "ok") return;
      expect(parsePage(resources[RESOURCE], request, parsed.value, 0).kind).toBe("malformed");
    }),
    { numRuns: Math.min(RUNS, 20_000), seed: 11 },
  );
});

test("keys of the prototype in a good record are data, and touch nothing", async () => {
  const stage = await openStage();
  const text = JSON.stringify(stage.envelope).replaceAll(
    '"notes":',
    '"__proto__":{"notes":"polluted"},"constructor":{"prototype":{"polluted":true}},"notes":',
  );
  const client = { listPage: async () => read(toAnswer(stage, { body: text }), stage.request) };
  expect(await stage.world.scan(RESOURCE, { client })).toMatchObject({ kind: "completed", events: 8 });
  expect(({} as Wire)["polluted"]).toBeUndefined();
  expect(({} as Wire)["notes"]).toBeUndefined();
});

test("a schema that fails on a later page leaves what earlier pages told, and the watermark", async () => {
  const world = createWorld({
    seed: 6,
    overlapMs: 20_000,
    pageSize: 3,
    seeded: { appointments: 8, patients: 3 },
  });
  await world.scan(RESOURCE);
  const cursor = world.memory.cursorOf(ACCOUNT, RESOURCE);
  world.clock.advance(60_000);
  for (const id of world.seeded.appointmentIds) world.clinic.desk.editNote(id, "news");
  world.clock.advance(2_000);
  let pages = 0;
  const client = {
    listPage: async (...args: Parameters<typeof world.upstream.client.listPage>) => {
      pages += 1;
      if (pages === 3) return { kind: "malformed", detail: "torn" } as const;
      return await world.upstream.client.listPage(...args);
    },
  };
  expect(await world.scan(RESOURCE, { client })).toMatchObject({ kind: "failed", pages: 2, events: 6 });
  expect(world.memory.cursorOf(ACCOUNT, RESOURCE)).toEqual(cursor);
  expect(await world.scan(RESOURCE)).toMatchObject({ kind: "completed", events: 2 });
});

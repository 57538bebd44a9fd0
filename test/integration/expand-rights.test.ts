import { expect } from "vitest";

import { newestAccess } from "../../src/admin/access/verify-access.ts";
import { openBase } from "../../src/admin/base.ts";
import { forgetPatient } from "../../src/admin/privacy/forget.ts";
import { linksOf } from "../../src/diff/links.ts";
import { RESOURCE_NAMES, isResourceName, resourceOf, resources } from "../../src/resources/registry.ts";
import { type Clinic, createClinic } from "../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../src/sandbox/http/clinic-server.ts";
import { wireNameOf } from "../../src/sandbox/storage/columns.ts";
import { ONLY_ID } from "../../src/sandbox/tables/define-table.ts";
import { TABLE_NAMES, type TableName, specs } from "../../src/sandbox/tables/tables.ts";
import { isRecord } from "../../src/shared/is-record.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import { eventually, startHarness } from "../support/harness.ts";
import { startHttp } from "../support/local-servers.ts";
import { test as withRedis } from "../support/redis-test.ts";
import { OPS_TOKEN } from "../support/test-config.ts";

const MARK = "Grimsditch";
const ELSEWHERE = "Featherstonehaugh";
const SUBJECTS = RESOURCE_NAMES.map((name) => `${resources[name].subject}.*`);
const LINKS = [...new Set(Object.values(resources).flatMap((resource) => [...linksOf(resource).keys()]))];
const SENSITIVE = [...new Set(Object.values(resources).flatMap(({ sensitive }) => sensitive))];
/** What decides whose account it is, and when its days begin. */
const LOAD_BEARING = ["account.id", "account.subdomain", "time_zone"];

type Fields = Readonly<Record<string, unknown>>;

function wordsOf(name: TableName, mark: string): Fields {
  const { columns } = specs[name];
  const words = Object.keys(columns).filter((column) => {
    const { kind, unprinted, values } = columns[column] ?? {};
    return kind === "text" && !unprinted && !values && !LOAD_BEARING.includes(column);
  });
  return Object.fromEntries(words.map((column) => [column, `${mark} ${name} ${column}`]));
}

/** A record of every table, full of words, its optional links set to what was planted before. */
function plantAll(clinic: Clinic, mark: string): ReadonlyMap<TableName, string> {
  const planted = new Map<string, string>();
  for (const name of TABLE_NAMES) {
    const links = Object.entries(specs[name].columns).flatMap(([column, { kind, blank, to = "" }]) => {
      const id = planted.get(to);
      return kind === "link" && blank === null && id !== undefined ? [[column, id]] : [];
    });
    const id = clinic.plant.record(name, { ...Object.fromEntries(links), ...wordsOf(name, mark) });
    if (id === ONLY_ID) clinic.desk.of(name).change(id, wordsOf(name, mark));
    planted.set(name, id);
  }
  return planted as ReadonlyMap<TableName, string>;
}

interface Body {
  readonly id: string;
  readonly account: string;
  readonly subject: { readonly type: string; readonly id: string };
  readonly origin: string;
  readonly data: Fields;
}

/** Every body of an event in an answer, at whatever depth. */
function bodiesIn(value: unknown): readonly Body[] {
  if (Array.isArray(value)) return value.flatMap(bodiesIn);
  if (!isRecord(value)) return [];
  if (isRecord(value["subject"]) && isRecord(value["data"])) return [value as unknown as Body];
  return Object.values(value).flatMap(bodiesIn);
}

/** Names of the sensitive fields that a body has, those of what came along after the link that they came by. */
function sensitiveIn({ subject, data }: Body): readonly string[] {
  const resource = resourceOf(subject.type);
  if (!resource) return [];
  const namesIn = (value: unknown, sensitive: readonly string[]): readonly string[] =>
    isRecord(value) ? Object.keys(value).filter((name) => sensitive.includes(name)) : [];
  const local = isRecord(data["local"]) ? Object.values(data["local"]) : [];
  const own = [data["object"], data["previous"], data["current"], data["related"], data["related_absent"]];
  const along = [...linksOf(resource)].flatMap(([link, targets]) => {
    const record = isRecord(data["related"]) ? data["related"][link] : undefined;
    const found = targets.flatMap((target) => namesIn(record, resources[target].sensitive));
    return found.map((name) => `${link}.${name}`);
  });
  return [...[...own, ...local].flatMap((value) => namesIn(value, resource.sensitive)), ...along];
}

/** The planted words of sensitive fields. */
function sensitiveWords(): readonly string[] {
  return TABLE_NAMES.flatMap((name) =>
    Object.entries(wordsOf(name, MARK)).flatMap(([column, text]) => {
      const field = wireNameOf(column, specs[name].columns[column]?.kind ?? "text");
      return isResourceName(name) && resources[name].sensitive.includes(field) ? [`${text as string}"`] : [];
    }),
  );
}

const WHO = ["admin", "viewer", "subscriber"] as const;
type Who = (typeof WHO)[number];

interface Asked {
  readonly status: number;
  readonly answer: Fields;
}

interface World extends AsyncDisposable {
  readonly idOf: (name: TableName) => string;
  /** Whom a relationship and a referral source lead to by a sensitive link. Nothing else is told of this one. */
  readonly second: string;
  /** The subscriber's endpoint, and the bodies that it was called with. */
  readonly endpoint: string;
  readonly came: () => readonly Body[];
  readonly base: Awaited<ReturnType<typeof openBase>>;
  ask(who: Who, method: string, path: string, body?: object): Promise<Asked>;
  /** What somebody is answered who asks for all that may come along, in every way there is; `include`: and for these. */
  shownTo(who: Who, include?: readonly string[]): Promise<readonly Fields[]>;
}

/** Two practices full of words, and a subscriber of one of them, without sensitive fields, that asks for all that comes along. */
async function openWorld(address: RedisAddress, prefix: string): Promise<World> {
  const stack = createReleaseStack();
  const own = createClinic({ now: Date.now, seed: 1 });
  const planted = plantAll(own, MARK);
  const idOf = (name: TableName): string => planted.get(name) ?? "";
  const second = own.plant.patient({ first_name: "Second", last_name: "Patient" });
  own.desk.of("relationships").change(idOf("relationships"), { related_patient_id: second });
  const referrer = { referrer_type: "Patient", referrer_id: second };
  own.desk.of("referral_sources").change(idOf("referral_sources"), referrer);
  const other = createClinic({ now: Date.now, seed: 2 });
  other.setRateLimit(100_000);
  const plantedElsewhere = plantAll(other, ELSEWHERE);
  const elsewhere = stack.use(await startClinicServer(other));
  const taken: unknown[] = [];
  const crm = stack.use(
    await startHttp(({ body }, response) => {
      taken.push(JSON.parse(body));
      response.writeHead(204).end();
    }),
  );
  const ranges = ["127.0.0.1/32"];
  const harness = stack.use(
    await startHarness({
      address,
      prefix,
      clinic: own,
      resources: ["all"],
      setup: {
        accounts: { southside: { key: other.addKey(), baseUrl: elsewhere.url, resources: ["all"] } },
        settings: {
          ops: { port: 0, token: { env: "OPS_TOKEN" } },
          roles: ["poll", "dispatch", "ops"],
          delivery: { allow_http: true, allow_private: ranges, allow_private_for: { crm: ranges } },
        },
      },
    }),
  );
  const { app, config } = harness;
  const base = await openBase(stack, { config, logger: createLogger("silent"), prefix }, address);
  const role = { role: "subscriber", subscriber: "crm", accounts: ["northside"] } as const;
  const tokens = {
    admin: OPS_TOKEN,
    viewer: (await base.tokens.create({ name: "a viewer", sensitive: false, role: "viewer" })).secret,
    subscriber: (await base.tokens.create({ name: "crm", sensitive: false, ...role })).secret,
  };
  const ask: World["ask"] = async (who, method, path, body) => {
    const response = await fetch(`${app.opsUrl ?? ""}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens[who]}`,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, answer: (await response.json()) as Fields };
  };
  const settings = { url: crm.url, events: SUBJECTS, expand: ["*", ...LINKS], local_time: true };
  const made = await ask("subscriber", "POST", "/endpoints", settings);
  expect(made.status).toBe(201);
  const endpoint = String(made.answer["id"]);

  for (const [desk, mark, all] of [
    [own.desk, MARK, planted],
    [other.desk, ELSEWHERE, plantedElsewhere],
  ] as const)
    for (const [name, id] of all) desk.of(name).change(id, wordsOf(name, `anew ${mark}`));
  own.desk.of("relationships").change(idOf("relationships"), { relation: 40 });
  await harness.settled();
  // Whoever may see everything sees both practices, and the two that lead to somebody by a sensitive link.
  await eventually(async () => {
    const { answer } = await ask("admin", "GET", "/feed?from=oldest&limit=500");
    return bodiesIn(answer).find(({ account }) => account === "southside");
  });
  const about = await eventually(async () => {
    const { answer } = await ask(
      "admin",
      "GET",
      "/events?accounts=northside&types=relationship.*,referral_source.*",
    );
    const bodies = bodiesIn(answer);
    return new Set(bodies.map(({ subject }) => subject.type)).size === 2 ? bodies : undefined;
  });

  const shownTo: World["shownTo"] = async (who, include = []) => {
    const along = { expand: ["*", ...LINKS], include, local_time: true };
    const query = `expand=${along.expand.join(",")}&include=${include.join(",")}&local_time=true`;
    const types = `types=${SUBJECTS.join(",")}`;
    const answers: Fields[] = [];
    for (const payload of ["full", "changes"]) {
      const filter = { events: ["relationship.*", "referral_source.*"], payload, ...along };
      for (const [method, path, body] of [
        ["GET", `/feed?from=oldest&limit=500&${types}&${query}&payload=${payload}`],
        ["GET", `/events?limit=100&${types}&${query}&payload=${payload}`],
        ...about.map(({ id }) => ["GET", `/events/${id}?${query}&payload=${payload}`] as const),
        ["POST", "/dry-run", filter],
        ["GET", `/event-types/relationship.updated/samples?${query}&payload=${payload}`],
      ] as const) {
        const { status, answer } = await ask(who, method, path, body);
        expect([path, status]).toEqual([path, 200]);
        answers.push(answer);
      }
    }
    // These bring nothing along, and tell of the same records.
    const { account, subject } = about[0] ?? { account: "", subject: { type: "", id: "" } };
    const record = `/accounts/${account}/records/${subject.type}/${subject.id}`;
    for (const path of [record, `${record}/timeline`, `/events/${about[0]?.id ?? ""}/deliveries`]) {
      const { status, answer } = await ask(who, "GET", path);
      expect([path, status]).toEqual([path, 200]);
      answers.push(answer);
    }
    return answers;
  };
  return {
    ...{ idOf, second, endpoint, base, ask, shownTo },
    came: () => bodiesIn(taken),
    [Symbol.asyncDispose]: async () => await stack[Symbol.asyncDispose](),
  };
}

const test = withRedis.extend("world", { scope: "file" }, async ({ address }, { onCleanup }) => {
  const world = await openWorld(address, "rights");
  onCleanup(async () => await world[Symbol.asyncDispose]());
  return world;
});

test("whoever may not have sensitive fields, or an account, gets nothing of it by what comes along, whichever way is asked", async ({
  world,
}) => {
  const { base: kept, came, endpoint, second } = world;
  const known = { account: "northside", endpoint, pass: 0, sent: 0 };
  for (const resource of ["relationships", "referral_sources"])
    await kept.queues.addBackfill({ ...known, resource });
  const backfilled = (type: string) => (body: Body) =>
    body.origin === "backfill" && body.subject.type === type;
  await expect.poll(() => came().some(backfilled("relationship"))).toBe(true);
  await expect.poll(() => came().some(backfilled("referral_source"))).toBe(true);
  // Sent once more it is the same.
  const live = came().filter(({ origin }) => origin === "live").length;
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const recovery = { since, states: ["delivered"], types: ["relationship.*"] };
  const begun = await world.ask("subscriber", "POST", `/endpoints/${endpoint}/recoveries`, recovery);
  expect(begun.status).toBe(202);
  await expect.poll(() => came().filter(({ origin }) => origin === "live").length).toBeGreaterThan(live);

  const seen = [
    ...(await world.shownTo("subscriber")),
    (await world.ask("subscriber", "GET", `/feed?from=oldest&limit=500&endpoint=${endpoint}`)).answer,
    { callbacks: came() },
  ];
  expect(seen.flatMap(bodiesIn).flatMap(sensitiveIn)).toEqual([]);
  const text = JSON.stringify(seen);
  expect(text).toContain(`${MARK} businesses`);
  expect(text).not.toContain(ELSEWHERE);
  expect(text).not.toContain(second);
  expect(sensitiveWords().filter((word) => text.includes(word))).toEqual([]);
  // Nor does the log of who was told of whom say that it was.
  const lines = await newestAccess(kept, 500);
  const told = lines.filter(({ who }) => who === `endpoint:${endpoint}`).flatMap(({ subjects }) => subjects);
  expect(told).toContain(`relationship/${world.idOf("relationships")}`);
  expect(told).not.toContain(`patient/${second}`);

  const looked = await world.shownTo("viewer");
  expect(looked.flatMap(bodiesIn).flatMap(sensitiveIn)).toEqual([]);
  expect(JSON.stringify(looked)).not.toContain(second);
  for (const who of ["viewer", "subscriber"] as const)
    for (const way of ["/feed?from=oldest&", "/events?", "/event-types/relationship.updated/samples?"])
      expect((await world.ask(who, "GET", `${way}expand=*&include=related_patient`)).status).toBe(400);

  // Whoever may see it is shown what the others were not.
  const all = await world.shownTo("admin", SENSITIVE);
  const found = new Set(all.flatMap(bodiesIn).flatMap(sensitiveIn));
  expect([...found]).toEqual(expect.arrayContaining(["related_patient", "referrer", "patient.notes"]));
  const whole = JSON.stringify(all);
  expect(whole).toContain(ELSEWHERE);
  expect(whole).toContain(second);
  expect(sensitiveWords().filter((word) => whole.includes(word)).length).toBeGreaterThan(10);
});

const MANY = Array.from({ length: 5_000 }, () => "patient");
/** What a body may say of `expand`, and of `local_time`. */
const NO_LINKS: readonly unknown[] = [
  ...["patient", 7, true, {}, { 0: "patient", length: 1 }, MANY, [null], [["patient"]], [{ id: "patient" }]],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "@home",
    "@zone",
    "Patient",
    " patient",
    "",
    "x".repeat(5_000),
  ].map((name) => [name]),
];
const NO_SWITCHES: readonly unknown[] = ["true", "yes", 1, 0, [], [true], {}];
/** The same in a query. */
const NO_QUERIES = [
  ...[
    "__proto__",
    "constructor",
    "@home",
    "@zone",
    "Patient",
    "patient,,business",
    "*,@zone",
    "x".repeat(7_000),
  ].map((name) => `expand=${encodeURIComponent(name)}`),
  `expand=${MANY.slice(0, 101).join(",")}`,
  `expand=${MANY.slice(0, 1_100).join(",")}`,
  ...["expand[]=patient", "expand[0]=patient", "expand.0=patient", "expand=patient&expand=business"],
  ...["1", "TRUE", "yes", "", "true,true"].map((value) => `local_time=${value}`),
  "local_time=true&local_time=true",
];

test("what is no list of links, and no yes or no, is refused by its name, and no more is said of it", async ({
  world,
}) => {
  const asked = { events: ["relationship.*"], expand: ["patient"] };
  const bodies = [
    ...NO_LINKS.map((expand) => ["expand", { ...asked, expand }] as const),
    ...NO_SWITCHES.map((value) => ["local_time", { ...asked, local_time: value }] as const),
  ];
  for (const [name, body] of bodies)
    for (const [method, path, more] of [
      ["POST", "/endpoints", { url: "https://crm.example.com/" }],
      ["PATCH", `/endpoints/${world.endpoint}`, {}],
      ["POST", "/dry-run", {}],
    ] as const) {
      const { status, answer } = await world.ask("subscriber", method, path, { ...body, ...more });
      const { errors } = answer as { errors?: readonly { path: string }[] };
      const said = [method, path, JSON.stringify(body).slice(0, 100)];
      expect([said, status, errors?.[0]?.path.split(".")[0]]).toEqual([said, 400, name]);
      expect(JSON.stringify(answer).length).toBeLessThan(5_000);
    }
  for (const query of NO_QUERIES)
    for (const path of ["/feed", "/events", "/event-types/relationship.updated/samples"]) {
      const { status, answer } = await world.ask("subscriber", "GET", `${path}?${query}`);
      expect([path, query.slice(0, 60), status]).toEqual([path, query.slice(0, 60), 400]);
      expect(JSON.stringify(answer).length).toBeLessThan(5_000);
    }
  // What is named a hundred times comes along once.
  const most = { ...asked, expand: MANY.slice(0, 100) };
  expect((await world.ask("subscriber", "POST", "/dry-run", most)).status).toBe(200);
  const { answer } = await world.ask("subscriber", "GET", `/endpoints/${world.endpoint}`);
  expect(answer).toMatchObject({ expand: ["*", ...LINKS], local_time: true });
});

test("of somebody who was forgotten nothing comes along any more, whichever way is asked, also to whoever may see everything", async ({
  world,
}) => {
  const name = '"first_name":"Second"';
  expect(JSON.stringify(await world.shownTo("admin", SENSITIVE))).toContain(name);
  const who = { account: "northside", patientId: world.second };
  const caller = { id: "cli:ada", name: "ada", role: "admin" } as const;
  await forgetPatient(world.base, caller, who, { signal: new AbortController().signal });

  for (const role of WHO) {
    const shown = await world.shownTo(role, role === "admin" ? SENSITIVE : []);
    expect([role, JSON.stringify(shown).includes(name)]).toEqual([role, false]);
  }
});

import { resolve } from "node:path";

import { expect, test } from "vitest";

import { NAMEABLE } from "../../../src/admin/nameable.ts";
import { RESOURCE_NAMES, resources } from "../../../src/resources/registry.ts";
import { EVENT_TYPES } from "../../../src/diff/event-types.ts";
import { ENVIRONMENT, FILE, errorOf, fileWith, parseFile, problemsOf } from "../../support/operator-file.ts";

const DAY = 86_400_000;

const MINIMAL = `contact: { name: Northside IT, email: it@northside.example }
encryption: [{ id: k1, key: { env: ENCRYPTION_KEY } }]
accounts: { northside: { api_key: { env: NORTHSIDE_KEY } } }
`;

function remedyFor(part: string, replacement: string): string | undefined {
  return problemsOf(fileWith(part, replacement))[0]?.remedy;
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

test("every setting of a complete file is taken over", () => {
  const { encryptionKeys, accounts, endpoints, ops, ...rest } = parseFile(FILE, {
    ...ENVIRONMENT,
    REDIS_URL: " redis://user:pw@redis.example:6379/0 ",
  });

  expect(rest).toEqual({
    contact: { name: "Northside IT", email: "it@northside.example" },
    notices: {},
    polling: {
      promiseMs: { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 },
      tiers: {},
      intervalMs: 20_000,
      overlapMs: 300_000,
      requestsPerMinute: 100,
      budgetShare: 0.5,
      timeoutMs: 10_000,
    },
    delivery: {
      timeoutMs: 12_000,
      allowHttp: false,
      allowPrivate: ["10.20.0.0/16"],
      allowPrivateFor: new Map(),
      proxy: undefined,
      dnsServers: undefined,
    },
    retention: { eventsMs: 30 * DAY, attemptsMs: 90 * DAY, accessMs: 365 * DAY },
    roles: ["poll", "ops"],
    redisUrl: "redis://user:pw@redis.example:6379/0",
    redisCredentials: {},
    dataFolder: "/var/lib/notifier/data",
    keysFolder: "/var/lib/notifier/keys",
    logLevel: "warn",
  });
  expect(encryptionKeys.map(({ id, key }) => [id, key.reveal()])).toEqual([
    ["k1", ENVIRONMENT["ENCRYPTION_KEY"]],
  ]);
  const [account] = accounts;
  expect(account?.apiKey.reveal()).toBe(ENVIRONMENT["NORTHSIDE_KEY"]);
  expect(account).toMatchObject({
    name: "northside",
    baseUrl: "https://proxy.example/v1",
    resources: ["patients"],
  });
  const [endpoint] = endpoints;
  expect(endpoint?.signingKeys.map(({ kind, secret }) => [kind, secret.reveal()])).toEqual([
    ["v1", ENVIRONMENT["CRM_SECRET"]],
  ]);
  expect(endpoint?.name).toBe("crm");
  expect(endpoint?.settings).toEqual({
    url: "https://crm.example.com/hooks/cliniko?team=7",
    description: "",
    events: ["appointment.*", "patient.merged"],
    accounts: ["northside"],
    when: [],
    payload: "changes",
    include: ["medicare"],
    headers: {},
    concurrency: 8,
    ordering: "none",
  });
  expect({ ...ops, token: ops.token?.reveal() }).toEqual({
    host: "0.0.0.0",
    port: 9_000,
    publicUrl: undefined,
    trustedProxies: [],
    token: ENVIRONMENT["OPS_TOKEN"],
  });
});

test("what is left out takes its default", () => {
  const config = parseFile(MINIMAL);

  expect(config).toMatchObject({
    endpoints: [],
    polling: {
      promiseMs: { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 },
      tiers: {},
      intervalMs: undefined,
      overlapMs: 120_000,
      requestsPerMinute: 200,
      budgetShare: 0.25,
      timeoutMs: 30_000,
    },
    delivery: {
      timeoutMs: 15_000,
      allowHttp: false,
      allowPrivate: [],
      allowPrivateFor: new Map(),
      proxy: undefined,
      dnsServers: undefined,
    },
    retention: { eventsMs: 30 * DAY, attemptsMs: 90 * DAY, accessMs: 365 * DAY },
    ops: { host: "127.0.0.1", port: 8_321, trustedProxies: [], token: undefined },
    roles: ["poll", "dispatch", "ops"],
    redisUrl: undefined,
    dataFolder: "./data",
    keysFolder: resolve("keys"),
    logLevel: "info",
  });
  expect(config.accounts[0]).toMatchObject({
    baseUrl: undefined,
    resources: [...NAMEABLE.defaultResources],
  });
});

test("an endpoint gets the full payload of every account unless told otherwise", () => {
  const endpoint = `endpoints: { crm: { url: "https://a.example/", secret: { env: CRM_SECRET }, events: ["*"] } }`;

  expect(parseFile(`${MINIMAL}${endpoint}\n`).endpoints[0]?.settings).toEqual({
    url: "https://a.example/",
    description: "",
    events: ["*"],
    when: [],
    payload: "full",
    include: [],
    headers: {},
    concurrency: 8,
    ordering: "none",
  });
});

test("the configuration is frozen all the way down", () => {
  const config = parseFile(FILE);

  expect(isDeeplyFrozen(config)).toBe(true);
  expect(() => Object.assign(config.polling, { intervalMs: 1 })).toThrow(TypeError);
  expect(() => (config.roles as string[]).push("ops")).toThrow(TypeError);
});

test("three wrong things give three problems in one error, each with its place and a remedy", () => {
  const text = fileWith("https://crm.example.com/hooks/cliniko?team=7", "crm.example.com").replace(
    "patient.merged",
    "patient.mergd",
  );
  const error = errorOf(text, { ...ENVIRONMENT, NORTHSIDE_KEY: undefined });

  expect(error).toMatchObject({
    name: "ConfigError",
    code: "config_invalid",
    retryable: false,
    message: "notifier.yaml has 3 problems",
  });
  expect(error?.problems).toEqual([
    {
      path: "accounts.northside.api_key",
      line: 9,
      message: "the environment variable NORTHSIDE_KEY is not set",
      remedy: "set NORTHSIDE_KEY to the API key that Cliniko shows under My info → Manage API keys",
    },
    {
      path: "endpoints.crm.url",
      line: 14,
      message: "is not a URL",
      remedy: "write the whole address, like https://crm.example.com/hooks/cliniko",
    },
    {
      path: "endpoints.crm.events.1",
      line: 16,
      message: 'there is no event type "patient.mergd"',
      remedy: 'did you mean "patient.merged"?',
    },
  ]);
});

test("one wrong thing is one problem, not two", () => {
  expect(errorOf(fileWith("payload: changes", "payload: some"))?.message).toBe("notifier.yaml has 1 problem");
});

test.each([
  ["log_level: warn", "log_levle: warn", "log_levle", 36, "log_level"],
  ["roles: [poll, ops]", "role: [poll]", "role", 34, "roles"],
  ["  name: Northside IT", "  name: N\n  nmae: N", "contact.nmae", 3, "name"],
  ["  - id: k1", "  - id: k1\n    kei: 1", "encryption.0.kei", 6, "key"],
  ["    resources:", "    resource:", "accounts.northside.resource", 11, "resources"],
  ["    payload:", "    pay_load:", "endpoints.crm.pay_load", 18, "payload"],
  ["  overlap:", "  overlaps:", "polling.overlaps", 22, "overlap"],
  ["  allow_http:", "  allow-http:", "delivery.allow-http", 29, "allow_http"],
  ["  host:", "  hosts:", "ops.hosts", 31, "host"],
] as const)("with %j as %j, the setting %s on line %i is refused", (part, replacement, path, line, meant) => {
  expect(problemsOf(fileWith(part, replacement))).toEqual([
    {
      path,
      line,
      message: "is not a known setting",
      remedy: `did you mean "${meant}"? Otherwise remove it`,
    },
  ]);
});

test("a setting in the wrong place is told from one that is like no other", () => {
  expect(remedyFor("data_folder:", "interval: 5s\ndata_folder:")).toBe(
    "move it to its place: notifier.example.yaml shows where",
  );
  expect(remedyFor("data_folder:", "sandwiches: 2\ndata_folder:")).toBe("remove it");
});

test("an unknown block of settings is found at its name, not at the line below", () => {
  const [unknown] = problemsOf(fileWith("polling:\n", "poling:\n"));

  expect(unknown).toMatchObject({ path: "poling", line: 20, remedy: expect.stringContaining('"polling"') });
});

test("what is missing is told apart from what is of the wrong kind", () => {
  expect(problemsOf(fileWith("  email: it@northside.example\n", ""))).toEqual([
    {
      path: "contact.email",
      line: 1,
      message: "is missing",
      remedy: "add it (string); notifier.example.yaml shows how",
    },
  ]);
  expect(problemsOf(fileWith('["appointment.*", patient.merged]', "appointment.created"))).toEqual([
    {
      path: "endpoints.crm.events",
      line: 16,
      message: "is not of the right kind",
      remedy: "write a list here",
    },
  ]);
  expect(problemsOf(fileWith("port: 9000", 'port: "9000"'))).toEqual([
    { path: "ops.port", line: 32, message: "is not of the right kind", remedy: "write a number here" },
  ]);
});

test.each([
  ["allow_http: false", "allow_http: tru", "delivery.allow_http"],
  ["port: 9000", "port: 70000", "ops.port"],
  ["requests_per_minute: 100", "requests_per_minute: 0", "polling.requests_per_minute"],
  ["budget_share: 0.5", "budget_share: 1.5", "polling.budget_share"],
  ["budget_share: 0.5", "budget_share: 0", "polling.budget_share"],
  ["payload: changes", "concurrency: 2.5", "endpoints.crm.concurrency"],
  ["roles: [poll, ops]", "roles: []", "roles"],
  ["roles: [poll, ops]", "roles: [poll, op]", "roles.1"],
  ["log_level: warn", "log_level: loud", "log_level"],
  ["payload: changes", "payload: everything", "endpoints.crm.payload"],
  ["[patients]", "[patient]", "accounts.northside.resources.0"],
  ["[patients]", "[]", "accounts.northside.resources"],
  ["[medicare]", "[medicar]", "endpoints.crm.include.0"],
  ["it@northside.example", "it-at-northside", "contact.email"],
  ["id: k1", "id: Key-One", "encryption.0.id"],
  ["  northside:\n", "  North Side:\n", "accounts.North Side"],
  ["  crm:\n", "  crm:eu:\n", "endpoints.crm:eu"],
] as const)("%j may not become %j", (part, replacement, path) => {
  const found = problemsOf(fileWith(part, replacement)).map((problem) => problem.path);

  expect(found).toContain(path);
});

test("a misspelt name is answered with the nearest one, anything else with all of them", () => {
  const subjects = [...new Set(EVENT_TYPES.map((type) => type.split(".")[0]))];

  expect(remedyFor("[patients]", "[patientz]")).toBe('did you mean "patients"?');
  expect(remedyFor("[patients]", "[sandwiches_and_more]")).toBe(
    `use some of: ${[...RESOURCE_NAMES, ...Object.keys(NAMEABLE.resourceGroups)].join(", ")}`,
  );
  expect(remedyFor("patient.merged", "sandwich.eaten")).toBe(
    `use "*", ${subjects.map((subject) => `"${subject}.*"`).join(", ")} or one of the types in docs/events.md`,
  );
});

test.each([
  "*",
  "appointment.*",
  "patient.*",
  "appointment.did_not_arrive",
  "endpoint.*",
  "endpoint.failing",
])("an endpoint may ask for %j", (pattern) => {
  expect(parseFile(fileWith("patient.merged", `"${pattern}"`)).endpoints[0]?.settings.events).toContain(
    pattern,
  );
});

test("an endpoint that names an unknown account is told of the nearest", () => {
  expect(problemsOf(fileWith("accounts: [northside]", "accounts: [northside, nothside]"))).toEqual([
    {
      path: "endpoints.crm.accounts.1",
      line: 17,
      message: 'there is no account "nothside" in this file',
      remedy: 'did you mean "northside"?',
    },
  ]);
  expect(problemsOf(fileWith("accounts: [northside]", "accounts: [southbank]"))[0]?.remedy).toBe(
    "use some of: northside",
  );
});

test("an unknown account is reported beside faults elsewhere in the file", () => {
  const paths = problemsOf(
    fileWith("accounts: [northside]", "accounts: [southbank]").replace("port: 9000", "port: -1"),
  ).map(({ path }) => path);

  expect(paths).toEqual(["ops.port", "endpoints.crm.accounts.0"]);
});

test("two encryption keys of one id are refused, two of different ids are not", () => {
  const secondKey = "  - { id: k2, key: { env: ENCRYPTION_KEY } }\n";
  const text = fileWith("accounts:\n", `${secondKey}accounts:\n`);

  expect(parseFile(text).encryptionKeys.map(({ id }) => id)).toEqual(["k1", "k2"]);
  expect(problemsOf(text.replace("id: k2", "id: k1"))).toMatchObject([
    { path: "encryption", line: 4, message: "has two keys of one id" },
  ]);
});

test.each([
  ["a broken indentation", "  overlap: 5m", " overlap: 5m", 22],
  ["a setting given twice", "log_level: warn", "log_level: warn\nlog_level: info", 37],
  ["a star without quotes", 'events: ["appointment.*", patient.merged]', "events: [*]", 16],
])("%s is reported with its line as no YAML", (_what, part, replacement, line) => {
  const problems = problemsOf(fileWith(part, replacement));

  expect(problems[0]).toMatchObject({
    path: "(file)",
    line,
    message: expect.stringMatching(/^is not YAML: /),
    remedy: expect.stringContaining('quotes around a "*"'),
  });
});

test("an alias that nothing defines is a problem of the file too", () => {
  expect(problemsOf(fileWith('["appointment.*", patient.merged]', "*all"))).toEqual([
    {
      path: "(file)",
      message: expect.stringContaining("Unresolved alias"),
      remedy: 'put quotes around a word that starts with "*" or "&"',
    },
  ]);
});

test("an empty file lacks everything that has no default", () => {
  expect(problemsOf("").map(({ path, message }) => [path, message])).toEqual([
    ["contact", "is missing"],
    ["encryption", "is missing"],
    ["accounts", "is missing"],
  ]);
});

test.each(["- a list", "only words"])("a file that is %j is not taken for settings", (text) => {
  expect(problemsOf(text)).toEqual([
    {
      path: "(file)",
      line: undefined,
      message: "is not of the right kind",
      remedy: "write a block of settings here",
    },
  ]);
});

test("the folder of the erasure key lies beside the data folder, is none when that is said, and never lies in it", () => {
  const folderOf = (keys: string): string | undefined =>
    parseFile(fileWith("keys_folder: /var/lib/notifier/keys", keys), ENVIRONMENT).keysFolder;

  expect(folderOf("")).toBe("/var/lib/notifier/keys");
  expect(folderOf("keys_folder: /srv/keys")).toBe("/srv/keys");
  expect(folderOf("keys_folder: none")).toBeUndefined();
  expect(folderOf("keys_folder: /var/lib/notifier/data-keys")).toBe("/var/lib/notifier/data-keys");
  for (const inside of [
    "/var/lib/notifier/data",
    "/var/lib/notifier/data/keys",
    "/var/lib/notifier/x/../data/",
  ]) {
    expect(problemsOf(fileWith("keys_folder: /var/lib/notifier/keys", `keys_folder: ${inside}`))).toEqual([
      {
        path: "keys_folder",
        line: 37,
        message: "lies in data_folder: a copy of that one would open what was forgotten since",
        remedy: "name a folder beside it, and copy it apart",
      },
    ]);
  }
});

test("a group stands for its resources, and all for all", () => {
  const readBy = (names: string): readonly string[] | undefined =>
    parseFile(fileWith("[patients]", names)).accounts[0]?.resources;

  expect(readBy("[visits, patients]")).toEqual(
    RESOURCE_NAMES.filter((name) => resources[name].group === "visits" || name === "patients"),
  );
  // What is computed is read of what was named, and not by the name of a group.
  expect(readBy("[all, patients]")).toEqual(RESOURCE_NAMES.filter((name) => name !== "available_times"));
  // One that stood for none would leave an account that nothing is read of, and no word of it.
  for (const names of Object.values(NAMEABLE.resourceGroups)) expect(names).not.toEqual([]);
  expect(readBy("all")).toEqual(readBy("[all]"));
  expect(readBy("patients")).toEqual(["patients"]);
});

test("available times are read of what was named, and then only", () => {
  const times = (text: string): string => fileWith("[patients]", `[patients]\n    available_times:${text}`);
  const named = "\n      - { business: '101', practitioner: '202', appointment_type: '303', days: 14 }\n";
  const [account] = parseFile(times(named)).accounts;

  expect(account?.resources).toEqual(["patients", "available_times"]);
  expect(account?.availableTimes).toEqual([
    { business: "101", practitioner: "202", appointmentType: "303", days: 14, nextOnly: false },
  ]);
  expect(problemsOf(times(named + named.slice(1))).map(({ message }) => message)).toEqual([
    "names the same times again",
  ]);
  expect(problemsOf(times(named.replace("14", "90")))).toHaveLength(1);
  // A long id without quotes has lost its last digits.
  expect(problemsOf(times(named.replace("'101'", "1085025583890432411")))).toHaveLength(1);
  expect(problemsOf(fileWith("[patients]", "[available_times]"))[0]?.message).toContain("reads nothing");
});

test("only what is huge may begin from now on", () => {
  const begin = (name: string): string => fileWith("[patients]", `[all]\n    from_now_on: [${name}]`);
  expect(parseFile(begin("communications")).accounts[0]?.fromNowOn).toEqual(["communications"]);
  expect(problemsOf(begin("patients")).map(({ path }) => path)).toEqual(["accounts.northside.from_now_on.0"]);
});

test("each tier has a promise of its own, and one alone is that of the live one", () => {
  const promised = (promise: string): unknown =>
    parseFile(`${MINIMAL}polling: { promise: ${promise} }`).polling.promiseMs;
  const usual = { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 };

  expect(promised("5s")).toEqual({ ...usual, live: 5_000 });
  expect(promised("{ minute: 2s, daily: 2h }")).toEqual({ ...usual, minute: 2_000, daily: 7_200_000 });
});

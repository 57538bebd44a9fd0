import fc from "fast-check";
import { expect, test } from "vitest";

import { NAMEABLE } from "../../../src/admin/nameable.ts";
import { asWritten, parseEndpointSettings } from "../../../src/config/endpoint-schema.ts";
import type { EndpointSettings } from "../../../src/config/endpoint-settings.ts";
import { ConfigError, type Problem } from "../../../src/shared/errors.ts";
import { fileWith, parseFile, problemsOf } from "../../support/operator-file.ts";

const RULES = { ...NAMEABLE, accounts: ["northside", "southbank"], allowHttp: false };
const LEAST = { url: "https://crm.example.com/hooks", events: ["*"] };

function parse(more: object, rules = RULES): EndpointSettings {
  return parseEndpointSettings({ ...LEAST, ...more }, "the request", rules, (path) => path.join("."));
}

function faultsOf(more: object, rules = RULES): readonly Problem[] {
  try {
    parse(more, rules);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** In the file, `payload: changes` stands on line 18. */
function inFile(lines: string): string {
  return fileWith("    payload: changes\n", `    ${lines.trim().replaceAll("\n", "\n    ")}\n`);
}

test("the least that can be said gets the defaults", () => {
  expect(parse({})).toEqual({
    url: "https://crm.example.com/hooks",
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

test("everything that can be said is taken over, in the file as at run time", () => {
  const written = {
    description: "the clinic's CRM",
    accounts: ["northside"],
    when: [
      { field: "cancelled_at", from: null },
      { field: "cancellation_reason", to: 50 },
    ],
    payload: "ids",
    include: ["notes"],
    headers: { "X-Team": " north " },
    rate_limit: 0.5,
    concurrency: 2,
    ordering: "subject",
  };
  const settings = {
    description: "the clinic's CRM",
    accounts: ["northside"],
    when: [
      { field: "cancelled_at", from: null },
      { field: "cancellation_reason", to: 50 },
    ],
    payload: "ids",
    include: ["notes"],
    headers: { "x-team": "north" },
    rateLimit: 0.5,
    concurrency: 2,
    ordering: "subject",
  };
  const lines = `endpoints: ${JSON.stringify({ crm: { ...LEAST, ...written, secret: { env: "CRM_SECRET" } } })}`;
  const file = fileWith("polling:\n", "polling:\n").replace(/endpoints:[\s\S]*?(?=polling:)/, `${lines}\n`);

  expect(parse(written)).toEqual({ ...LEAST, ...settings });
  expect(parseFile(file).endpoints[0]?.settings).toEqual({ ...LEAST, ...settings });
});

test.each([
  [{ events: [] }, "events"],
  [{ events: ["appointment.canceled"] }, "events.0"],
  [{ events: ["endpoint.test"] }, "events.0"],
  [{ accounts: [] }, "accounts"],
  [{ accounts: ["nothside"] }, "accounts.0"],
  [{ url: "http://crm.example.com/" }, "url"],
  [{ url: "https://user:pw@crm.example.com/" }, "url"],
  [{ url: undefined }, "url"],
  [{ payload: "everything" }, "payload"],
  [{ include: ["starts_at"] }, "include.0"],
  [{ rate_limit: 0 }, "rate_limit"],
  [{ rate_limit: 1_000.5 }, "rate_limit"],
  [{ rate_limit: "many" }, "rate_limit"],
  [{ concurrency: 0 }, "concurrency"],
  [{ concurrency: 101 }, "concurrency"],
  [{ concurrency: 2.5 }, "concurrency"],
  [{ ordering: "time" }, "ordering"],
  [{ description: "x".repeat(501) }, "description"],
  [{ secret: "whsec_AAAA" }, "secret"],
  [{ when: { field: "notes" } }, "when"],
  [{ when: [{ feild: "starts_at" }] }, "when.0.feild"],
  [{ tls: { ca: "none" } }, "tls.ca"],
])("%j is refused at %s, with a remedy", (more, path) => {
  const found = faultsOf(more);

  expect(found.map((fault) => fault.path)).toContain(path);
  for (const { message, remedy } of found) expect([message, remedy]).not.toContain("");
});

test.each([
  [{ rate_limit: 1_000 }],
  [{ rate_limit: 0.001 }],
  [{ concurrency: 1 }],
  [{ concurrency: 100 }],
  [{ description: "x".repeat(500) }],
  [{ accounts: ["southbank"] }],
])("%j is at the edge and accepted", (more) => {
  expect(faultsOf(more)).toEqual([]);
});

test("plain http at run time is refused as in the file, and passes once the operator allows it", () => {
  const url = "http://127.0.0.1:4000/";

  expect(faultsOf({ url })).toEqual([
    {
      path: "url",
      message: "is plain http: patients' data would travel in clear",
      remedy:
        'use https; for a receiver on this machine, set delivery.allow_http: true and delivery.allow_private: ["127.0.0.1/32"]',
    },
  ]);
  expect(parse({ url }, { ...RULES, allowHttp: true }).url).toBe(url);
});

test.each([
  ["practitionr", 'did you mean "practitioner"?'],
  ["updated_at", expect.stringMatching(/^use some of: |^did you mean /) as string],
  ["sandwiches_and_more_of_them", expect.stringMatching(/^use some of: starts_at, ends_at, /) as string],
])("a condition on %s, which is not watched, is refused", (field, remedy) => {
  expect(faultsOf({ when: [{ field }] })).toEqual([
    { path: "when.0.field", message: `there is no watched field "${field}"`, remedy },
  ]);
});

test("a condition on a sensitive field is refused, and passes once the endpoint is to get that field", () => {
  const when = [{ field: "starts_at" }, { field: "cancellation_note", to: "no show" }];

  expect(faultsOf({ when })).toEqual([
    {
      path: "when.1.field",
      message: 'would tell of "cancellation_note", which this endpoint is not to get',
      remedy: "add cancellation_note to include, or leave the condition out",
    },
  ]);
  expect(parse({ when, include: ["cancellation_note"] }).when).toEqual(when);
  expect(problemsOf(inFile("when: [{ field: notes }]"))).toMatchObject([
    { path: "endpoints.crm.when.0.field", line: 18 },
  ]);
});

test("an id that a number would cut short is refused, and accepted in quotes", () => {
  const written = "when: [{ field: practitioner, to: 1390726237298631770 }]";

  expect(problemsOf(inFile(written))).toMatchObject([
    {
      path: "endpoints.crm.when.0.to",
      message: "has more digits than a number keeps",
      remedy: "put quotes around it: ids are compared as text",
    },
  ]);
  expect(parseFile(inFile(written.replace(/(\d+)/, '"$1"'))).endpoints[0]?.settings.when).toEqual([
    { field: "practitioner", to: "1390726237298631770" },
  ]);
});

test.each([[["a"]], [{ id: 1 }]])("a condition cannot be met by %j", (to) => {
  expect(faultsOf({ when: [{ field: "starts_at", to }] })).toMatchObject([
    { path: "when.0.to", message: "is not a single value" },
  ]);
});

test("settings written out and read again are the same", () => {
  const scalar = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.maxSafeInteger());
  const settings = fc.record(
    {
      events: fc.subarray([...NAMEABLE.eventTypes], { minLength: 1, maxLength: 20 }),
      description: fc.string({ maxLength: 500 }),
      accounts: fc.subarray(["northside", "southbank"], { minLength: 1 }),
      when: fc.array(fc.record({ field: fc.constantFrom("starts_at", "notes"), from: scalar }), {
        maxLength: 3,
      }),
      payload: fc.constantFrom("full", "changes", "ids"),
      include: fc.constant(["notes"]),
      headers: fc.dictionary(fc.constantFrom("x-a", "cookie", "authorization"), fc.constantFrom("1", "a b")),
      rate_limit: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
      concurrency: fc.integer({ min: 1, max: 100 }),
      ordering: fc.constantFrom("none", "subject"),
    },
    { requiredKeys: ["include"] },
  );
  fc.assert(
    fc.property(settings, (more) => {
      const parsed = parse(more);

      expect(parseEndpointSettings(asWritten(parsed), "again", RULES, String)).toEqual(parsed);
    }),
    { numRuns: 200 },
  );
});

test("every problem is named at once", () => {
  const paths = faultsOf({ events: ["x"], payload: "x", concurrency: 0 }).map(({ path }) => path);

  expect(paths).toEqual(["events.0", "payload", "concurrency"]);
});

test.each(["two\nlines", "\u001b]0;title\u0007", "the \u202e.exe"])(
  "a description that would steer a terminal is refused: %j",
  (description) => {
    expect(faultsOf({ description })).toMatchObject([
      { path: "description", remedy: "write plain text on one line" },
    ]);
    expect(faultsOf({ description: "Zoë’s CRM, 東京" })).toEqual([]);
  },
);

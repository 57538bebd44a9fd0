import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import {
  type EndpointOptions,
  namesHeaderValues,
  optionOf,
  toWritten,
} from "../../../src/cli/endpoints/endpoint-options.ts";
import { ConfigError, type Problem } from "../../../src/shared/errors.ts";

const CA = fileURLToPath(new URL("../../fixtures/tls/ca.pem", import.meta.url));

function problemOf(options: EndpointOptions): Problem | undefined {
  try {
    toWritten(options);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.problems[0];
    throw error;
  }
}

test.each<[EndpointOptions, object]>([
  [{}, {}],
  [{ events: "a.b, c.*" }, { events: ["a.b", "c.*"] }],
  [{ accounts: "north,south" }, { accounts: ["north", "south"] }],
  [{ include: "notes" }, { include: ["notes"] }],
  [
    { rateLimit: "0.5", concurrency: "4" },
    { rate_limit: 0.5, concurrency: 4 },
  ],
  [{ concurrency: "many" }, { concurrency: "many" }],
  [{ concurrency: "" }, { concurrency: "" }],
  [{ when: ["cancelled_at"] }, { when: [{ field: "cancelled_at" }] }],
  [
    { when: ["a: 1 -> 2", "b:x->y"] },
    {
      when: [
        { field: "a", from: "1", to: "2" },
        { field: "b", from: "x", to: "y" },
      ],
    },
  ],
  [{ when: ["a: * -> 2"] }, { when: [{ field: "a", to: "2" }] }],
  [{ when: ["a: -> true"] }, { when: [{ field: "a", to: true }] }],
  [{ when: ["a: null -> *"] }, { when: [{ field: "a", from: null }] }],
  [
    { when: ["starts_at: * -> 2026-11-23T01:00:00Z"] },
    { when: [{ field: "starts_at", to: "2026-11-23T01:00:00Z" }] },
  ],
  [
    { header: ["X-Team: north", "X-Url: https://a.example"] },
    { headers: { "X-Team": "north", "X-Url": "https://a.example" } },
  ],
])("%j is written %j", (options, written) => {
  expect(toWritten(options)).toEqual(written);
});

test("none and all take a setting back to its default", () => {
  const written = toWritten({
    accounts: "all",
    include: "none",
    when: ["none"],
    header: ["none"],
    rateLimit: "none",
    tlsCa: "none",
  });

  expect(Object.entries(written).toSorted()).toEqual([
    ["accounts", undefined],
    ["headers", {}],
    ["include", []],
    ["rate_limit", undefined],
    ["tls", undefined],
    ["when", []],
  ]);
});

test("TLS material is read from its file", () => {
  expect(toWritten({ tlsCa: CA })).toEqual({
    tls: { ca: expect.stringContaining("-----BEGIN CERTIFICATE-----") as string },
  });
});

test.each<[EndpointOptions, string, string]>([
  [{ when: ["a -> b"] }, "--when", '"a -> b" is not a condition'],
  [{ when: ["a: b"] }, "--when", '"a: b" is not a condition'],
  [{ when: ["a: b -> c -> d"] }, "--when", '"a: b -> c -> d" is not a condition'],
  [{ header: ["hunter2"] }, "--header", "has no colon behind the header's name"],
  [{ header: [": hunter2"] }, "--header", "has no colon behind the header's name"],
  [{ header: ["A: 1", "A: 2"] }, "--header A", "is given twice"],
  [{ tlsKey: "/nowhere.pem" }, "--tls-key", "the file /nowhere.pem cannot be read"],
])("%j is refused at %s: it %s", (options, path, message) => {
  expect(problemOf(options)).toMatchObject({ path, message });
  expect(JSON.stringify(problemOf(options))).not.toContain("hunter2");
});

test.each([
  [["url"], "--url"],
  [["rate_limit"], "--rate-limit"],
  [["events", 0], "--events"],
  [["when", 1, "field"], "--when"],
  [["headers"], "--header"],
  [["headers", "Host"], "--header Host"],
  [["tls"], "--tls-certificate"],
  [["tls", "ca"], "--tls-ca"],
])("the setting %j is the option %s", (path, option) => {
  expect(optionOf(path)).toBe(option);
});

test("a header's value comes from a variable or a file, and on the command line it is told", ({
  onTestFinished,
}) => {
  const folder = mkdtempSync(join(tmpdir(), "cw-headers-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "headers.txt");
  writeFileSync(file, "# ours\nX-Api-Key: s3cret\r\n\nX-Team: north\n");
  const written = (header: readonly string[], env = {}): unknown => toWritten({ header }, env)["headers"];

  expect(written([`@${file}`])).toEqual({ "X-Api-Key": "s3cret", "X-Team": "north" });
  expect(written(["X-Api-Key=env:KEY"], { KEY: "s3cret=:" })).toEqual({ "X-Api-Key": "s3cret=:" });
  expect(problemOf({ header: ["X-Api-Key=env:KEY"] })).toMatchObject({
    message: "the variable KEY is not set",
  });
  expect(problemOf({ header: [`@${file}x`] })).toMatchObject({ path: "--header" });
  expect(
    [["X-Team: north"], [`@${file}`, "X-Team: env:KEY"]].map((header) => namesHeaderValues({ header })),
  ).toEqual([true, true]);
  expect(
    [[`@${file}`], ["X-Api-Key=env:KEY"], ["none"]].map((header) => namesHeaderValues({ header })),
  ).toEqual([false, false, false]);
  expect(namesHeaderValues({})).toBe(false);
});

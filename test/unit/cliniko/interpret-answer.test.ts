import { expect, test } from "vitest";

import {
  type Answer,
  interpretFailure,
  parseJson,
  serverDate,
} from "../../../src/cliniko/interpret-answer.ts";

const NOW = 1_763_781_291_000;

function answer(status: number, headers: Answer["headers"] = {}, body = ""): Answer {
  return { status, headers, body: Buffer.from(body) };
}

function json(status: number, value: unknown): Answer {
  return answer(status, { "content-type": "application/json; charset=utf-8" }, JSON.stringify(value));
}

function detailWith(requestId: string | string[]): string | undefined {
  return interpretFailure(answer(500, { "x-request-id": requestId }), NOW)?.detail;
}

test("200 is no failure", () => {
  expect(interpretFailure(answer(200), NOW)).toBeUndefined();
});

test.each([
  [400, "bad_filter"],
  [401, "unauthorized"],
  [403, "forbidden"],
  [404, "not_found"],
  [429, "rate_limited"],
  [204, "unavailable"],
  [206, "unavailable"],
  [301, "unavailable"],
  [302, "unavailable"],
  [304, "unavailable"],
  [402, "unavailable"],
  [406, "unavailable"],
  [408, "unavailable"],
  [418, "unavailable"],
  [422, "unavailable"],
  [500, "unavailable"],
  [502, "unavailable"],
  [503, "unavailable"],
  [504, "unavailable"],
])("status %i means %s", (status, kind) => {
  expect(interpretFailure(answer(status), NOW)).toMatchObject({
    kind,
    detail: expect.stringContaining(`HTTP ${status}`),
  });
});

test("a redirect is told apart by its words, and the status is kept", () => {
  expect(interpretFailure(answer(301, { location: "https://api.uk1.cliniko.com/v1/user" }), NOW)).toEqual({
    kind: "unavailable",
    status: 301,
    detail: "HTTP 301: a redirect, perhaps the account has moved to another shard",
  });
  expect(interpretFailure(answer(503), NOW)).toEqual({
    kind: "unavailable",
    status: 503,
    detail: "HTTP 503",
  });
});

test("a 400 says which column it was about, without ids, stripped and cut short", () => {
  const repeated = { message: "patient_id 2087326859657216077,139072 of 2026 is not filterable" };
  expect(interpretFailure(json(400, repeated), NOW)?.detail).toBe(
    "HTTP 400: patient_id …,… of 2026 is not filterable",
  );
  expect(interpretFailure(json(400, { message: "notes is not filterable" }), NOW)).toEqual({
    kind: "bad_filter",
    detail: "HTTP 400: notes is not filterable",
  });
  expect(interpretFailure(json(400, { message: `<b>"x"</b>\n${"y".repeat(500)}` }), NOW)?.detail).toBe(
    `HTTP 400: bxb${"y".repeat(117)}`,
  );
});

test.each([
  ["HTML", answer(400, { "content-type": "text/html" }, '{"message":"hidden"}')],
  ["no JSON", answer(400, { "content-type": "application/json" }, "{")],
  ["no message", json(400, { error: "x" })],
  ["a message of another kind", json(400, { message: ["x"] })],
])("a 400 with %s gives no reason", (_what, refused) => {
  expect(interpretFailure(refused, NOW)?.detail).toBe("HTTP 400: no reason given");
});

test("the upstream's request id is shown, unless it could carry something else", () => {
  expect(detailWith("7f1c-42_A")).toBe("HTTP 500 (request 7f1c-42_A)");
  expect(detailWith(["first", "second"])).toBe("HTTP 500 (request first)");
  expect(detailWith("x y")).toBe("HTTP 500");
  expect(detailWith("x".repeat(65))).toBe("HTTP 500");
});

const RESET = (seconds: number): string => String(NOW / 1_000 + seconds);

test.each([
  ["X-RateLimit-Reset", { "x-ratelimit-reset": RESET(20) }, 20_000],
  ["X-RateLimit-Reset before Retry-After", { "x-ratelimit-reset": RESET(20), "retry-after": "90" }, 20_000],
  ["Retry-After", { "retry-after": "90" }, 90_000],
  ["a Retry-After of several", { "retry-after": ["30", "60"] }, 30_000],
  ["a Retry-After of several in one line", { "retry-after": "30, 60" }, 30_000],
  ["a reset of several in one line", { "x-ratelimit-reset": `${RESET(20)}, ${RESET(40)}` }, 20_000],
  ["neither", {}, 60_000],
  ["a reset that is no number", { "x-ratelimit-reset": "soon" }, 60_000],
  ["a reset that is no number, and Retry-After", { "x-ratelimit-reset": "soon", "retry-after": "7" }, 7_000],
  ["a blank reset", { "x-ratelimit-reset": "", "retry-after": " " }, 60_000],
  ["Retry-After as a date", { "retry-after": "Sat, 22 Nov 2025 03:20:00 GMT" }, 60_000],
  ["a reset in the past", { "x-ratelimit-reset": RESET(-3_600) }, 1_000],
  ["a reset of now", { "x-ratelimit-reset": RESET(0) }, 1_000],
  ["a Retry-After of 0", { "retry-after": "0" }, 1_000],
  ["a reset far ahead", { "x-ratelimit-reset": RESET(86_400) }, 300_000],
  ["a reset in ms", { "x-ratelimit-reset": `${RESET(20)}000` }, 300_000],
  ["a huge Retry-After", { "retry-after": "99999999999" }, 300_000],
  ["an endless Retry-After", { "retry-after": "9".repeat(400) }, 60_000],
])("429 with %s asks for a wait within bounds", (_what, headers, waitMs) => {
  expect(interpretFailure(answer(429, headers), NOW)).toEqual({
    kind: "rate_limited",
    resetAtMs: NOW + waitMs,
    detail: "HTTP 429",
  });
});

const DATE = (seconds: number): string => new Date(NOW + seconds * 1_000).toUTCString();
const HOUR = 3_600;

/** The upstream's clock is `ahead` of ours, and it says that its limit resets in 20 s. */
const skewed = (ahead: number): Record<string, string> => ({
  date: DATE(ahead),
  "x-ratelimit-reset": RESET(ahead + 20),
});

test.each([
  ["as ours", skewed(0), 20_000],
  ["an hour ahead of ours", skewed(HOUR), 20_000],
  ["ten hours ahead of ours", skewed(10 * HOUR), 20_000],
  ["an hour behind ours", skewed(-HOUR), 20_000],
  ["ten hours behind ours", skewed(-10 * HOUR), 20_000],
  ["4 minutes ahead of ours, within the bounds", skewed(240), 20_000],
  ["rubbish", { date: "yesterday", "x-ratelimit-reset": RESET(20) }, 20_000],
  ["of another time than its reset", { date: DATE(-10 * HOUR), "x-ratelimit-reset": RESET(20) }, 20_000],
  ["of a later time than its reset", { date: DATE(10 * HOUR), "x-ratelimit-reset": RESET(20) }, 20_000],
  [
    "missing, and ours differs, with Retry-After",
    { "x-ratelimit-reset": RESET(HOUR), "retry-after": "30" },
    30_000,
  ],
  ["a moment after its reset", { date: DATE(HOUR + 1), "x-ratelimit-reset": RESET(HOUR) }, 1_000],
])("429 from a clock that is %s asks for the wait that was meant", (_what, headers, waitMs) => {
  expect(interpretFailure(answer(429, headers), NOW)).toMatchObject({ resetAtMs: NOW + waitMs });
});

test.each([
  "application/json",
  "application/json; charset=utf-8",
  "APPLICATION/JSON",
  "application/vnd.api+json",
])("a body of type %s is read", (type) => {
  expect(parseJson(answer(200, { "content-type": type }, '{"a":[1]}'))).toEqual({
    kind: "ok",
    value: { a: [1] },
  });
});

test.each([
  ["text/html; charset=utf-8", "text/html; charset=utf-8"],
  ["text/json", "text/json"],
  ["application/jsonp", "application/jsonp"],
  ["", "missing"],
  [undefined, "missing"],
  [`text/${"x".repeat(100)}`, `text/${"x".repeat(35)}`],
])("a body of type %j is not looked at", (type, shown) => {
  expect(parseJson(answer(200, { "content-type": type }, '{"a":[1]}'))).toEqual({
    kind: "malformed",
    detail: `content type ${shown} instead of JSON`,
  });
});

test("torn JSON is malformed, and what is left of it is not shown", () => {
  const torn = '{"patients":[{"first_name":"Ada"';

  expect(parseJson(answer(200, { "content-type": "application/json" }, torn))).toEqual({
    kind: "malformed",
    detail: "JSON broken off or torn (32 bytes)",
  });
});

test("the upstream's clock is its Date header, in whole seconds", () => {
  expect(serverDate(answer(200, { date: "Sat, 22 Nov 2025 03:14:51 GMT" }))).toBe(1_763_781_291);
  expect(serverDate(answer(200, { date: "noon" }))).toBeUndefined();
  expect(serverDate(answer(200))).toBeUndefined();
});

import { expect, test } from "vitest";

import { customHeaders } from "../../../src/config/custom-headers.ts";
import { ENVIRONMENT, fileWith, parseFile, problemsOf } from "../../support/operator-file.ts";

function faultsOf(headers: Record<string, string>): unknown[] {
  return (customHeaders().safeParse(headers).error?.issues ?? []).map(({ path, message }) => [
    path.join("."),
    message,
  ]);
}

/** In the file, `payload: changes` stands on line 18. */
function withHeaders(headers: string): string {
  return fileWith("payload: changes", `headers: ${headers}`);
}

test.each([
  "webhook-id",
  "Webhook-Signature",
  "webhook-anything",
  "Content-Type",
  "content-length",
  "content-encoding",
  "Host",
  "User-Agent",
  "connection",
  "transfer-encoding",
  "Accept-Encoding",
  "te",
  "trailer",
  "upgrade",
  "Proxy-Authorization",
  "proxy-connection",
  "keep-alive",
  "expect",
])("%s is ours and cannot be set", (name) => {
  expect(faultsOf({ [name]: "x" })).toEqual([[name, "is a header of ours"]]);
});

test.each(["Authorization", "Cookie", "X-Team", "x_team", "accept", "webhookid", "hostname", "x-webhook-id"])(
  "%s can be set",
  (name) => {
    expect(faultsOf({ [name]: "x" })).toEqual([]);
    expect(customHeaders().parse({ [name]: "x" })).toEqual({ [name.toLowerCase()]: "x" });
  },
);

test.each(["", "X Team", "X-Team:", "X-Zoë", "X\r\nHost", "X(Team)"])("%j is no name of a header", (name) => {
  expect(faultsOf({ [name]: "x" })).toEqual([[name, "is not a header's name"]]);
});

test.each([
  ["one\r\nX-Injected: 1", "holds a line end or a letter that a header cannot carry"],
  ["one\ntwo", "holds a line end or a letter that a header cannot carry"],
  ["nul\u0000", "holds a line end or a letter that a header cannot carry"],
  ["Zoë", "holds a line end or a letter that a header cannot carry"],
  ["", "is empty"],
  ["   ", "is empty"],
  ["x".repeat(4_097), "is too long"],
])("the value %j is refused: it %s", (value, message) => {
  expect(faultsOf({ "X-Team": value })).toEqual([["X-Team", message]]);
});

test.each(["x".repeat(4_096), "a\tb", "Bearer abc.def-ghi_~+/=", "  trimmed  "])(
  "the value %j is accepted",
  (value) => {
    expect(customHeaders().parse({ "X-Team": value })).toEqual({ "x-team": value.trim() });
  },
);

test("20 headers are accepted, 21 are not", () => {
  const headers = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, "1"]));

  expect(faultsOf(headers(20))).toEqual([]);
  expect(faultsOf(headers(21))).toEqual([["", "holds 21 headers"]]);
});

test("one header in two spellings is refused", () => {
  expect(faultsOf({ "X-Team": "a", "x-team": "b" })).toEqual([["x-team", "is given twice"]]);
});

test("a value in the file may be a text or a reference, and a reference is not shown in the problem about it", () => {
  const env = { ...ENVIRONMENT, CRM_TOKEN: "Bearer hunter2" };
  const text = withHeaders("{ X-Team: north, Authorization: { env: CRM_TOKEN } }");

  expect(parseFile(text, env).endpoints[0]?.settings.headers).toEqual({
    "x-team": "north",
    authorization: "Bearer hunter2",
  });
  expect(problemsOf(text)).toEqual([
    {
      path: "endpoints.crm.headers.Authorization",
      line: 18,
      message: "the environment variable CRM_TOKEN is not set",
      remedy: "set CRM_TOKEN to the header's value",
    },
  ]);
  const problems = problemsOf(text, { ...env, CRM_TOKEN: "hunter2\nX-Injected: 1" });
  expect(problems).toMatchObject([
    { path: "endpoints.crm.headers.Authorization", message: expect.stringContaining("a line end") },
  ]);
  expect(JSON.stringify(problems)).not.toContain("hunter2");
});

test("a value in the file that is a number is asked for in quotes", () => {
  expect(problemsOf(withHeaders("{ X-Team: 7 }"))).toMatchObject([
    {
      path: "endpoints.crm.headers.X-Team",
      message: "is not a text",
      remedy: expect.stringContaining("put quotes around it"),
    },
  ]);
});

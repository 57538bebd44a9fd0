import { expect, test } from "vitest";

import { ENVIRONMENT, FILE, fileWith, parseFile, problemsOf } from "../../support/operator-file.ts";

const URL_LINE = "https://crm.example.com/hooks/cliniko?team=7";

function withUrl(url: string, allowHttp = false): string {
  return fileWith(URL_LINE, JSON.stringify(url)).replace("allow_http: false", `allow_http: ${allowHttp}`);
}

test.each([
  ["crm.example.com", "is not a URL"],
  ["/hooks", "is not a URL"],
  ["https://", "is not a URL"],
  ["https://crm.example.com:99999/", "is not a URL"],
  ["ftp://crm.example.com/", "starts with ftp:// instead of https://"],
  ["file:///etc/passwd", "starts with file:// instead of https://"],
  ["javascript:alert(1)", "starts with javascript:// instead of https://"],
  ["https://user:hunter2@crm.example.com/", "carries a user name or password"],
  ["https://hunter2@crm.example.com/", "carries a user name or password"],
])("an endpoint at %j is refused: it %s", (url, message) => {
  const problems = problemsOf(withUrl(url));

  expect(problems).toMatchObject([{ path: "endpoints.crm.url", line: 14, message }]);
  expect(JSON.stringify(problems)).not.toContain("hunter2");
});

test.each([
  ["http://127.0.0.1:4000/", "127.0.0.1/32"],
  ["http://[::1]:4000/", "::1/128"],
  ["HTTP://crm.example.com/", "127.0.0.1/32"],
])("plain http to %s is refused unless the operator allows it", (url, range) => {
  expect(problemsOf(withUrl(url))).toEqual([
    {
      path: "endpoints.crm.url",
      line: 14,
      message: "is plain http: patients' data would travel in clear",
      remedy: `use https; for a receiver on this machine, set delivery.allow_http: true and delivery.allow_private: ["${range}"]`,
    },
  ]);
  expect(parseFile(withUrl(url, true)).endpoints[0]?.settings.url).toMatch(/^http:/);
});

test("plain http is refused when the file says nothing about it", () => {
  const silent = withUrl("http://127.0.0.1:4000/").replace("  allow_http: false\n", "");

  expect(problemsOf(silent)).toMatchObject([{ path: "endpoints.crm.url" }]);
});

test("an account's base_url loses its last slashes, and without one there is none", () => {
  expect(parseFile(fileWith("v1/", "v1///")).accounts[0]?.baseUrl).toBe("https://proxy.example/v1");
  expect(
    parseFile(fileWith("    base_url: https://proxy.example/v1/\n", "")).accounts[0]?.baseUrl,
  ).toBeUndefined();
});

test.each([
  "redis://127.0.0.1:6379",
  "rediss://user:pw@redis.example/2",
  "  redis://r  ",
  "unix:///run/redis.sock?db=2",
])("REDIS_URL may be %j", (url) => {
  expect(parseFile(FILE, { ...ENVIRONMENT, REDIS_URL: url }).redisUrl).toBe(url.trim());
});

test.each(["localhost:6379", "http://redis:6379", "redis:/host", "redis://", "/var/run/redis.sock"])(
  "REDIS_URL may not be %j",
  (url) => {
    expect(problemsOf(FILE, { ...ENVIRONMENT, REDIS_URL: url })).toEqual([
      {
        path: "REDIS_URL",
        message: "does not start with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://",
        remedy: expect.stringContaining(
          "redis+sentinel://user:password@host1,host2,host3/mymaster/0, a cluster redis+cluster://",
        ),
      },
    ]);
  },
);

test.each([undefined, "", "   "])("a REDIS_URL of %j means a private Redis", (url) => {
  expect(parseFile(FILE, { ...ENVIRONMENT, REDIS_URL: url }).redisUrl).toBeUndefined();
});

test("a REDIS_URL that is refused does not show its password", () => {
  const problems = problemsOf(FILE, { ...ENVIRONMENT, REDIS_URL: "redis:user:hunter2@host" });

  expect(problems).toHaveLength(1);
  expect(JSON.stringify(problems)).not.toContain("hunter2");
});

function withPublicUrl(url: string): string {
  return fileWith("  port: 9000\n", `  port: 9000\n  public_url: ${JSON.stringify(url)}\n`);
}

test.each([
  ["https://webhooks.northside.example", "https://webhooks.northside.example"],
  ["https://webhooks.northside.example/", "https://webhooks.northside.example"],
  ["HTTPS://Webhooks.Northside.example:443", "https://webhooks.northside.example"],
  ["http://10.0.0.7:8321", "http://10.0.0.7:8321"],
  ["https://northside.example/webhooks/", "https://northside.example/webhooks"],
  ["https://northside.example/a/b_c.d", "https://northside.example/a/b_c.d"],
])("the dashboard's public address may be %j", (url, expected) => {
  expect(parseFile(withPublicUrl(url)).ops.publicUrl).toBe(expected);
});

test("without a public address there is none", () => {
  expect(parseFile(FILE).ops.publicUrl).toBeUndefined();
});

test.each([
  ["webhooks.northside.example", "is not a URL"],
  ["ftp://webhooks.northside.example", "starts with ftp:// instead of https://"],
  ["https://it:hunter2@webhooks.northside.example", "carries a user name or password"],
  ["https://northside.example/?a", "has a query or a fragment"],
  ["https://northside.example/#a", "has a query or a fragment"],
  ["https://northside.example/a//b", "has a path that is not plain"],
  ["https://northside.example/%22x", "has a path that is not plain"],
  ["https://northside.example/<script>", "has a path that is not plain"],
])("the dashboard's public address %j is refused: it %s", (url, message) => {
  expect(problemsOf(withPublicUrl(url))).toMatchObject([{ path: "ops.public_url", message }]);
});

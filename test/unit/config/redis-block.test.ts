import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { ENVIRONMENT, FILE, parseFile, problemsOf } from "../../support/operator-file.ts";

const pem = (name: string): string =>
  name === "password"
    ? "let me in\n"
    : readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");

const TLS =
  "{ ca: { file: ca.pem }, certificate: { file: sender.pem }, key: { file: sender.key }, server_name: redis.example }";

function withBlock(block: string): string {
  return `${FILE}\nredis: ${block}\n`;
}

function at(url: string | undefined): Readonly<Record<string, string | undefined>> {
  return { ...ENVIRONMENT, REDIS_URL: url, SENTINEL_PASSWORD: "psst" };
}

test("certificates and the sentinels' password are read from where they are", () => {
  const block = `{ tls: ${TLS}, sentinel: { username: notifier, password: { file: password } } }`;
  const { tls, sentinel } = parseFile(
    withBlock(block),
    at("rediss+sentinel://h1/mymaster"),
    pem,
  ).redisCredentials;

  expect(tls).toEqual({
    ca: pem("ca.pem").trim(),
    certificate: pem("sender.pem").trim(),
    key: pem("sender.key").trim(),
    server_name: "redis.example",
  });
  expect(sentinel?.username).toBe("notifier");
  expect(sentinel?.password.reveal()).toBe("let me in");
  expect(JSON.stringify(sentinel)).not.toContain("let me in");
});

test.each(["rediss://h1", "rediss+sentinel://h1/mymaster", "rediss+cluster://h1"])(
  "%s takes certificates",
  (url) => {
    expect(parseFile(withBlock(`{ tls: ${TLS} }`), at(url), pem).redisCredentials.tls?.server_name).toBe(
      "redis.example",
    );
  },
);

test.each([
  ["redis://h1", `{ tls: ${TLS} }`, "redis.tls", "is set, and REDIS_URL asks for no TLS"],
  ["redis+cluster://h1", `{ tls: ${TLS} }`, "redis.tls", "is set, and REDIS_URL asks for no TLS"],
  ["unix:///run/r.sock", `{ tls: ${TLS} }`, "redis.tls", "is set, and REDIS_URL asks for no TLS"],
  [
    undefined,
    `{ tls: ${TLS} }`,
    "redis.tls",
    "is set, and REDIS_URL is not: the private Redis has no use for it",
  ],
  [
    "redis://h1",
    "{ sentinel: { password: { env: SENTINEL_PASSWORD } } }",
    "redis.sentinel",
    "is set, and REDIS_URL names no sentinels",
  ],
  ["rediss://h1", "{ tls: { ca: { file: sender.key } } }", "redis.tls.ca", "is not a certificate in PEM"],
  ["rediss://h1", "{ tls: { certificate: { file: sender.pem } } }", "redis.tls", "has no key"],
  [
    "redis+sentinel://h1/m",
    "{ sentinel: { password: psst } }",
    "redis.sentinel.password",
    "is written in the file itself",
  ],
])("with %s the block %s is refused at %s", (url, block, path, message) => {
  expect(problemsOf(withBlock(block), at(url), pem)).toMatchObject([{ path, message }]);
});

test("what nobody reads is refused by its name", () => {
  expect(problemsOf(withBlock("{ tls: { servername: x } }"), at("rediss://h1"))).toMatchObject([
    { path: "redis.tls.servername" },
  ]);
});

import { expect, test } from "vitest";

import { ENVIRONMENT, fileWith, parseFile, problemsOf } from "../../support/operator-file.ts";

/** In the file, `allow_private` stands on line 28. */
const withSetting = (lines: string): string => fileWith("allow_private: [10.20.0.0/16]", lines);

test.each([
  ["[10.20.0.5/32, fd12:3456::/48]", ["10.20.0.5/32", "fd12:3456::/48"]],
  ["[0.0.0.0/0]", ["0.0.0.0/0"]],
  ["[10.20.0.5]", ["10.20.0.5"]],
  ["[]", []],
])("allow_private may be %s", (written, ranges) => {
  expect(parseFile(withSetting(`allow_private: ${written}`)).delivery.allowPrivate).toEqual(ranges);
});

test.each([
  "[10.20.0.0/33]",
  "[crm.local]",
  "[10.20.0.0/16/8]",
  "[10.20/16]",
  '["fe80::1%eth0/128"]',
  "[10.20.0.0/]",
])("allow_private may not be %s", (written) => {
  expect(problemsOf(withSetting(`allow_private: ${written}`))).toMatchObject([
    { path: "delivery.allow_private.0", line: 28, remedy: expect.stringContaining("10.20.0.") },
  ]);
});

test.each([
  ['["10.20.0.2", "10.20.0.3:5353"]', ["10.20.0.2", "10.20.0.3:5353"]],
  ['["fd12::2", "[fd12::2]:53"]', ["fd12::2", "[fd12::2]:53"]],
])("dns_servers may be %s", (written, servers) => {
  expect(parseFile(withSetting(`dns_servers: ${written}`)).delivery.dnsServers).toEqual(servers);
});

test.each([
  '["dns.example"]',
  '["10.20.0.2:0"]',
  '["10.20.0.2:70000"]',
  '["fd12::2:x"]',
  '["[10.20.0.2]:53"]',
  '[""]',
])("dns_servers may not be %s", (written) => {
  expect(problemsOf(withSetting(`dns_servers: ${written}`))).toMatchObject([
    { path: "delivery.dns_servers.0", message: "is not the address of a name server" },
  ]);
});

test("a proxy may stand in the file, or come by reference with its password, and never shows", () => {
  expect(parseFile(withSetting("proxy: http://proxy.example:3128")).delivery.proxy?.reveal()).toBe(
    "http://proxy.example:3128",
  );
  const withPassword = "http://user:hunter2@proxy.example:3128";
  const env = { ...ENVIRONMENT, PROXY: withPassword };
  const { delivery } = parseFile(withSetting("proxy: { env: PROXY }"), env);
  expect(delivery.proxy?.reveal()).toBe(withPassword);
  expect(JSON.stringify(delivery)).not.toContain("hunter2");
  const problems = problemsOf(withSetting(`proxy: ${withPassword}`));
  expect(problems).toEqual([
    {
      path: "delivery.proxy",
      line: 28,
      message: "carries a password in the file itself",
      remedy: "write { env: NAME } or { file: /path } instead",
    },
  ]);
});

test.each([
  "proxy.example:3128",
  "https://proxy.example",
  "socks5://proxy.example",
  "http://proxy.example/path",
])("%s is no HTTP proxy, wherever it is written", (address) => {
  const expected = [{ path: "delivery.proxy", message: "is not the address of an HTTP proxy" }];

  expect(problemsOf(withSetting(`proxy: ${address}`))).toMatchObject(expected);
  expect(problemsOf(withSetting("proxy: { env: PROXY }"), { ...ENVIRONMENT, PROXY: address })).toMatchObject(
    expected,
  );
});

test("delivery.concurrency is no longer there, and the problem says where it has gone", () => {
  expect(problemsOf(withSetting("concurrency: 8"))).toEqual([
    {
      path: "delivery.concurrency",
      line: 28,
      message: "has moved to endpoints.<name>.concurrency",
      remedy: "write it there: each endpoint has places of its own now",
    },
  ]);
});

test.each([
  ["1d", true],
  ["3650d", true],
  ["36h", true],
  ["23h", false],
  ["3651d", false],
])("events kept for %s: %j", (kept, usable) => {
  const text = fileWith("ops:\n", `retention:\n  events: ${kept}\nops:\n`);

  expect(problemsOf(text).map(({ path, remedy }) => [path, remedy])).toEqual(
    usable ? [] : [["retention.events", "use 1d to 3650d"]],
  );
});

test("what is kept for how long is taken over", () => {
  const text = fileWith("ops:\n", "retention: { events: 7d, attempts: 14d }\nops:\n");

  expect(parseFile(text).retention).toEqual({
    eventsMs: 7 * 86_400_000,
    attemptsMs: 14 * 86_400_000,
    accessMs: 365 * 86_400_000,
  });
});

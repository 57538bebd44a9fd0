import { describe, expect, test } from "vitest";

import {
  type TargetPolicy,
  type UrlVerdict,
  checkAddresses,
  checkUrl,
} from "../../../src/dispatch/http/target-guard.ts";
import { cidrs } from "../../support/cidrs.ts";

/** The loosest policy that opens no range: http is allowed, so that nothing is refused for that alone. */
const CLOSED: TargetPolicy = { allowHttp: true, allowedRanges: [] };

function opened(...ranges: readonly string[]): TargetPolicy {
  return { allowHttp: true, allowedRanges: cidrs(...ranges) };
}

/** Sources: Hook0, Svix, smokescreen and OWASP's corpora, then the clouds' metadata and our own additions. */
const REFUSED = [
  ...["http://127.0.0.1", "http://127.1", "http://2130706433", "http://0x7f000001", "http://0177.0.0.1"],
  ...["http://0", "http://[::]", "http://[::1]", "http://[::ffff:127.0.0.1]", "http://[::7f00:1]"],
  ...[
    "http://[::ffff:0:7f00:1]",
    "http://[::5efe:7f00:1]",
    "http://[64:ff9b::7f00:1]",
    "http://[64:ff9b:1::1]",
  ],
  ...["http://[2002:7f00:1::1]", "http://[2001::1]", "http://[fe80::1%25eth0]", "http://[fec0::1]"],
  ...["http://[fc00::1]", "http://[fd00:ec2::254]", "http://[ff02::1]", "http://[100::1]"],
  ...["http://[2001:db8::1]", "http://[3fff::1]", "http://[5f00::1]"],
  ...["http://169.254.169.254", "http://169.254.170.2", "http://100.100.100.200"],
  ...["http://metadata.google.internal", "http://localhost", "http://x.localhost", "http://a.internal"],
  ...["http://10.0.0.1", "http://172.16.0.1", "http://172.31.255.255", "http://192.168.0.1"],
  ...["http://100.64.0.1", "http://192.0.0.1", "http://192.0.2.1", "http://192.88.99.1", "http://198.18.0.1"],
  ...["http://198.19.255.255", "http://198.51.100.1", "http://203.0.113.1", "http://224.0.0.1"],
  ...["http://240.0.0.1", "http://255.255.255.255", "http://0.1.2.3"],
  ...["https://user:pw@example.com", "https://user@example.com", "https://example.com."],
  ...["http://１２７.０.０.１", "http://①②⑦.0.0.1", "http://127。0。0。1", "http://ⓛocalhost"],
  ...[
    "https://example.com:0",
    "https://example.com:22",
    "https://example.com:25",
    "https://example.com:6379",
  ],
  ...["gopher://example.com", "file:///etc/passwd", "ftp://example.com", "unix:/run/docker.sock", "data:,x"],
  // Our own.
  ...[
    "http://0x7f.1",
    "http://0300.0250.1",
    "http://%31%32%37.0.0.1",
    "http:\\\\127.0.0.1",
    "http://127.0.0.1.",
  ],
  ...["http://[::ffff:8.8.8.8]", "http://[::8.8.8.8]", "http://[2002:808:808::1]", "http://[fe80::1]"],
  ...["http://[2600::5efe:808:808]", "http://[2600::200:5efe:7f00:1]", "http://[64:ff9b::a9fe:a9fe]"],
  ...["http://[4000::1]", "http://[fd20:ce::254]", "http://168.63.129.16", "http://192.0.0.192"],
  ...["http://LOCALHOST", "http://localhost.", "http://printer", "http://printer.local", "http://nas.lan"],
  ...["http://x.home.arpa", "http://metadata", "http://local\u00adhost"],
  ...[
    "https://example.com:1023",
    "https://example.com:5432",
    "https://example.com:2375",
    "https://example.com:10080",
  ],
  ...[
    "javascript:alert(1)",
    "ws://example.com",
    "not a URL",
    "",
    "http://256.1.1.1",
    "http://[::1",
    "http://",
  ],
];

const ALLOWED = [
  ["http://[64:ff9b::808:808]", "NAT64 of a public address"],
  ["https://[64:ff9b::8.8.8.8]", "the same, dotted"],
  ["https://[2606:4700:4700::1111]", "a public IPv6 address"],
  ["https://1.1.1.1", "a public IPv4 address"],
  ["https://172.32.0.1", "the first address behind a private range"],
  ["https://100.63.255.255", "the last address before a shared range"],
  ["https://bücher.example", "an international name"],
  ["https://例え.テスト/パス?q=1", "a name in which nothing is ASCII"],
  ["https://example.com", "a name"],
  ["https://localhost.example.com", "a name that only begins like an internal one"],
  ["https://notlocalhost.example", "a name that only contains one"],
  ["http://example.com:80", "the port of http"],
  ["https://example.com:8443", "a usual port of receivers"],
  ["https://example.com:1024", "the lowest free port"],
  ["https://example.com:65535", "the highest port"],
  ["https://example.com/?to=http://127.0.0.1", "a forbidden address in the query"],
] as const;

describe(`${REFUSED.length} URLs are refused, with no range allowed`, () => {
  test.each(REFUSED)("%s", (url) => {
    expect(checkUrl(url, CLOSED)).toEqual({ kind: "refused", detail: expect.any(String) });
  });
});

describe(`${ALLOWED.length} URLs are allowed, with no range allowed`, () => {
  test.each(ALLOWED)("%s: %s", (url) => {
    expect(checkUrl(url, CLOSED)).toMatchObject({ kind: "ok", internalName: false });
  });
});

const OPENED = [
  ["http://10.20.0.7:8080", "10.20.0.0/16"],
  ["http://192.168.1.1", "192.168.1.1"],
  ["http://100.101.102.103", "100.64.0.0/10"],
  ["http://[fd12:3456::1]", "fd12:3456::/32"],
  ["http://[fec0::1]", "fec0::/10"],
  ["http://127.0.0.1:9000", "127.0.0.1/32"],
  ["http://2130706433", "127.0.0.0/8"],
  ["http://[::1]:9000", "::1"],
  ["http://198.18.0.9", "198.18.0.0/24"],
  ["http://169.254.169.254", "169.254.169.254/32"],
  ["http://[fd00:ec2::254]", "fd00:ec2::254/128"],
] as const;

describe(`${OPENED.length} URLs are allowed once their range is`, () => {
  test.each(OPENED)("%s by %s", (url, range) => {
    expect(checkUrl(url, opened(range))).toMatchObject({ kind: "ok" });
    expect(checkUrl(url, CLOSED)).toMatchObject({ kind: "refused" });
  });
});

const STILL_REFUSED = [
  ["http://10.0.0.1", "0.0.0.0/0", "wider than the private range"],
  ["http://10.0.0.1", "10.0.0.0/7", "one bit wider than the private range"],
  ["http://10.0.0.1", "10.0.0.2/31", "the range beside it"],
  ["http://127.0.0.1", "0.0.0.0/0", "wider than the loopback range"],
  ["http://127.0.0.1", "126.0.0.0/7", "one bit wider than the loopback range"],
  ["http://[::1]", "::/0", "wider than the one address"],
  ["http://[::1]", "::/8", "wider than the one address"],
  ["http://[fd00::1]", "::/0", "wider than the unique local range"],
  ["http://169.254.169.254", "169.254.0.0/16", "metadata is opened by its own address alone"],
  ["http://169.254.169.254", "169.254.169.254/31", "metadata is opened by its own address alone"],
  ["http://100.100.100.200", "100.64.0.0/10", "metadata is opened by its own address alone"],
  ["http://[fd00:ec2::254]", "fd00::/8", "metadata is opened by its own address alone"],
  ["http://[::ffff:127.0.0.1]", "127.0.0.1/32", "a disguise is never opened"],
  ["http://[::7f00:1]", "::7f00:1/128", "a disguise is never opened"],
  ["http://[64:ff9b::a00:1]", "10.0.0.0/8", "a disguise is never opened"],
  ["http://[64:ff9b::a00:1]", "64:ff9b::/96", "a disguise is never opened"],
  ["http://[2002:a00:1::1]", "2002::/16", "a disguise is never opened"],
  ["http://0.0.0.0", "0.0.0.0/8", "it is this machine by another name"],
  ["http://224.0.0.1", "224.0.0.0/4", "nobody answers a callback there"],
  ["http://10.0.0.1:6379", "10.0.0.0/8", "the port"],
  ["http://u:p@10.0.0.1", "10.0.0.0/8", "the password"],
] as const;

describe(`${STILL_REFUSED.length} URLs are refused, whatever range is allowed`, () => {
  test.each(STILL_REFUSED)("%s by %s: %s", (url, range) => {
    expect(checkUrl(url, opened(range))).toMatchObject({ kind: "refused" });
  });
});

test("http is allowed only where the operator says so", () => {
  const strict: TargetPolicy = { allowHttp: false, allowedRanges: [] };

  expect(checkUrl("http://example.com", strict)).toEqual({ kind: "refused", detail: "http: is not allowed" });
  expect(checkUrl("http://example.com", CLOSED)).toMatchObject({ kind: "ok" });
  expect(checkUrl("https://example.com", strict)).toMatchObject({ kind: "ok" });
});

test.each([
  ["https://example.com/a?b", "example.com", 443],
  ["http://example.com", "example.com", 80],
  ["https://[2606:4700::1]:8443", "2606:4700::1", 8443],
] as const)("%s leads to %s and port %i", (url, host, port) => {
  expect(checkUrl(url, CLOSED)).toMatchObject({ host, port });
});

test.each(["localhost", "x.localhost", "crm", "crm.local", "a.internal"])(
  "the name %s passes once a range is allowed, and is then held to it",
  (host) => {
    const policy = opened("10.0.0.0/8");
    const verdict = checkUrl(`http://${host}`, policy);

    expect(verdict).toMatchObject({ kind: "ok", internalName: true });
    expect(addressesOf(verdict, ["10.0.0.5"], policy)).toBe("ok");
    expect(addressesOf(verdict, ["8.8.8.8"], policy)).toBe("refused");
    expect(addressesOf(verdict, ["10.0.0.5", "127.0.0.1"], policy)).toBe("refused");
  },
);

function addressesOf(verdict: UrlVerdict, addresses: readonly string[], policy: TargetPolicy): string {
  return verdict.kind === "ok" ? checkAddresses(addresses, verdict, policy).kind : "no URL";
}

const MIXED = [
  ["two public addresses", ["93.184.215.14", "2606:4700::1"], "ok"],
  ["a public and a private one", ["93.184.215.14", "10.0.0.1"], "refused"],
  ["a private and a public one", ["10.0.0.1", "93.184.215.14"], "refused"],
  ["a public and a private one of the other family", ["93.184.215.14", "fd00::1"], "refused"],
  ["a public one and loopback as a mapped address", ["93.184.215.14", "::ffff:127.0.0.1"], "refused"],
  ["an address with a zone", ["fe80::1%eth0"], "refused"],
  ["no address", [], "refused"],
] as const;

test.each(MIXED)("a name with %s", (_what, addresses, kind) => {
  expect(
    checkAddresses(addresses, { host: "crm.example.com", internalName: false, port: 443 }, CLOSED).kind,
  ).toBe(kind);
});

test("a refusal names the address and what it is", () => {
  expect(
    checkAddresses(
      ["8.8.8.8", "10.1.2.3"],
      { host: "crm.example.com", internalName: false, port: 443 },
      CLOSED,
    ),
  ).toEqual({
    kind: "refused",
    detail: `10.1.2.3 is private (RFC 1918)${opening("10.1.2.3/32")}`,
  });
});

test.each([
  ["192.168.1.20", "is private (RFC 1918)", "192.168.1.20/32"],
  ["100.64.0.9", "is shared by carrier-grade NAT", "100.64.0.9/32"],
  ["127.0.0.1", "is loopback", "127.0.0.1/32"],
  ["fd12::7", "is unique local", "fd12::7/128"],
  ["::1", "is loopback", "::1/128"],
])("what may stand in the operator's own network names the setting that opens it: %s", (text, is, range) => {
  expect(checkAddresses([text], { host: "crm.example.com", internalName: false, port: 443 }, CLOSED)).toEqual(
    {
      kind: "refused",
      detail: `${text} ${is}${opening(range)}`,
    },
  );
  // What it says works.
  expect(
    checkAddresses([text], { host: "crm.example.com", internalName: false, port: 443 }, opened(range)).kind,
  ).toBe("ok");
});

test.each(["169.254.169.254", "fd00:ec2::254", "0.0.0.0", "224.0.0.1", "::ffff:10.0.0.1", "198.51.100.7"])(
  "what no receiver has comes without advice: %s",
  (text) => {
    const verdict = checkAddresses(
      [text],
      { host: "crm.example.com", internalName: false, port: 443 },
      CLOSED,
    );
    expect(verdict.kind).toBe("refused");
    expect(JSON.stringify(verdict)).not.toContain("allow_private");
  },
);

function opening(range: string): string {
  return `; a receiver of your own is opened by delivery.allow_private: ["${range}"]`;
}

test.for([
  "webhooks.default.svc",
  "webhooks.default.svc.cluster.local",
  "redis.internal",
  "metadata.google.internal",
  "metadata.tencentyun.com",
  "printer.local",
  "nas.lan",
  "router.home.arpa",
  "app.localhost",
  "redis.service.consul",
  "host.docker.internal",
  "intranet",
])("%s is a name of an internal network", (host) => {
  expect(checkUrl(`https://${host}/`, CLOSED)).toMatchObject({ kind: "refused" });
  expect(checkUrl(`https://${host}/`, { allowHttp: true, allowedRanges: cidrs("10.0.0.0/8") })).toMatchObject(
    {
      internalName: true,
    },
  );
  // The twin: in the middle of a public name it says nothing.
  expect(checkUrl(`https://${host}.example.com/`, CLOSED)).toMatchObject({ kind: "ok", internalName: false });
});

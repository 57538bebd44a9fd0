import fc from "fast-check";
import { BlockList } from "node:net";
import { expect, test } from "vitest";

import { type IpAddress, formatAddress } from "../../../src/config/ip-address.ts";
import { classifyAddress, judgeAddress, opensAnything } from "../../../src/dispatch/http/address-verdict.ts";
import { checkUrl } from "../../../src/dispatch/http/target-guard.ts";
import { cidrs } from "../../support/cidrs.ts";

/** Not our table: Node's own matcher over the IANA registry of special IPv4 addresses and the metadata addresses. */
const SPECIAL_V4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"],
  ...["203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"],
];
const special = new BlockList();
for (const range of SPECIAL_V4) {
  const [base = "", prefix = ""] = range.split("/");
  special.addSubnet(base, Number(prefix), "ipv4");
}

const ANY_V4 = fc.bigInt({ min: 0n, max: 0xffffffffn });
/** Half of them at random, half of them in or next to a special range. */
const V4 = fc.oneof(
  ANY_V4,
  fc
    .tuple(fc.constantFrom(...cidrs(...SPECIAL_V4)), ANY_V4, fc.boolean())
    .map(([{ base, prefix }, low, last]) => {
      const size = 1n << BigInt(32 - prefix);
      return (last ? base.value + size - 1n + (low % 3n) : base.value + (low % size)) & 0xffffffffn;
    }),
);
const SPECIAL = V4.filter((value) => special.check(v4(value), "ipv4"));
const PUBLIC = V4.filter((value) => !special.check(v4(value), "ipv4"));

function v4(value: bigint): string {
  return formatAddress({ family: 4, value });
}

function v6(high: bigint, value: bigint): string {
  return formatAddress({ family: 6, value: (high << 32n) | value });
}

/** Every way known to carry an IPv4 address in an IPv6 one; `prefix` stands for what a network may choose. */
const DISGUISES: readonly (readonly [name: string, write: (value: bigint, prefix: bigint) => string])[] = [
  ["mapped", (value) => v6(0xffffn, value)],
  ["compatible", (value) => v6(0n, value)],
  ["SIIT", (value) => v6(0xffff_0000n, value)],
  ["ISATAP", (value) => v6(0x5efen, value)],
  ["ISATAP under a prefix", (value, prefix) => v6((0x2600n << 80n) | (prefix << 32n) | 0x5efen, value)],
  [
    "ISATAP of a global address",
    (value, prefix) => v6((0x2600n << 80n) | (prefix << 32n) | 0x0200_5efen, value),
  ],
  ["NAT64", (value) => v6(0x64_ff9bn << 64n, value)],
  ["local NAT64", (value, prefix) => v6((0x64_ff9b_0001n << 48n) | prefix, value)],
  [
    "6to4",
    (value, prefix) => formatAddress({ family: 6, value: (0x2002n << 112n) | (value << 80n) | prefix }),
  ],
  ["Teredo", (value, prefix) => v6((0x2001_0000n << 64n) | prefix, value ^ 0xffffffffn)],
];
const DISGUISE = fc.constantFrom(...DISGUISES);
const PREFIX = fc.bigInt({ min: 0n, max: (1n << 48n) - 1n });

/** Ways to write an IPv4 address that the URL parser understands. */
const SPELLINGS: readonly ((value: bigint) => string)[] = [
  (value) => v4(value),
  (value) => String(value),
  (value) => `0x${value.toString(16)}`,
  (value) => `0${value.toString(8)}`,
  (value) =>
    octets(value)
      .map((octet) => `0x${octet.toString(16)}`)
      .join("."),
  (value) =>
    octets(value)
      .map((octet) => `0${octet.toString(8).padStart(3, "0")}`)
      .join("."),
  (value) => `${value >> 24n}.${value & 0xffffffn}`,
  (value) => `${value >> 24n}.${(value >> 16n) & 0xffn}.${value & 0xffffn}`,
  (value) => v4(value).replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  (value) => v4(value).replaceAll(".", "。"),
  (value) => `${v4(value)}.`,
];

function octets(value: bigint): bigint[] {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn);
}

test("what IANA calls special, and nothing else, is not public", () => {
  fc.assert(
    fc.property(V4, (value) => {
      expect(classifyAddress({ family: 4, value }).tier === "public").toBe(!special.check(v4(value), "ipv4"));
    }),
    { numRuns: 2_000 },
  );
});

test("a special IPv4 address is refused in every disguise and spelling", () => {
  const policy = { allowHttp: true, allowedRanges: [] };
  fc.assert(
    fc.property(
      SPECIAL,
      DISGUISE,
      PREFIX,
      fc.constantFrom(...SPELLINGS),
      (value, [, write], prefix, spell) => {
        expect(judgeAddress(v4(value), []).kind).toBe("refused");
        expect(judgeAddress(write(value, prefix), []).kind).toBe("refused");
        expect(checkUrl(`http://[${write(value, prefix)}]`, policy).kind).toBe("refused");
        expect(checkUrl(`http://${spell(value)}`, policy).kind).toBe("refused");
      },
    ),
    { numRuns: 1_000 },
  );
});

test("a public IPv4 address is allowed in every spelling, and of all disguises in NAT64 alone", () => {
  const policy = { allowHttp: true, allowedRanges: [] };
  fc.assert(
    fc.property(
      PUBLIC,
      DISGUISE,
      PREFIX,
      fc.constantFrom(...SPELLINGS),
      (value, [name, write], prefix, spell) => {
        expect(checkUrl(`http://${spell(value)}`, policy).kind).toBe("ok");
        expect(judgeAddress(write(value, prefix), []).kind).toBe(name === "NAT64" ? "allowed" : "refused");
      },
    ),
    { numRuns: 1_000 },
  );
});

test("no list opens a disguise", () => {
  const list = cidrs(...SPECIAL_V4, "0.0.0.0/0", "::/0", "::/8", "64:ff9b::/96", "2001::/23", "2002::/16");
  fc.assert(
    fc.property(SPECIAL, DISGUISE, PREFIX, (value, [, write], prefix) => {
      expect(judgeAddress(write(value, prefix), list).kind).toBe("refused");
    }),
  );
});

const OPENABLE = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "198.18.0.0/15"],
  ...["192.0.2.0/24", "240.0.0.0/5", "fc00::/7", "fec0::/10", "2001:db8::/32", "::1/128"],
];

function inRange(range: string, seed: bigint, prefixSeed: number): { address: IpAddress; listed: string } {
  const [cidr] = cidrs(range);
  if (!cidr) throw new Error("no range");
  const bits = cidr.base.family === 4 ? 32 : 128;
  const value = cidr.base.value | (seed & ((1n << BigInt(bits - cidr.prefix)) - 1n));
  const prefix = cidr.prefix + (prefixSeed % (bits - cidr.prefix + 1));
  const shift = BigInt(bits - prefix);
  const base = formatAddress({ family: cidr.base.family, value: (value >> shift) << shift });
  return { address: { family: cidr.base.family, value }, listed: `${base}/${prefix}` };
}

const SEED = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });

test("any part of an own network that is listed is opened, and metadata in it is not", () => {
  fc.assert(
    fc.property(fc.constantFrom(...OPENABLE), SEED, fc.nat(), (range, seed, prefixSeed) => {
      const { address, listed } = inRange(range, seed, prefixSeed);
      const text = formatAddress(address);
      const metadata = classifyAddress(address).reason === "cloud metadata";
      const [cidr] = cidrs(listed);

      expect(judgeAddress(text, []).kind).toBe("refused");
      expect(judgeAddress(text, cidrs(listed)).kind).toBe(
        metadata && cidr?.prefix !== 32 ? "refused" : "allowed",
      );
      expect(cidr && opensAnything(cidr)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("a range that reaches beyond an own network opens none of it", () => {
  fc.assert(
    fc.property(fc.constantFrom(...OPENABLE), SEED, fc.nat(), (range, seed, prefixSeed) => {
      const { address } = inRange(range, seed, prefixSeed);
      const [cidr] = cidrs(range);
      const bits = address.family === 4 ? 32 : 128;
      // 240.0.0.0/5 and ::1/128 stand for a part of what can be opened, or all of it: one bit more than that.
      const prefix = prefixSeed % Math.min(cidr?.prefix ?? 0, range === "240.0.0.0/5" ? 4 : 128);
      const shift = BigInt(bits - prefix);
      const base = formatAddress({ ...address, value: (address.value >> shift) << shift });
      const wide = cidrs(`${base}/${prefix}`);

      expect(judgeAddress(formatAddress(address), wide).kind).toBe("refused");
      expect(wide.some((each) => opensAnything(each))).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test("an address is judged the same however it is written", () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const verdict = judgeAddress(text, []);
      const plain = new URL(`http://[${text}]`).hostname.slice(1, -1);
      expect(judgeAddress(plain, [])).toEqual(verdict);
      expect(judgeAddress(text.toUpperCase(), [])).toEqual(verdict);
    }),
  );
});

test.each([
  ["8.8.8.8", "public"],
  ["2606:4700:4700::1111", "public"],
  ["10.0.0.1", "private"],
  ["fd00::1", "private"],
  ["fec0::1", "private"],
  ["100.64.0.1", "private"],
  ["127.0.0.1", "forbidden"],
  ["169.254.169.254", "forbidden"],
  ["fd00:ec2::254", "forbidden"],
  ["::1", "forbidden"],
  ["2002::1", "forbidden"],
  ["4000::1", "forbidden"],
] as const)("%s is %s", (text, tier) => {
  const verdict = judgeAddress(text, []);
  expect(verdict.kind === "allowed" ? "public" : verdict.tier).toBe(tier);
});

test.each(["", "crm.example", "fe80::1%eth0", "[::1]", "0x7f.0.0.1"])(
  "%j, as an address, is refused",
  (text) => {
    expect(judgeAddress(text, cidrs("127.0.0.0/8"))).toMatchObject({ kind: "refused", tier: "forbidden" });
  },
);

test.each(["0.0.0.0/0", "::/0", "8.8.8.0/24", "2606:4700::/32", "224.0.0.0/4", "64:ff9b::/96"])(
  "listing %s opens nothing",
  (range) => {
    expect(cidrs(range).map(opensAnything)).toEqual([false]);
  },
);

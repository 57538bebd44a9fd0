import fc from "fast-check";
import { isIP } from "node:net";
import { expect, test } from "vitest";

import { containsAddress, formatCidr, isWithin, parseCidr } from "../../../src/config/cidr.ts";
import { type IpAddress, formatAddress, parseAddress } from "../../../src/config/ip-address.ts";
import { cidrs } from "../../support/cidrs.ts";

const ADDRESS = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }).map((value): IpAddress => ({ family: 4, value })),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value): IpAddress => ({ family: 6, value })),
  // Few bits set: long runs of zeros, which text folds.
  fc.array(fc.integer({ min: 0, max: 127 }), { maxLength: 3 }).map((bits): IpAddress => ({
    family: 6,
    value: bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n),
  })),
);

test("what is written of an address is read as the same address", () => {
  fc.assert(
    fc.property(ADDRESS, (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});

test("the text of an address is what Node and the URL parser take for one", () => {
  fc.assert(
    fc.property(ADDRESS, (address) => {
      const text = formatAddress(address);
      expect(isIP(text)).toBe(address.family);
      expect(new URL(`http://${address.family === 6 ? `[${text}]` : text}/`).hostname).toContain(text);
    }),
  );
});

test("of any text, what we take for an address Node takes for one, and the other way about", () => {
  const text = fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.stringMatching(/^[0-9a-f:.]{1,24}$/));
  fc.assert(
    fc.property(text, (given) => {
      expect(parseAddress(given)?.family ?? 0).toBe(isIP(given));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["0.0.0.0", 4, 0n],
  ["255.255.255.255", 4, 0xffffffffn],
  ["::", 6, 0n],
  ["::1", 6, 1n],
  ["1::", 6, 1n << 112n],
  ["1:2:3:4:5:6:7::", 6, 0x0001_0002_0003_0004_0005_0006_0007_0000n],
  ["::ffff:127.0.0.1", 6, 0xffff_7f00_0001n],
  ["64:FF9B::8.8.8.8", 6, (0x64_ff9bn << 96n) | 0x0808_0808n],
] as const)("%s is an address", (text, family, value) => {
  expect(parseAddress(text)).toEqual({ family, value });
});

test.each([
  ...["", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "0x7f.0.0.1", "1.2.3.4 ", "2130706433"],
  ...[":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "1::2::3", "12345::", "g::"],
  ...["fe80::1%eth0", "[::1]", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5"],
])("%j is not an address", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each([
  ["10.0.0.0/8", "10.0.0.0/8"],
  [" 10.20.0.7 ", "10.20.0.7/32"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["FD12:3456::/32", "fd12:3456::/32"],
  ["::1", "::1/128"],
  ["::/0", "::/0"],
])("%j is the range %s", (text, range) => {
  expect(cidrs(text).map(formatCidr)).toEqual([range]);
});

test.each([
  ["10.0.0.1/8", "has bits set behind its prefix", "write 10.0.0.0/8 for the network"],
  ["fd00::1/64", "has bits set behind its prefix", "write fd00::/64 for the network"],
  ["10.0.0.0/33", "has a prefix that is not a number from 0 to 32", "10.20.0.0/16"],
  ["10.0.0.0/", "has a prefix that is not a number from 0 to 32", "10.20.0.0/16"],
  ["10.0.0.0/-1", "has a prefix that is not a number from 0 to 32", "10.20.0.0/16"],
  ["fd00::/129", "has a prefix that is not a number from 0 to 128", "10.20.0.0/16"],
  ["10.0.0.0/8/8", "is not a network in CIDR form", "10.20.0.0/16"],
  ["10/8", "is not a network in CIDR form", "10.20.0.0/16"],
  ["crm.internal", "is not a network in CIDR form", "10.20.0.0/16"],
  ["::ffff:10.0.0.0/104", "is an IPv4 address written as IPv6", "write it as IPv4: 10.0.0.0"],
])("%j is refused with its fault and its remedy", (text, message, remedy) => {
  expect(parseCidr(text)).toEqual({ kind: "invalid", message, remedy: expect.stringContaining(remedy) });
});

test("a range holds the addresses that share its prefix, and no others", () => {
  fc.assert(
    fc.property(ADDRESS, fc.nat(128), fc.nat(127), (address, prefixSeed, flipSeed) => {
      const bits = address.family === 4 ? 32 : 128;
      const prefix = prefixSeed % (bits + 1);
      const shift = BigInt(bits - prefix);
      const range = { base: { ...address, value: (address.value >> shift) << shift }, prefix };
      const flipped = flipSeed % bits;
      const neighbour = { ...address, value: address.value ^ (1n << BigInt(flipped)) };

      expect(containsAddress(range, address)).toBe(true);
      expect(containsAddress(range, neighbour)).toBe(flipped < bits - prefix);
    }),
  );
});

test("a range lies within itself and wider ones, not within narrower ones or those of the other family", () => {
  const [wide, middle, narrow, other] = cidrs("10.0.0.0/8", "10.20.0.0/16", "10.20.30.0/24", "::/0");
  if (!wide || !middle || !narrow || !other) throw new Error("no ranges");

  expect([wide, middle].map((outer) => isWithin(middle, outer))).toEqual([true, true]);
  expect([narrow, other].map((outer) => isWithin(middle, outer))).toEqual([false, false]);
});

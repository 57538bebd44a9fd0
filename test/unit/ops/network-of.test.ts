import { expect, test } from "vitest";

import { networkOf } from "../../../src/ops/network-of.ts";

test.for([
  ["192.0.2.7", "::ffff:192.0.2.7"],
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"],
  ["fe80::1%eth0", "fe80::2%eth1"],
])("%s and %s are one caller's", ([left, right]) => {
  expect(networkOf(left)).toBe(networkOf(right));
});

test.for([
  ["192.0.2.7", "192.0.2.8"],
  ["2001:db8:1:2::1", "2001:db8:1:3::1"],
  ["::1", "127.0.0.1"],
])("%s and %s are not one caller's", ([left, right]) => {
  expect(networkOf(left)).not.toBe(networkOf(right));
});

test("a connection that has gone before it was looked at has an address, too", () => {
  expect(networkOf(undefined)).toBe("unknown");
});

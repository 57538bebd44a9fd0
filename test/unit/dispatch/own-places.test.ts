import { networkInterfaces } from "node:os";

import { expect, test } from "vitest";

import { parseAddress } from "../../../src/config/ip-address.ts";
import { createOwnPlaces } from "../../../src/dispatch/http/own-places.ts";
import { checkAddresses, checkUrl } from "../../../src/dispatch/http/target-guard.ts";
import { cidrs } from "../../support/cidrs.ts";

const OPS = { host: "127.0.0.1", port: 8_321, publicUrl: undefined, token: undefined, trustedProxies: [] };

function placesOf(redisUrl?: string, ops: Partial<typeof OPS> = {}) {
  return createOwnPlaces({ ops: { ...OPS, ...ops }, redisUrl });
}

function find(text: string, port: number, places = placesOf(), name?: string) {
  const address = parseAddress(text);
  if (!address) throw new Error(`${text} is no address`);
  return places.find(address, port, name);
}

const OWN = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));

test.for(["127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "64:ff9b::7f00:1", ...OWN])(
  "at %s the service's port is the service's",
  (address) => {
    expect(find(address, 8_321)).toBe("the service");
    expect(find(address, 8_322)).toBeUndefined();
  },
);

test("the port at another address is somebody else's, unless the service listens there", () => {
  expect(find("192.0.2.7", 8_321)).toBeUndefined();
  expect(find("192.0.2.7", 8_321, placesOf(undefined, { host: "192.0.2.7" }))).toBe("the service");
});

test("a port that the server was given is known once it listens", () => {
  const places = placesOf(undefined, { port: 0 });
  expect(find("127.0.0.1", 40_123, places)).toBeUndefined();
  places.listens(40_123);
  expect(find("127.0.0.1", 40_123, places)).toBe("the service");
});

test.for([
  ["redis://10.0.0.5:16379", "10.0.0.5", undefined, "its Redis"],
  ["redis://10.0.0.5:16379", "10.0.0.6", undefined, undefined],
  ["redis://127.0.0.1:16379", "::1", undefined, "its Redis"],
  ["redis://127.0.0.1:16379", OWN[0] ?? "127.0.0.1", undefined, "its Redis"],
  ["redis://redis.example:16379", "127.0.0.1", undefined, "its Redis"],
  ["redis://redis.example:16379", "10.0.0.5", "redis.example", "its Redis"],
  ["redis://redis.example:16379", "10.0.0.5", "crm.example", undefined],
  ["unix:///run/redis.sock", "127.0.0.1", undefined, undefined],
] as const)("with %s, %s is %s", ([redisUrl, address, name, what]) => {
  expect(find(address, 16_379, placesOf(redisUrl), name)).toBe(what);
});

test("no opened range opens it, neither by address nor by name", () => {
  const policy = {
    allowHttp: true,
    allowedRanges: cidrs("127.0.0.0/8", "::1/128", "10.0.0.0/8"),
    own: placesOf("redis://10.0.0.5:16379"),
  };
  for (const url of [
    "http://127.0.0.1:8321/",
    "http://[::1]:8321/",
    "http://2130706433:8321/",
    "http://10.0.0.5:16379/",
  ]) {
    expect([url, checkUrl(url, policy)]).toMatchObject([
      url,
      { kind: "refused", detail: expect.stringContaining("listens") as string },
    ]);
  }
  const byName = { host: "localhost", internalName: true, port: 8_321 };
  expect(checkAddresses(["127.0.0.1"], byName, policy)).toMatchObject({ kind: "refused" });
  // The twins.
  expect(checkUrl("http://127.0.0.1:8322/", policy)).toMatchObject({ kind: "ok" });
  expect(checkAddresses(["127.0.0.1"], { ...byName, port: 8_322 }, policy)).toMatchObject({ kind: "ok" });
});

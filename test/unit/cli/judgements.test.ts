import { expect, test } from "vitest";

import { judgeProbe } from "../../../src/cli/doctor/check-endpoint.ts";
import { checkConfiguration, checkNode } from "../../../src/cli/doctor/check-machine.ts";
import { judgeRedis } from "../../../src/cli/doctor/check-redis.ts";
import { findKnownHoles } from "../../../src/cli/doctor/known-holes.ts";
import { judgeTokens } from "../../../src/cli/doctor/judge-tokens.ts";
import { formatBytes } from "../../../src/cli/doctor/format-bytes.ts";
import { testConfig } from "../../support/test-config.ts";

const NOW = Date.UTC(2026, 10, 22, 3, 0, 0);
const DAY = 86_400_000;

const REDIS = {
  version: "8.2.9",
  flavour: "redis",
  usedBytes: 10_000_000,
  maxBytes: 0,
  persisted: true,
  latencyMs: 1,
  clockAheadMs: 3,
} as const;

test.each([
  ["as it should be", {}, []],
  ["that is too old", { version: "6.0.16" }, ["FAIL redis", "warn redis release"]],
  ["that is older than what is tested", { version: "6.2.24" }, ["warn redis"]],
  ["that is a Valkey", { version: "8.1.9", flavour: "valkey" }, []],
  ["that does not tell", { version: undefined, usedBytes: undefined, maxBytes: undefined }, []],
  ["that is far away", { latencyMs: 80 }, ["warn redis"]],
] as const)("a Redis %s gives %j %j", (_what, facts, expected) => {
  const found = judgeRedis("localhost:6379", { ...REDIS, ...facts }, [], []).filter(
    ({ verdict }) => verdict !== "ok",
  );

  expect(found.map(({ verdict, what }) => `${verdict} ${what}`)).toEqual(expected);
});

test.each([
  ["reached over plain http", "ok", undefined],
  ["whose certificate has months", "ok", NOW + 60 * DAY],
  ["whose certificate ends next week", "warn", NOW + 7 * DAY],
])("a receiver %s is a %s", (_what, verdict, certificateUntil) => {
  const probe = { kind: "reached", address: "203.0.113.7", certificateUntil } as const;

  expect(judgeProbe("way to crm", "crm.example.com", probe, NOW).verdict).toBe(verdict);
});

test("a receiver that is not reached leads to what its class means", () => {
  const unreachable = { kind: "unreachable", errorClass: "tls", detail: "CERT_HAS_EXPIRED" } as const;
  const refused = { kind: "refused", detail: "10.0.0.1 is private" } as const;

  expect(judgeProbe("way to crm", "crm.example.com", unreachable, NOW)).toEqual({
    what: "way to crm",
    verdict: "FAIL",
    detail: "crm.example.com: tls: CERT_HAS_EXPIRED",
    remedy: "see docs/operations.md#tls",
  });
  expect(judgeProbe("way to crm", "crm.example.com", refused, NOW).remedy).toContain(
    "delivery.allow_private",
  );
});

test.each([
  ["v20.18.3", "FAIL"],
  ["v20.19.0", "ok"],
  ["v24.1.0", "ok"],
  ["v18.20.0", "FAIL"],
])("Node %s is %s", (version, verdict) => {
  expect(checkNode(version).verdict).toBe(verdict);
});

test("metrics that are off are pointed out, and are not where they are on", () => {
  const config = testConfig({ accounts: {}, endpoints: {}, settings: { roles: ["ops"] } });
  const open = testConfig({
    accounts: {},
    endpoints: {},
    settings: { roles: ["ops"], ops: { token: { env: "SECRET" } } },
  });

  expect([checkConfiguration(config).verdict, checkConfiguration(open).verdict]).toEqual(["warn", "ok"]);
});

test.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_536, "1.5 kB"],
  [78 * 1_024 ** 3, "78 GB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("a token that ends by itself within two weeks is told of, and no other", () => {
  const now = Date.UTC(2026, 10, 28);
  const dayMs = 86_400_000;
  const common = { role: "viewer", sensitive: false, createdAt: 0, lastUsedAt: undefined } as const;
  const ends = [-1, 0, 3, 14, 14.1, undefined];
  const tokens = ends.map((days, index) => ({
    ...common,
    id: String(index),
    name: "CRM",
    expiresAt: days === undefined ? undefined : now + days * dayMs,
  }));
  expect(judgeTokens(tokens, now)).toEqual([
    {
      what: "token 2",
      verdict: "note",
      detail: "CRM opens for another 3 d, until 2026-12-01T00:00:00Z",
      remedy: "if it is still needed: cliniko-webhooks tokens create, hand that over, then tokens revoke 2",
    },
    expect.objectContaining({ what: "token 3" }),
  ]);
});

test.each([
  ["redis", "6.2.19", 2, "6.2.24"],
  ["redis", "6.2.24", 0, undefined],
  // Of a series that has ended nothing is ever mended.
  ["redis", "7.0.15", 3, undefined],
  ["redis", "7.2.10", 3, "7.2.16"],
  ["redis", "7.2.14", 1, "7.2.16"],
  ["redis", "7.2.16", 0, undefined],
  ["redis", "8.0.4", 2, undefined],
  ["redis", "8.2.1", 3, "8.2.9"],
  // Ten comes after two.
  ["redis", "8.10.0", 1, "8.10.1"],
  ["redis", "8.10.1", 0, undefined],
  ["redis", "9.0.0", 0, undefined],
  ["valkey", "7.2.4", 3, "7.2.14"],
  ["valkey", "8.0.6", 2, "8.0.10"],
  ["valkey", "8.1.9", 0, undefined],
  ["valkey", "9.0.3", 2, "9.0.5"],
  ["valkey", "9.1.1", 0, undefined],
] as const)("%s %s has %i published holes, mended in %s", (flavour, version, count, fixedIn) => {
  const found = findKnownHoles(flavour, version);
  expect([found.holes.length, found.fixedIn]).toEqual([count, fixedIn]);
});

test("a version with holes is told as a warning that a distribution may have made untrue", () => {
  const [, holes, ...rest] = judgeRedis("localhost:6379", { ...REDIS, version: "7.2.10" }, [], []);
  expect(rest).toEqual([]);
  expect(holes).toMatchObject({ verdict: "warn", what: "redis release" });
  expect(holes?.detail).toMatch(/CVE-2025-49844.*may be mended by your distribution under the same number/);
  expect(holes?.remedy).toBe("install redis 7.2.16 or later, or ask your distribution's security tracker");
});

test("each node of a cluster is spoken of, with what follows it; one server alone is not twice", () => {
  const node = {
    ...REDIS,
    policy: "noeviction",
    appendOnly: true,
    fsync: "everysec",
    saves: true,
    ofCluster: true,
    usedBytes: 3_000_000,
    replicas: 1,
    lagSeconds: 2,
    leastReplicas: 1,
  };
  const alone = { ...node, place: "a:1", ofCluster: false, replicas: 0 };
  const said = (nodes: Parameters<typeof judgeRedis>[2]): string[] =>
    judgeRedis("h1", REDIS, nodes, [])
      .filter(({ what }) => what === "redis node")
      .map(({ detail }) => detail);
  expect(said([alone])).toEqual([]);
  expect(
    said([
      { ...node, place: "a:1" },
      { ...node, place: "b:1", replicas: 0, lagSeconds: undefined },
    ]),
  ).toEqual([
    "a:1 is a primary: redis 8.2.9, 3 MiB used, replicas: 1, 2 s behind",
    "b:1 is a primary: redis 8.2.9, 3 MiB used, replicas: 0",
  ]);
});

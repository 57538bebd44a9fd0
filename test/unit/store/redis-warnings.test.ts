import { expect, test } from "vitest";

import type { RedisNodeFacts, RedisSettings } from "../../../src/store/redis/redis-facts.ts";
import {
  judgeNodes,
  judgeRedisNow,
  judgeReplicas,
  judgeSlots,
} from "../../../src/store/redis/redis-warnings.ts";

const SAFE: RedisSettings = { policy: "noeviction", appendOnly: true, fsync: "everysec", saves: true };
const UNTOLD: RedisSettings = {
  policy: undefined,
  appendOnly: undefined,
  fsync: undefined,
  saves: undefined,
};
const WELL = { usedBytes: 1_000, maxBytes: 0, persisted: true };

test.each([
  ["nothing is wrong", WELL, SAFE, []],
  ["nothing is told", { usedBytes: undefined, maxBytes: undefined, persisted: true }, UNTOLD, []],
  ["less than four fifths of the memory are used", { ...WELL, usedBytes: 800, maxBytes: 1_000 }, SAFE, []],
  [
    "the memory is nearly full",
    { ...WELL, usedBytes: 801, maxBytes: 1_000 },
    SAFE,
    [/^80 % .* nothing can be written/],
  ],
  [
    "it may evict, and soon will",
    { ...WELL, usedBytes: 950, maxBytes: 1_000 },
    { ...SAFE, policy: "allkeys-lru" },
    [/^maxmemory-policy is allkeys-lru/, /^95 % .* it drops what we keep/],
  ],
  ["its last write failed", { ...WELL, persisted: false }, SAFE, [/did not reach the disk/]],
  ["it appends nothing", WELL, { ...SAFE, appendOnly: false }, [/a crash loses/]],
  [
    "it keeps nothing at all",
    WELL,
    { ...SAFE, appendOnly: false, saves: false },
    [/a restart loses everything/],
  ],
  ["it appends without flushing", WELL, { ...SAFE, fsync: "no" }, [/^appendfsync is no/]],
  ["it flushes what it does not write", WELL, { ...SAFE, appendOnly: false, fsync: "no" }, [/a crash loses/]],
])("when %s, so it is said", (_when, facts, settings, expected) => {
  const warnings = judgeRedisNow(facts, settings);

  expect(warnings.map(({ message }) => message)).toEqual(
    expected.map((pattern) => expect.stringMatching(pattern) as string),
  );
  for (const { remedy } of warnings) expect(remedy.length).toBeGreaterThan(8);
});

const NODE: RedisNodeFacts = {
  ...SAFE,
  ...WELL,
  place: "a:1",
  ofCluster: false,
  version: "7.0.15",
  flavour: "redis",
  replicas: 1,
  lagSeconds: 0,
  leastReplicas: 1,
};

test.each([
  ["one server alone", { replicas: 0, lagSeconds: undefined, leastReplicas: 0 }, []],
  ["a server that does not tell", { replicas: undefined, leastReplicas: undefined }, []],
  ["a replica that keeps up, and is waited for", {}, []],
  ["a primary that goes on alone", { leastReplicas: 0 }, [/^min-replicas-to-write is 0/]],
  ["a replica that is behind", { lagSeconds: 11 }, [/^its replica is 11 s behind/]],
  ["a node of a cluster without a replica", { ofCluster: true, replicas: 0 }, [/^has no replica/]],
])("%s: what a failover could lose is said", (_what, facts, expected) => {
  const said = judgeReplicas({ ...NODE, ...facts }).map(({ message }) => message);
  expect(said).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

test("what is said of every node is said once, and of some with their places", () => {
  const nodes = [NODE, { ...NODE, place: "b:1", appendOnly: false }, { ...NODE, place: "c:1" }];
  const said = judgeNodes(nodes, (node) => [
    ...judgeRedisNow(node, node),
    ...judgeReplicas({ ...node, leastReplicas: 0 }),
  ]);
  expect(said.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^min-replicas-to-write is 0/),
    expect.stringMatching(/^b:1: appendonly is no/),
  ]);
  expect(judgeNodes([NODE], (node) => judgeRedisNow(node, node))).toEqual([]);
});

test("slots that nobody serves are counted, and none are not spoken of", () => {
  expect(judgeSlots(0)).toEqual([]);
  expect(judgeSlots(17).map(({ message }) => message)).toEqual([
    expect.stringMatching(/^17 slots of the cluster/),
  ]);
});

import { expect } from "vitest";

import { createReadingStore } from "../../../src/store/detection/reading-store.ts";
import { test } from "../../support/redis-test.ts";

const PATIENTS = ["northside", "patients"] as const;

const NOTHING_YET = {
  plan: undefined,
  planFoundAt: 0,
  isBare: false,
  refusedPlans: "",
  noPlanAt: 0,
  noPlanDetail: "",
  lookup: undefined,
  lookupFoundAt: 0,
  nearReadAt: 0,
  nearAfter: undefined,
  countedAt: 0,
  presentAt: 0,
  walkedAt: 0,
  walkAfter: undefined,
  reconcileFrom: undefined,
  unknownTold: "",
  deletionsAccepted: false,
  appearances: undefined,
  firstSyncAt: 0,
  walkFrom: 0,
  expected: "",
  fromNowOn: false,
  rechecks: "",
  sightings: "",
  triples: "",
  unlisted: "",
  appearedSince: 0,
  appearedCount: 0,
  goneSince: 0,
  goneCount: 0,
  countsUnreliableAt: 0,
};

test("a resource that was never read has nothing to tell", async ({ redis, keys }) => {
  expect(await createReadingStore(redis, keys).read(...PATIENTS)).toEqual(NOTHING_YET);
});

test("what is told comes back, and the rest stays as it was", async ({ redis, keys }) => {
  const reading = createReadingStore(redis, keys);
  const told = {
    plan: "by-id",
    planFoundAt: 1_763_781_291_000,
    isBare: true,
    refusedPlans: "{}",
    noPlanAt: 5,
    noPlanDetail: "archived_at is not filterable",
    lookup: "apart",
    lookupFoundAt: 6,
    nearReadAt: 2,
    nearAfter: "1390726237298631770",
    countedAt: 3,
    presentAt: 1_763_781_291,
    walkedAt: 4,
    walkAfter: "42",
    reconcileFrom: "walk",
    unknownTold: "one,other",
    deletionsAccepted: true,
    appearances: "tell" as const,
    firstSyncAt: 8,
    walkFrom: 9,
    expected: "42:12",
    fromNowOn: true,
    triples: "1/2/3:4",
    rechecks: "42 fp 1 2",
    sightings: "17,? 1:2 fp 1",
    unlisted: "42:1",
    appearedSince: 10,
    appearedCount: 11,
    goneSince: 5,
    goneCount: 6,
    countsUnreliableAt: 7,
  };
  await reading.update(...PATIENTS, told);
  expect(await reading.read(...PATIENTS)).toEqual(told);

  await reading.update(...PATIENTS, { countedAt: 9, deletionsAccepted: false });

  expect(await reading.read(...PATIENTS)).toEqual({ ...told, countedAt: 9, deletionsAccepted: false });
  expect(await reading.read("northside", "individual_appointments")).toEqual(NOTHING_YET);
});

test("undefined takes a thing back: nothing is under way any more", async ({ redis, keys }) => {
  const reading = createReadingStore(redis, keys);
  await reading.update(...PATIENTS, { nearAfter: "42", walkAfter: "43", nearReadAt: 1 });

  await reading.update(...PATIENTS, { nearAfter: undefined, nearReadAt: 2 });

  expect(await reading.read(...PATIENTS)).toEqual({ ...NOTHING_YET, walkAfter: "43", nearReadAt: 2 });
});

test("an update of nothing changes nothing", async ({ redis, keys }) => {
  const reading = createReadingStore(redis, keys);
  await reading.update(...PATIENTS, {});

  expect(await reading.read(...PATIENTS)).toEqual(NOTHING_YET);
});

test("a suspect keeps when it was first missing, however often it is suspected", async ({ redis, keys }) => {
  const reading = createReadingStore(redis, keys);
  await reading.suspect(...PATIENTS, ["42", "43"]);
  await reading.markMissing(...PATIENTS, "42", 1_763_781_291);

  await reading.suspect(...PATIENTS, ["42", "44"]);

  expect(await reading.suspects(...PATIENTS)).toEqual(
    new Map([
      ["42", 1_763_781_291],
      ["43", 0],
      ["44", 0],
    ]),
  );
  expect(await reading.suspects("southbank", "patients")).toEqual(new Map());
});

test("suspects that were cleared are suspects no more, the others still are", async ({ redis, keys }) => {
  const reading = createReadingStore(redis, keys);
  await reading.suspect(...PATIENTS, ["42", "43"]);
  await reading.clearSuspects(...PATIENTS, ["42", "99"]);
  await reading.clearSuspects(...PATIENTS, []);
  await reading.suspect(...PATIENTS, []);

  expect(await reading.suspects(...PATIENTS)).toEqual(new Map([["43", 0]]));
});

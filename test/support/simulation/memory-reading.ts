import type { ReadingState, ReadingStore } from "../../../src/store/detection/reading-store.ts";

const FRESH: ReadingState = {
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
  rechecks: "",
  sightings: "",
  unlisted: "",
  triples: "",
  fromNowOn: false,
  appearedSince: 0,
  appearedCount: 0,
  goneSince: 0,
  goneCount: 0,
  countsUnreliableAt: 0,
};

/** What is remembered between sweeps, of one resource of one account. */
export function createMemoryReading(): ReadingStore {
  let state = FRESH;
  const suspects = new Map<string, number>();
  return {
    read: async () => state,
    update: async (_account, _resource, changes) => {
      state = { ...state, ...changes };
    },
    suspects: async () => new Map(suspects),
    suspect: async (_account, _resource, ids) => {
      for (const id of ids) if (!suspects.has(id)) suspects.set(id, 0);
    },
    markMissing: async (_account, _resource, id, at) => {
      suspects.set(id, at);
    },
    clearSuspects: async (_account, _resource, ids) => {
      for (const id of ids) suspects.delete(id);
    },
    failingSteps: async () => [],
    stepFailed: async () => undefined,
    stepsWell: async () => undefined,
    rereads: async () => [],
    clearRereads: async () => undefined,
  };
}

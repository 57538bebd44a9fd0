import { answerRequest, type ClinicRequest, type ClinicResponse } from "../http/answer-request.ts";
import { createClinicState, type ClinicOptions } from "./clinic-state.ts";
import { createDesk, type Desk } from "../staff/desk.ts";
import type { Faults } from "../faults/faults.ts";
import type { Ledger } from "../audit/ledger.ts";
import { createPlant, type Plant } from "../acts/plant.ts";
import { accountRoutes } from "../http/account-routes.ts";
import { tableRoutes } from "../http/table-routes.ts";
import { offerRoutes } from "../http/offer-routes.ts";
import { uploadRoutes } from "../http/upload-routes.ts";
import { visitRoutes } from "../http/visit-routes.ts";
import { TABLE_NAMES } from "../tables/tables.ts";
import { hashText } from "./random.ts";
import type { Traffic } from "./traffic.ts";
import type { Unknowns } from "./unknowns.ts";

/**
 * A clinic in memory that speaks the documented API, unpleasant parts included. It does no I/O and has no clock of
 * its own: the same options and the same calls give the same answers.
 */
export interface Clinic {
  readonly now: () => number;
  readonly timeZone: string;
  readonly name: string;
  readonly unknowns: Unknowns;
  /** Answers one request of the API, at once; what a fault does to the connection is described for a server to do. */
  readonly handle: (request: ClinicRequest) => ClinicResponse;
  /** A new API key. Keys of one user share its rate limit; without a user it belongs to the account's owner. */
  readonly addKey: (userId?: string, given?: string) => string;
  readonly revokeKey: (key: string) => void;
  readonly restoreKey: (key: string) => void;
  /**
   * Moves the account to another shard: links carry it from now on, and the old host, or a key with the old suffix,
   * is answered 401. The keys stay the same but for their suffix.
   */
  readonly moveShard: (shard: string) => void;
  /**
   * From now on this address answers out of another clinic, whatever valid key is shown: a mixed-up proxy, or a stand-in
   * that was given the wrong data. Undefined: its own again.
   */
  readonly answerAs: (other: Clinic | undefined) => void;
  readonly setRateLimit: (requestsPerMinute: number) => void;
  /** The account's first user. */
  readonly ownerId: string;
  readonly desk: Desk;
  readonly plant: Plant;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly traffic: Traffic;
}

/** A clinic with one user and nothing else in it: `seedClinic` and `plant` fill it. */
export function createClinic(options: ClinicOptions): Clinic {
  const state = createClinicState(options);
  const routes = [
    ...accountRoutes(state),
    ...uploadRoutes(),
    ...TABLE_NAMES.flatMap((name) => tableRoutes(state, name)),
    ...visitRoutes(),
    ...offerRoutes(state),
  ];
  const plant = createPlant(state);
  const ownerId = plant.user();
  const { name } = state;
  plant.record("settings", {
    "account.id": String(hashText(name)),
    "account.name": name,
    "account.subdomain": name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
  });
  let standIn: { readonly clinic: Clinic; readonly authorization: string } | undefined;
  return {
    now: state.now,
    timeZone: state.timeZone,
    name: state.name,
    unknowns: state.unknowns,
    handle: (request) => {
      if (standIn === undefined) return answerRequest(state, routes, request);
      const { authorization, clinic } = standIn;
      return clinic.handle({ ...request, headers: { ...request.headers, authorization } });
    },
    addKey: (userId = ownerId, given) => state.keys.add(userId, given),
    revokeKey: (key) => state.keys.revoke(key),
    restoreKey: (key) => state.keys.restore(key),
    moveShard: (shard) => state.shard.moveTo(shard),
    answerAs: (clinic) => {
      standIn = clinic && { clinic, authorization: toBasic(clinic.addKey()) };
    },
    setRateLimit: (requestsPerMinute) => state.rateLimit.setLimit(requestsPerMinute),
    ownerId,
    desk: createDesk(state),
    plant,
    faults: state.faults,
    ledger: state.ledger,
    traffic: state.traffic,
  };
}

function toBasic(key: string): string {
  return `Basic ${Buffer.from(`${key}:`).toString("base64")}`;
}

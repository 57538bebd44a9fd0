import {
  SCHEDULE_DEFAULTS,
  type ScheduleSettings,
  settingsOf,
} from "../../src/pollers/schedule/adaptive-schedule.ts";
import { createLentShares, createRequestShares } from "../../src/pollers/schedule/request-shares.ts";
import { type ResourceName, resources } from "../../src/resources/registry.ts";
import type { Tier } from "../../src/shared/tier.ts";
import type { ClinicShape } from "./clinic-edits.ts";
import { type Seeds, type Watched, watchTogether } from "./clinic-watch.ts";

/** A clinic of six practitioners, by its appointments. */
export const CLINIC: ClinicShape = {
  name: "runs of 5, 15 s apart",
  editsPerDay: 145,
  meanRun: 5,
  medianGapMs: 15_000,
  onlineShare: 0.08,
};

/** Edits a day of that clinic; what is not named here is edited now and then. */
const EDITS: Partial<Record<ResourceName, number>> = {
  individual_appointments: CLINIC.editsPerDay,
  attendees: 40,
  group_appointments: 8,
  patients: 60,
  communications: 150,
  invoices: 60,
  treatment_notes: 70,
  patient_forms: 15,
  unavailable_blocks: 5,
  medical_alerts: 3,
  stock_adjustments: 10,
  patient_attachments: 10,
};
const SELDOM = 2;
/** What patients edit themselves, too. */
const ONLINE: ReadonlySet<ResourceName> = new Set(["individual_appointments", "patients"]);

const PROMISE_MS: Readonly<Record<Tier, number>> = {
  live: 20_000,
  minute: 60_000,
  quarter: 900_000,
  daily: 86_400_000,
};
const POLLING = {
  budgetShare: 0.25,
  intervalMs: undefined,
  promiseMs: PROMISE_MS,
  requestsPerMinute: 200,
};
/** Requests a minute. */
export const ALLOWED = POLLING.requestsPerMinute * POLLING.budgetShare;

/** What takes place within a fortnight is read again every five minutes: 12 pages of it, that nobody lends or schedules. */
const BESIDE_MS = 300_000 / 12;

export interface WatchedResource {
  readonly resource: ResourceName;
  readonly tier: Tier;
  /** Its own part of the share, requests a minute. */
  readonly allowed: number;
  readonly watched: Watched;
}

export interface AccountOptions extends Seeds {
  /** Of the appointments; what else is edited is in proportion. */
  readonly clinic?: ClinicShape;
  /** Of the live resources. */
  readonly settings?: ScheduleSettings;
}

/**
 * An account under the default share and promises: each resource with its own schedule and part of the share, the live ones with what
 * the others leave; two polls at once, and no request before the account's budget lets it through. `daily` is left out.
 */
export function watchAccount(
  read: readonly ResourceName[],
  { clinic = CLINIC, settings = SCHEDULE_DEFAULTS, ...seeds }: AccountOptions,
): WatchedResource[] {
  const polled = read.filter((name) => resources[name].tier !== "daily");
  const shared = { accounts: [{ name: "clinic", resources: read }], polling: POLLING };
  const shareOf = createRequestShares(shared);
  const members = polled.map((resource) => {
    const { tier } = resources[resource];
    const shape = shapeOf(clinic, resource);
    const isLive = tier === "live";
    return { resource, shape, isLive, settings: isLive ? settings : settingsOf(tier, PROMISE_MS[tier]) };
  });
  const createShares = () => {
    let atMs = 0;
    const lent = createLentShares(shared, () => atMs);
    return (resource: string, nowMs: number): number => {
      atMs = nowMs;
      const target = { account: "clinic", resource };
      lent.spent(target, 1);
      return lent.of(target);
    };
  };
  const limits = { allowed: ALLOWED, besideMs: BESIDE_MS };
  return watchTogether(members, seeds, createShares, limits).map((watched, index): WatchedResource => {
    const resource = polled[index];
    if (resource === undefined) throw new Error("what is watched was asked for");
    const allowed = shareOf({ account: "clinic", resource });
    return { resource, tier: resources[resource].tier, allowed, watched };
  });
}

function shapeOf(clinic: ClinicShape, resource: ResourceName): ClinicShape {
  const editsPerDay = ((EDITS[resource] ?? SELDOM) * clinic.editsPerDay) / CLINIC.editsPerDay;
  return {
    ...clinic,
    name: resource,
    editsPerDay,
    onlineShare: ONLINE.has(resource) ? clinic.onlineShare : 0,
  };
}

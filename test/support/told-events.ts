import { type Snapshot, adopt, adoptDisappearance, toBackfillEvent } from "../../src/diff/adopt.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import { isResourceName, resources } from "../../src/resources/registry.ts";
import { createClinic } from "../../src/sandbox/clinic/clinic.ts";
import type { LedgerEntry } from "../../src/sandbox/audit/ledger.ts";
import { createReceptionist } from "../../src/sandbox/staff/receptionist.ts";
import { seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import type { Unknowns } from "../../src/sandbox/clinic/unknowns.ts";

const OPENED = Date.parse("2026-11-23T00:00:00Z");
const ACTS = 600;
const GAP_MS = 45_000;
const KEY = Buffer.alloc(32, 3);
const STYLES = ["seconds", "milliseconds", "offset"] as const;

/**
 * What the service would tell of a long shift if it saw every state of every record: each is compared with the one before.
 * Then every record is asked for as it is, is found to be gone, and comes back.
 */
export function toldEvents(seed: number): WebhookEvent[] {
  let now = OPENED;
  const unknowns: Partial<Unknowns> = {
    integerIds: seed % 3 === 0,
    timestampStyle: STYLES[seed % STYLES.length] ?? "seconds",
    archiveSetsDeletedAt: seed % 2 === 0,
  };
  const clinic = createClinic({ now: () => now, seed, unknowns });
  seedClinic(clinic, { patients: 40, appointments: 120 });
  const receptionist = createReceptionist({ clinic, seed });
  for (let done = 0; done < ACTS; done += 1) {
    now += GAP_MS;
    receptionist.step();
  }
  const records = new Map<string, { readonly entry: LedgerEntry; readonly snapshot: Snapshot }>();
  const events: WebhookEvent[] = [];
  for (const entry of clinic.ledger.entries) {
    const name = `${entry.resource}/${entry.id}`;
    const adoption = adopt(contextOf(entry.resource), records.get(name)?.snapshot, observationOf(entry));
    if (adoption.kind !== "adopted") continue;
    records.set(name, { entry, snapshot: adoption.snapshot });
    if (adoption.event) events.push(adoption.event);
  }
  for (const { entry, snapshot } of records.values()) events.push(...endOf(entry, snapshot));
  return events;
}

function contextOf(resource: string) {
  if (!isResourceName(resource)) throw new Error(`the service does not read ${resource}`);
  return {
    account: "northside",
    resource,
    projection: resources[resource],
    identityKey: KEY,
    baselineStartedAt: undefined,
  };
}

function observationOf({ id, record, at }: LedgerEntry) {
  const readAt = Math.floor(at / 1_000) + 2;
  // What bears no stamps is as old as the reading that showed it.
  const stamp = (name: string): number => {
    const written = record[name];
    return typeof written === "string" ? Math.floor(Date.parse(written) / 1_000) : readAt;
  };
  return {
    id,
    record,
    createdAt: stamp("created_at"),
    updatedAt: stamp("updated_at"),
    unchangedUntil: readAt - 10,
    readAt,
  };
}

function endOf(entry: LedgerEntry, snapshot: Snapshot): WebhookEvent[] {
  const context = contextOf(entry.resource);
  const observation = observationOf(entry);
  const backfill = toBackfillEvent(context, snapshot, observation, "crm");
  // What there is one of does not go.
  if (context.projection.reading === "single") return [backfill];
  const deletedAt = observation.readAt + 3_600;
  const gone = adoptDisappearance(context, snapshot, {
    id: entry.id,
    presentAt: observation.readAt,
    deletedAt,
  });
  const back = adopt(context, gone.snapshot, { ...observation, readAt: deletedAt + 60 });
  const missed = adopt({ ...context, baselineStartedAt: observation.createdAt }, undefined, observation);
  const later = [back, missed].flatMap((one) => (one.kind === "adopted" && one.event ? [one.event] : []));
  return [backfill, gone.event, ...later];
}

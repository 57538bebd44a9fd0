import type { Snapshot } from "../../../src/diff/adopt.ts";
import { project } from "../../../src/diff/compare.ts";
import type { FieldValues } from "../../../src/diff/values.ts";
import type { WebhookEvent } from "../../../src/diff/event.ts";
import { type ResourceName, resources } from "../../../src/resources/registry.ts";
import type { Projection } from "../../../src/resources/resource.ts";
import type { AuditOptions } from "../../../src/sandbox/audit/audit.ts";
import { auditDeliveries } from "../../../src/sandbox/audit/audit.ts";
import type { AuditReport } from "../../../src/sandbox/audit/report.ts";
import type { Clinic } from "../../../src/sandbox/clinic/clinic.ts";
import type { LedgerEntry } from "../../../src/sandbox/audit/ledger.ts";
import type { WireRecord } from "../../../src/sandbox/wire/record.ts";
import type { StoredEvent } from "./memory-store.ts";

/** What a resource's records are watched for: by one release, or by several, one after the other. */
export type Releases = Projection | readonly Projection[];

/** What the release that took a record over would make of it now. */
export function projectAs(releases: Releases, version: number | undefined, record: WireRecord): FieldValues {
  const all = "fields" in releases ? [releases] : releases;
  const release = all.find((one) => one.version === version) ?? all.at(-1);
  if (!release) throw new Error("there is a release");
  return project(release, record);
}

/** I1: the records whose snapshot is not what the upstream now holds; once load has stopped there must be none. */
export function wrongSnapshots(
  clinic: Clinic,
  resource: ResourceName,
  releases: Releases,
  snapshots: ReadonlyMap<string, Snapshot>,
): string[] {
  const wrong: string[] = [];
  const truth = latestStates(clinic, resource);
  for (const [id, entry] of truth) {
    if (entry.facts.includes("deleted")) continue; // gone without a trace: only a sweep can know
    const stored = snapshots.get(id);
    const expected = JSON.stringify(projectAs(releases, stored?.projectionVersion, entry.record));
    const actual = stored && JSON.stringify(stored.values());
    if (actual !== expected) wrong.push(`${id}: remembered ${actual ?? "nothing"}, upstream has ${expected}`);
  }
  for (const id of snapshots.keys()) if (!truth.has(id)) wrong.push(`${id}: remembered, but never was`);
  return wrong;
}

function latestStates(clinic: Clinic, resource: ResourceName): Map<string, LedgerEntry> {
  const latest = new Map<string, LedgerEntry>();
  for (const entry of clinic.ledger.entries) if (entry.resource === resource) latest.set(entry.id, entry);
  return latest;
}

/** What the sandbox's own auditor says of one resource's events, as if each had been delivered when it was committed. */
export function auditEvents(
  clinic: Clinic,
  resource: ResourceName,
  stored: readonly StoredEvent[],
  options: Omit<AuditOptions, "entries" | "deliveries">,
): AuditReport {
  return auditDeliveries({
    entries: clinic.ledger.entries.filter((entry) => entry.resource === resource),
    deliveries: stored
      .filter(({ event }) => event.subject.type === resources[resource].subject)
      .map(({ event, committedAt }) => ({
        webhookId: event.id,
        receivedAt: committedAt,
        body: JSON.stringify(event),
        event,
      })),
    detectsHardDeletes: false,
    swallowedWithinMs: Infinity,
    ...options,
  });
}

/**
 * I2: what is wrong with the chain of events of each record: a gap in the sequence, or an event whose `previous` does not
 * lead back to the event before; and the last event must have led to what is remembered.
 */
export function chainFaults(
  releases: Releases,
  events: readonly WebhookEvent[],
  snapshots: ReadonlyMap<string, Snapshot>,
): string[] {
  const faults: string[] = [];
  const projection = "fields" in releases ? releases : releases.at(-1);
  if (!projection) return [];
  const last = new Map<
    string,
    { readonly sequence: number; readonly after: FieldValues; readonly object: WireRecord }
  >();
  for (const event of events) {
    const { id } = event.subject;
    const before = last.get(id);
    if (event.sequence !== (before?.sequence ?? 0) + 1) {
      faults.push(`${id}: ${event.sequence} follows ${before?.sequence ?? 0}`);
    }
    const after = project(projection, event.data.object ?? {});
    if (before && event.data.changed.length === 0) faults.push(`${id}: ${event.sequence} changes nothing`);
    const rebuilt = project(projection, { ...event.data.object, ...event.data.previous });
    if (before && JSON.stringify(rebuilt) !== JSON.stringify(before.after)) {
      faults.push(`${id}: ${event.sequence} does not start where ${before.sequence} ended`);
    }
    last.set(id, { sequence: event.sequence, after, object: event.data.object ?? {} });
  }
  for (const [id, { sequence, object }] of last) {
    const snapshot = snapshots.get(id);
    if (snapshot?.sequence !== sequence)
      faults.push(`${id}: ${sequence} told, ${snapshot?.sequence} counted`);
    if (
      JSON.stringify(snapshot?.values()) !==
      JSON.stringify(projectAs(releases, snapshot?.projectionVersion, object))
    ) {
      faults.push(`${id}: what is remembered is not what was told last`);
    }
  }
  return faults;
}

/** I4: the same id for two transitions, or two ids for one. Both times are left out: they say when it was read. */
export function identityFaults(events: readonly WebhookEvent[]): string[] {
  const faults: string[] = [];
  const contents = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const event of events) {
    const { id, observed: _observed, origin: _origin, data, ...head } = event;
    const { object: _object, ...told } = data;
    const content = JSON.stringify({ ...head, ...told, timestamp: undefined });
    const first = contents.get(id) ?? content;
    if (first !== content) faults.push(`${id} means ${first} and ${content}`);
    contents.set(id, first);
    const place = `${JSON.stringify(event.subject)} ${content} ${JSON.stringify(event.data.object)}`;
    const known = ids.get(place) ?? id;
    if (known !== id) faults.push(`${known} and ${id} are the same transition`);
    ids.set(place, known);
  }
  return faults;
}

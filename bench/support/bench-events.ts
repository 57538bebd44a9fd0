import { randomBytes } from "node:crypto";

import type { Base } from "../../src/admin/base.ts";
import { API_VERSION, type WebhookEvent } from "../../src/diff/event.ts";
import { eventIdOf } from "../../src/diff/identity.ts";
import { type Lease, createLeases } from "../../src/store/detection/lease.ts";
import { inventAppointments } from "./appointments.ts";

const RESOURCE = "individual_appointments";
/** As many as a page of a scan can bring. */
const PAGE_SIZE = 100;
const DAY_MS = 86_400_000;
/** Of an appointment's 1.7 kB, so that a callback's body has about 1 kB. */
const FIELDS = [
  "id",
  "starts_at",
  "ends_at",
  "created_at",
  "updated_at",
  "cancelled_at",
  "did_not_arrive",
  "patient_arrived",
  "patient_name",
  "appointment_type",
  "business",
  "patient",
];

/** Makes events of one account and commits them as a scan does: in one atomic step, sealed, under a lease. */
export interface EventSource {
  commit(count: number): Promise<readonly WebhookEvent[]>;
  /** The same, not committed. */
  invent(count: number): readonly WebhookEvent[];
}

export async function createEventSource(
  { redis, keys, store, identityKey }: Base,
  account: string,
): Promise<EventSource> {
  const lease = await createLeases(redis, keys, DAY_MS).acquire(account, RESOURCE);
  if (!lease) throw new Error("the lease is free");
  const records = [...inventAppointments(1_000)].map((record) =>
    Object.fromEntries(FIELDS.map((name) => [name, record[name] ?? null])),
  );
  let made = 0;
  const make = (): WebhookEvent => {
    const record = records[made % records.length] ?? {};
    made += 1;
    const recordId = `${1_000_000_000_000_000_000n + BigInt(made)}`;
    return toEvent(identityKey, account, { ...record, id: recordId }, recordId);
  };
  const invent = (count: number): WebhookEvent[] => Array.from({ length: count }, make);
  return {
    invent,
    async commit(count) {
      const events = invent(count);
      for (let from = 0; from < count; from += PAGE_SIZE) {
        await commitPage(store, lease, events.slice(from, from + PAGE_SIZE));
      }
      return events;
    },
  };
}

async function commitPage(
  store: Base["store"],
  lease: Lease,
  events: readonly WebhookEvent[],
): Promise<void> {
  const outcome = await store.commit(lease, { snapshots: new Map(), events, cursor: undefined });
  if (outcome !== "committed") throw new Error(`the commit was ${outcome}`);
}

function toEvent(
  identityKey: Buffer,
  account: string,
  object: Record<string, unknown>,
  recordId: string,
): WebhookEvent {
  const identity = { account, resource: RESOURCE, recordId, previousFingerprint: "", sequence: 1 };
  const at = new Date().toISOString();
  return {
    type: "appointment.rescheduled",
    timestamp: at,
    id: eventIdOf(identityKey, { ...identity, fingerprint: randomBytes(16).toString("hex") }),
    api_version: API_VERSION,
    account,
    subject: { type: "appointment", id: recordId },
    sequence: 1,
    observed: { after: at, at },
    origin: "live",
    data: {
      object,
      previous: { starts_at: object["starts_at"], ends_at: object["ends_at"] },
      changed: ["starts_at", "ends_at"],
      transitions: ["rescheduled"],
    },
  };
}

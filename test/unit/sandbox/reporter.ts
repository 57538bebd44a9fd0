import { specs } from "../../../src/sandbox/tables/tables.ts";
import type { AuditedDelivery } from "../../../src/sandbox/audit/deliveries.ts";
import type { LedgerEntry } from "../../../src/sandbox/audit/ledger.ts";

const ORDER = [
  "created",
  "added",
  "deleted",
  "merged",
  "archived",
  "unarchived",
  "cancelled",
  "reinstated",
  "did_not_arrive",
  "did_not_arrive_reverted",
  "arrived",
  "arrival_reverted",
  "rescheduled",
  "updated",
];

const SENSITIVE = new Set(["notes", "cancellation_note", "telehealth_url", "booking_ip_address", "medicare"]);

export interface Envelope {
  type: string;
  id: string;
  subject: { type: string; id: string };
  sequence: number;
  observed: { at: string };
  origin: string;
  data: { object: Record<string, unknown> | null; transitions: string[] };
}

/** What is delivered about one entry: a second after it happened, with the sensitive fields left out. */
export function tell(
  entry: LedgerEntry,
  sequence: number,
  change: (event: Envelope) => void = () => undefined,
): AuditedDelivery {
  const { subject = "nobody" } = specs[entry.resource];
  const leading = ORDER.find((name) => entry.facts.some((fact) => fact === name)) ?? "updated";
  const event: Envelope = {
    type: `${subject}.${leading}`,
    id: `evt_${entry.index}`,
    subject: { type: subject, id: entry.id },
    sequence,
    observed: { at: new Date(entry.at + 1_000).toISOString() },
    origin: "live",
    data: {
      object: Object.fromEntries(Object.entries(entry.record).filter(([name]) => !SENSITIVE.has(name))),
      transitions: [...entry.facts],
    },
  };
  change(event);
  return { webhookId: event.id, receivedAt: entry.at + 1000, body: JSON.stringify(event), event };
}

/** A sender without fault: every change worth telling from this place of the ledger on, each in an event of its own. */
export function tellEverything(entries: readonly LedgerEntry[], from: number): AuditedDelivery[] {
  const sequences = new Map<string, number>();
  return entries.slice(from).flatMap((entry) => {
    if (entry.noise || entry.baseline) return [];
    const sequence = (sequences.get(entry.id) ?? 0) + 1;
    sequences.set(entry.id, sequence);
    return [tell(entry, sequence)];
  });
}

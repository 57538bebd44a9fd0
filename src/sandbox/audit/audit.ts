import { readClaim, tellsReset, type AuditedDelivery, type Claim } from "./deliveries.ts";
import { createTally, toReport, type AuditReport, type Tally } from "./report.ts";
import { judgeSubject } from "./subject.ts";
import type { TableName } from "../tables/tables.ts";
import type { LedgerEntry } from "./ledger.ts";

export interface AuditOptions {
  readonly entries: readonly LedgerEntry[];
  readonly deliveries: readonly AuditedDelivery[];
  /** Held to account; the others may do as they like. Default: individual appointments and patients. */
  readonly resources?: readonly TableName[];
  /** Where watching began: the first watched place in the ledger, or the first watched moment in ms. */
  readonly from: { readonly index: number } | { readonly at: number };
  /** Changes after this moment may still be on their way. Default: everything is due. */
  readonly until?: number;
  /** End of the first sync: a record that changed during it may be told as merely updated. */
  readonly baselineUntil?: number;
  /** Must a record that was deleted for good be told of? Default true. */
  readonly detectsHardDeletes?: boolean;
  /** Without that: how long before its deletion a change may go untold, because nobody had read it yet. */
  readonly swallowedWithinMs?: number;
}

const USUAL_RESOURCES: readonly TableName[] = ["individual_appointments", "patients"];

/** By so much may what is told of a record overtake that numbers are given again. */
const SOON_MS = 30_000;

/**
 * Holds what was delivered against what happened. It shares no code with the service: states are matched by what the
 * delivered object shows, facts by what the acts themselves told the ledger.
 */
export function auditDeliveries(options: AuditOptions): AuditReport {
  const tally = createTally();
  const resources = new Set(options.resources ?? USUAL_RESOURCES);
  const claims = bySubject(readClaims(options.deliveries, resources, tally));
  const histories = bySubject(options.entries.filter((entry) => resources.has(entry.resource)));
  const { from } = options;
  const rules = {
    isWatched: (entry: LedgerEntry) => ("index" in from ? entry.index >= from.index : entry.at >= from.at),
    until: options.until ?? Infinity,
    baselineUntil: options.baselineUntil ?? -Infinity,
    detectsHardDeletes: options.detectsHardDeletes ?? true,
    swallowedWithinMs: options.swallowedWithinMs ?? 60_000,
  };
  for (const subject of new Set([...histories.keys(), ...claims.keys()])) {
    judgeSubject(histories.get(subject) ?? [], claims.get(subject) ?? [], rules, tally);
  }
  return toReport(tally);
}

/** Each event once, in the order of arrival. The same id must always carry the same bytes. */
function readClaims(
  deliveries: readonly AuditedDelivery[],
  resources: ReadonlySet<TableName>,
  tally: Tally,
): Claim[] {
  const bodies = new Map<string, string>();
  const claims: Claim[] = [];
  const resetsAt = deliveries.filter(tellsReset).map(({ receivedAt }) => receivedAt);
  for (const delivery of deliveries.toSorted((a, b) => a.receivedAt - b.receivedAt)) {
    const { webhookId, body, receivedAt } = delivery;
    const resets = resetsAt.filter((at) => at <= receivedAt).length;
    const isResetSoon = resetsAt.some((at) => at > receivedAt && at <= receivedAt + SOON_MS);
    const reading = readClaim(delivery, resources, { resets, isResetSoon });
    if (reading.kind === "other") {
      tally.ignored += 1;
      continue;
    }
    const claim = reading.kind === "claim" ? reading.claim : undefined;
    const first = bodies.get(webhookId);
    if (first !== undefined) {
      tally.duplicates += 1;
      if (first === body) continue;
      const subject = claim === undefined ? "unknown" : subjectOf(claim);
      const sequence = claim?.sequence ?? 0;
      tally.wrong.push({ webhookId, subject, sequence, reason: "the same id came with other bytes" });
      continue;
    }
    bodies.set(webhookId, body);
    tally.delivered += 1;
    if (claim !== undefined) claims.push(claim);
    if (reading.kind === "unreadable") {
      const { subject, sequence, reason } = reading;
      tally.wrong.push({ webhookId, subject, sequence, reason });
    }
  }
  return claims;
}

function bySubject<One extends { readonly resource: string; readonly id: string }>(
  all: readonly One[],
): Map<string, One[]> {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const group = groups.get(subjectOf(one));
    if (group === undefined) groups.set(subjectOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

function subjectOf(one: { readonly resource: string; readonly id: string }): string {
  return `${one.resource}/${one.id}`;
}

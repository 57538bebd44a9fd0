import type { Base } from "../base.ts";
import type { AccountConfig } from "../../config/config.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { Patience } from "../../store/events/patience.ts";
import { type ResourceStatus, readAccountStatus } from "../accounts/account-status.ts";
import type { Caller } from "../access/caller.ts";
import { resourceOf } from "../../resources/registry.ts";
import type { EventCode, ExplainCode, ReadingCode, RecordCode } from "./explain-codes.ts";
import { type DeliveryStep, explainDeliveries } from "./explain-delivery.ts";
import { explainEvents } from "./explain-events.ts";
import { type ExplainWords, wordsFor } from "./explain-words.ts";
import { type KnownRecord, readKnownRecord } from "../records/known-record.ts";
import { readEventsOf } from "../records/record-timeline.ts";

export interface Step<Code extends ExplainCode> {
  readonly code: Code;
  /** For a person: what it means here. Without anything of the record's content. */
  readonly text: string;
}

/** Why an event was or was not made, and was or was not sent; each part from the first cause to the last. */
export interface Explanation {
  readonly reading: readonly Step<ReadingCode>[];
  readonly record: readonly Step<RecordCode>[];
  readonly events: readonly ExplainedEvent[];
  /** One for each event above and endpoint that exists for the caller. */
  readonly deliveries: readonly DeliveryStep[];
}

export interface ExplainedEvent extends Step<EventCode> {
  /** The event that it is about. */
  readonly eventId: string | undefined;
  /** Unix ms. */
  readonly committedAt: number | undefined;
}

export interface ExplainQuestion {
  readonly subject: string;
  readonly id: string;
  /** About what happened near this moment, unix ms; undefined: about the last that happened. */
  readonly at: number | undefined;
}

/** Undefined: no record is of this subject. @throws UnreadableRecordError */
export async function explain(
  base: Pick<
    Base,
    | "config"
    | "connections"
    | "deliveries"
    | "endpoints"
    | "keys"
    | "log"
    | "now"
    | "outbox"
    | "queues"
    | "reading"
    | "redis"
    | "store"
  >,
  caller: Caller,
  account: AccountConfig,
  { subject, id, at }: ExplainQuestion,
  patience: Patience,
): Promise<Explanation | undefined> {
  const known = resourceOf(subject);
  if (!known) return undefined;
  const resource = known.path;
  const [status, record, found, suspects] = await Promise.all([
    readAccountStatus(base, account),
    readKnownRecord(base, account, resource, id, []),
    readEventsOf(base, { account: account.name, subject, id }, patience),
    base.reading.suspects(account.name, resource),
  ]);
  const words = wordsFor(known);
  const reading = explainReading(
    status.resources.find((candidate) => candidate.resource === resource),
    words.notRead(resource),
    at,
  );
  const events = explainEvents({
    ...found,
    record,
    at,
    quiet: words.quiet,
    complete: reading.every(({ code }) => code === "account_live"),
  });
  const made = events.flatMap(({ event }) => (event ? [event] : []));
  return {
    reading,
    record: explainRecord(record, suspects.has(id), words),
    events: events.map(({ code, text, event }) => ({
      code,
      text,
      eventId: event?.eventId,
      committedAt: event?.committedAt,
    })),
    deliveries: await explainDeliveries(base, caller, made, patience),
  };
}

function explainReading(
  status: ResourceStatus | undefined,
  notRead: string,
  at: number | undefined,
): Step<ReadingCode>[] {
  if (!status) return [{ code: "resource_not_read", text: notRead }];
  const { completeUpTo } = status;
  const upTo =
    completeUpTo === undefined
      ? ""
      : `Every change up to ${toIsoSeconds(completeUpTo * 1_000)} has been seen.`;
  const steps = [{ code: toReadingCode(status), text: describeReading(status, upTo) }];
  if (completeUpTo !== undefined && at !== undefined && at > completeUpTo * 1_000) {
    const text = `The moment asked for is later than that: what happened then may not have been seen yet.`;
    return [...steps, { code: "not_complete_yet", text }];
  }
  return steps;
}

function toReadingCode({ assessment, state, quarantined }: ResourceStatus): ReadingCode {
  if (quarantined) return "reading_quarantined";
  switch (state) {
    case "live":
      return isLate(assessment) ? "reading_late" : "account_live";
    case "first_sync":
      return "first_sync_running";
    case "not_read_yet":
    case "key_revoked":
      return state;
    case "not_permitted":
    case "not_offered":
      return "not_read_yet";
    case "degraded":
    case "permission_reduced":
    case "schema_changed":
      return "reading_degraded";
  }
}

/** Known faults have states of their own; what stands still without one is known by its age alone. */
function isLate({ severity }: ResourceStatus["assessment"]): boolean {
  return severity === "warning" || severity === "critical";
}

function describeReading({ assessment, state, detail, quarantined }: ResourceStatus, upTo: string): string {
  const because = detail === "" ? "" : ` (${detail})`;
  if (quarantined) return `A guard holds the account until somebody releases it${because}. ${upTo}`.trim();
  switch (state) {
    case "live":
      return isLate(assessment)
        ? `It is not read as promised: ${assessment.detail}.`
        : `The account is read. ${upTo}`.trim();
    case "first_sync":
      return "The first sync is under way: what is there is taken over silently.";
    case "not_read_yet":
      return "Nothing has been read yet: is a service running with the role poll?";
    case "not_permitted":
      return `The key's user may not see it, and never could${because}: nothing of it is reported.`;
    case "not_offered":
      return `The account has none${because}: nothing of it is reported.`;
    case "key_revoked":
      return `Cliniko refuses the account's key${because}. ${upTo}`.trim();
    case "degraded":
    case "permission_reduced":
    case "schema_changed":
      return `Cliniko cannot be read as it should${because}. ${upTo}`.trim();
  }
}

function explainRecord(record: KnownRecord, suspected: boolean, words: ExplainWords): Step<RecordCode>[] {
  switch (record.state) {
    case "present": {
      const { sequence, updatedAt } = record;
      const told = sequence === 0 ? "no event has been made of it" : `its last event was number ${sequence}`;
      const known: Step<RecordCode> = {
        code: "record_known",
        text: `${words.known(toIsoSeconds(updatedAt * 1_000))}; ${told}.`,
      };
      if (!suspected) return [known];
      const text = "It was missing when all were last looked for. Whether it is gone is not settled yet.";
      return [known, { code: "record_suspected_missing", text }];
    }
    case "deleted": {
      const gone = words.gone(toIsoSeconds(record.deletedAt * 1_000));
      const text = `${gone}; its last event was number ${record.sequence}.`;
      return [{ code: "record_deleted", text }];
    }
    case "unknown":
      return [{ code: "record_unknown", text: words.unknown }];
  }
}

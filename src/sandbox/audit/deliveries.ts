import { specs, TABLE_NAMES, type TableName } from "../tables/tables.ts";
import { isObject, type WireRecord } from "../wire/record.ts";

/** A callback as the receiver verified it. */
export interface AuditedDelivery {
  readonly webhookId: string;
  /** Ms, by a clock that agrees with the clinic's. */
  readonly receivedAt: number;
  /** The bytes as they came. */
  readonly body: string;
  readonly event: unknown;
}

/** What a delivery claims about one record. */
export interface Claim {
  readonly webhookId: string;
  readonly receivedAt: number;
  readonly resource: TableName;
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  /** When the service read it, as it says. */
  readonly observedAt: string;
  readonly transitions: readonly string[];
  readonly object: WireRecord | null;
  /** How often it had been told before that numbers are given again. */
  readonly resets: number;
  /** It was told right afterwards: what is told of a record then may overtake that. */
  readonly isResetSoon: boolean;
}

/** Whether it tells that numbers which events had are given again, of every record. */
export function tellsReset({ event }: AuditedDelivery): boolean {
  const data = isObject(event) && isObject(event["data"]) ? event["data"] : {};
  return isObject(data["object"]) && data["object"]["sequence_reset"] === true;
}

export type ClaimReading =
  | { readonly kind: "claim"; readonly claim: Claim }
  /** About something that nobody is held to account for, or a test. */
  | { readonly kind: "other" }
  | {
      readonly kind: "unreadable";
      readonly subject: string;
      readonly sequence: number;
      readonly reason: string;
    };

const SUBJECTS: ReadonlyMap<unknown, TableName> = new Map(
  TABLE_NAMES.flatMap((name) => {
    const { subject } = specs[name];
    return subject === undefined ? [] : [[subject, name]];
  }),
);

/** Reads the envelope of the event contract, field by field: an auditor takes nothing on trust. */
export function readClaim(
  delivery: AuditedDelivery,
  resources: ReadonlySet<TableName>,
  reset: Pick<Claim, "isResetSoon" | "resets">,
): ClaimReading {
  const event = isObject(delivery.event) ? delivery.event : {};
  const subject = isObject(event["subject"]) ? event["subject"] : {};
  const data = isObject(event["data"]) ? event["data"] : {};
  const sequence = typeof event["sequence"] === "number" ? event["sequence"] : Number.NaN;
  const unreadable = (reason: string): ClaimReading => ({
    kind: "unreadable",
    subject: `${String(subject["type"])}/${String(subject["id"])}`,
    sequence,
    reason,
  });
  const { type } = event;
  if (typeof type !== "string" || typeof subject["type"] !== "string") {
    return unreadable("it has no type or no subject");
  }
  const resource = SUBJECTS.get(subject["type"]);
  if (resource === undefined || !resources.has(resource) || event["origin"] === "test") {
    return { kind: "other" };
  }
  const { id } = subject;
  const { transitions, object } = data;
  if (typeof id !== "string") return unreadable("its subject has no id");
  if (!Number.isInteger(sequence)) return unreadable("it has no sequence");
  if (event["id"] !== delivery.webhookId) return unreadable("webhook-id is not the event's id");
  if (!isTexts(transitions)) return unreadable("it has no transitions");
  if (!isObject(object) && object !== null) return unreadable("it has no object");
  const [prefix, fact] = type.split(".");
  if (prefix !== subject["type"] || fact === undefined) {
    return unreadable(`type ${type} does not belong to its subject`);
  }
  const { webhookId, receivedAt } = delivery;
  const observed = isObject(event["observed"]) ? event["observed"] : {};
  const told = { type: fact, sequence, observedAt: String(observed["at"]), transitions, object };
  return { kind: "claim", claim: { webhookId, receivedAt, resource, id, ...told, ...reset } };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

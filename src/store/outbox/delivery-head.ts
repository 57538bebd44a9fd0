import { UnreadableRecordError } from "../../shared/errors.ts";
import type { DeliveryHead } from "./delivery.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { OutboxEvent } from "./outbox.ts";

/** `northside/appointment/42|<order>|evt_…`: all of a subject's pending events stand together, in order. */
export function queuePlaceOf(account: string, { subject, record, order, eventId }: OutboxEvent): string {
  return order === undefined ? "" : `${account}/${subject}/${record}|${order}|${eventId}`;
}

export function formatHead(
  account: string,
  event: OutboxEvent,
  queuePlace: string,
  mark: readonly string[],
): string {
  const { subject, record, transitions, at } = event;
  return JSON.stringify([account, subject, record, transitions.join(","), at, queuePlace, ...mark]);
}

/** With the mark of what was given on purpose at its end. */
type Head = readonly [
  account: string,
  subject: string,
  subjectId: string,
  transitions: string,
  at: number,
  queuePlace: string,
  mark?: string,
];

/** By hand: each delivery is claimed through it, and a schema would take longer than all else of that. */
function isHead(value: unknown): value is Head {
  if (!Array.isArray(value) || value.length < 6) return false;
  return value.every((part: unknown, index) => typeof part === (index === 4 ? "number" : "string"));
}

export function markTargeted(keyring: Keyring, endpoint: string, eventId: string): string {
  return keyring.seal(Buffer.alloc(0), targetedContext(endpoint, eventId)).toString("base64");
}

/** Fails closed: a mark that no key opens any more, or that was made for another delivery, is none. */
export function isTargeted(
  keyring: Keyring,
  endpoint: string,
  eventId: string,
  mark: string | undefined,
): boolean {
  if (mark === undefined) return false;
  try {
    keyring.open(Buffer.from(mark, "base64"), targetedContext(endpoint, eventId));
    return true;
  } catch (error) {
    if (error instanceof UnreadableRecordError) return false;
    throw error;
  }
}

/** The head with its mark sealed anew; undefined: it has none, or nothing is to be done. @throws UnreadableRecordError */
export function resealHead(
  keyring: Keyring,
  endpoint: string,
  eventId: string,
  text: string,
): string | undefined {
  const parsed: unknown = JSON.parse(text);
  const mark = isHead(parsed) ? parsed[6] : undefined;
  if (!isHead(parsed) || mark === undefined) return undefined;
  const sealed = Buffer.from(mark, "base64");
  if (keyring.isCurrent(sealed)) return undefined;
  keyring.open(sealed, targetedContext(endpoint, eventId));
  return JSON.stringify([...parsed.slice(0, 6), markTargeted(keyring, endpoint, eventId)]);
}

function targetedContext(endpoint: string, eventId: string): string {
  return `endpoints/${endpoint}/targeted/${eventId}`;
}

export interface ParsedHead extends DeliveryHead {
  readonly queuePlace: string;
  /** What `isTargeted` looks at. */
  readonly mark: string | undefined;
}

export function parseHead(eventId: string, text: string): ParsedHead {
  const parsed: unknown = JSON.parse(text);
  if (!isHead(parsed)) throw new UnreadableRecordError(`delivery ${eventId} is not of this release`);
  const [account, subject, subjectId, transitions, at, queuePlace, mark] = parsed;
  return { eventId, account, subject, subjectId, transitions: transitions.split(","), at, queuePlace, mark };
}

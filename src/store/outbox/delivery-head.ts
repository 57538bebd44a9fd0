import { z } from "zod";

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
const headSchema = z.tuple(
  [z.string(), z.string(), z.string(), z.string(), z.number(), z.string()],
  z.string(),
);

export function markTargeted(keyring: Keyring, endpoint: string, eventId: string): string {
  return keyring.seal(Buffer.alloc(0), targetedContext(endpoint, eventId)).toString("base64");
}

/** Fails closed: a mark that no key opens any more, or that was made for another delivery, is none. */
export function isTargeted(keyring: Keyring, endpoint: string, eventId: string, head: string): boolean {
  const [, , , , , , mark] = headSchema.parse(JSON.parse(head));
  if (mark === undefined) return false;
  try {
    keyring.open(Buffer.from(mark, "base64"), targetedContext(endpoint, eventId));
    return true;
  } catch (error) {
    if (error instanceof UnreadableRecordError) return false;
    throw error;
  }
}

function targetedContext(endpoint: string, eventId: string): string {
  return `endpoints/${endpoint}/targeted/${eventId}`;
}

export function parseHead(eventId: string, text: string): DeliveryHead & { readonly queuePlace: string } {
  const parsed = headSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new UnreadableRecordError(`delivery ${eventId} is not of this release`);
  const [account, subject, subjectId, transitions, at, queuePlace] = parsed.data;
  return { eventId, account, subject, subjectId, transitions: transitions.split(","), at, queuePlace };
}

import type { ReactNode } from "react";
import { Link } from "wouter";

/** Of the service itself: there is no record behind them. */
const OF_THE_SERVICE = ["connection", "endpoint"];

export interface NamedSubject {
  readonly type: string;
  readonly id: string;
}

/** Whether an event is about the service itself, and not about a record. */
export function isOfService({ type }: Pick<NamedSubject, "type">): boolean {
  return OF_THE_SERVICE.includes(type);
}

/** Where a record's page is; undefined: the subject is the service's own. */
export function recordPath(account: string, { type, id }: NamedSubject): string | undefined {
  if (isOfService({ type })) return undefined;
  return `/accounts/${encodeURIComponent(account)}/records/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
}

/** `appointment` → `Appointment`. */
export function formatSubject(type: string): string {
  const words = type.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What an event is about, by its kind and id, leading to its page. */
export function RecordLink({
  account,
  subject,
}: {
  readonly account: string;
  readonly subject: NamedSubject;
}): ReactNode {
  const text = `${formatSubject(subject.type)} ${subject.id}`;
  return (
    <Link href={pathOf(account, subject)} className="record-link">
      {text}
    </Link>
  );
}

function pathOf(account: string, subject: NamedSubject): string {
  const service =
    subject.type === "endpoint"
      ? `/endpoints/${encodeURIComponent(subject.id)}`
      : `/accounts/${encodeURIComponent(account)}`;
  return recordPath(account, subject) ?? service;
}

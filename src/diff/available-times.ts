import type { FieldValue } from "../resources/field.ts";
import type { FieldValues } from "./values.ts";

/*
 * What is offered changes with every minute that goes by: times come too near, and days come within reach. Neither is news. So two
 * readings are compared only where both could have shown a time: from `from` of the later one, to `to` of the earlier one.
 */

/** What one reading could have shown. Unix seconds. */
export interface Span {
  /** Earlier times may be missing because they are too near. */
  readonly from: number;
  /** Nothing later was asked for, or is offered yet. */
  readonly to: number;
  /** Whether only the earliest one was asked for. */
  readonly nextOnly: boolean;
}

/** What is offered, unix seconds, in order. Where only the earliest is watched, that one or none. */
export type Offer = readonly number[];

/** What the earlier offer would be now if nothing had happened but time. */
export function agedOffer(before: Offer, wasShown: Span, now: Offer, isShown: Span): Offer {
  if (wasShown.nextOnly !== isShown.nextOnly) return now;
  const { from } = isShown;
  const { to } = wasShown;
  if (isShown.nextOnly) {
    const [was] = before;
    const [is] = now;
    const isPassed = was === undefined ? is === undefined || is > to : was < from;
    return isPassed ? now : before;
  }
  const isBoth = (time: number): boolean => time >= from && time <= to;
  return [...before.filter(isBoth), ...now.filter((time) => !isBoth(time))].toSorted((a, b) => a - b);
}

export interface Settled {
  /** What is told to be offered. */
  readonly offer: Offer;
  /** Times that differ from that, and since when they do: they are not told yet. Unix seconds. */
  readonly pending: ReadonlyMap<number, number>;
}

/**
 * A time that somebody holds is missing for a while and comes back. So a difference is taken over when it has lasted.
 * @param known what was told, aged
 * @param holdSeconds how long a time is held
 */
export function settleOffer(
  known: Offer,
  shown: Offer,
  pending: ReadonlyMap<number, number>,
  readAt: number,
  holdSeconds: number,
  nextOnly: boolean,
): Settled {
  const differing = [
    ...shown.filter((time) => !known.includes(time)),
    // Where only the earliest is watched, another one in its place is one difference.
    ...(nextOnly && shown.length > 0 ? [] : known.filter((time) => !shown.includes(time))),
  ];
  const since = new Map(differing.map((time) => [time, pending.get(time) ?? readAt]));
  const lasting = new Set(differing.filter((time) => readAt - (since.get(time) ?? readAt) >= holdSeconds));
  const left = new Map([...since].filter(([time]) => !lasting.has(time)));
  if (nextOnly) return { offer: lasting.size > 0 ? shown : known, pending: left };
  const offer = [
    ...known.filter((time) => shown.includes(time) || !lasting.has(time)),
    ...shown.filter((time) => lasting.has(time) && !known.includes(time)),
  ];
  return { offer: offer.toSorted((a, b) => a - b), pending: left };
}

/** What stands behind the values of a snapshot. */
export function formatSpan({ from, to, nextOnly }: Span): string {
  return `${from} ${to} ${nextOnly ? "next" : "all"}`;
}

export function parseSpan(text: FieldValue | undefined): Span | undefined {
  const [from, to, mode] = String(text ?? "").split(" ");
  return mode === undefined ? undefined : { from: Number(from), to: Number(to), nextOnly: mode === "next" };
}

/** The offer in the values of a snapshot: `times` or `next`, by their names. */
export function offerIn(read: (name: string) => FieldValue | undefined): Offer {
  const [times, next] = [read("times"), read("next")];
  if (typeof next === "number") return [next];
  const parsed: unknown = typeof times === "string" ? JSON.parse(times) : [];
  return Array.isArray(parsed) ? parsed.map((time) => Date.parse(String(time)) / 1_000) : [];
}

/** The former values as they would be now if nothing had happened but time. */
export function agedValues(
  names: readonly string[],
  before: { readonly named: ReadonlyMap<string, FieldValue>; readonly span: FieldValue | undefined },
  values: FieldValues,
): FieldValues {
  const isShown = parseSpan(values[names.length]);
  const wasShown = parseSpan(before.span);
  if (!isShown) return names.map((name) => before.named.get(name) ?? null);
  if (!wasShown) return values.slice(0, names.length);
  const now = offerIn((name) => values[names.indexOf(name)]);
  const aged = agedOffer(
    offerIn((name) => before.named.get(name)),
    wasShown,
    now,
    isShown,
  );
  return names.map((name, index) => {
    if (name === "times") return isShown.nextOnly ? null : toTimes(aged);
    if (name === "next") return isShown.nextOnly ? (aged[0] ?? null) : null;
    return values[index] ?? null;
  });
}

function toTimes(offer: Offer): FieldValue {
  return offer.length === 0 ? null : JSON.stringify(offer.map(toInstant));
}

export function toInstant(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString().replace(".000Z", "Z");
}

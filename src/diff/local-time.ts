import { resourceOf } from "../resources/registry.ts";
import type { PayloadLevel, WebhookEvent } from "./event.ts";
import { HOME, type Related, type RelatedPart, ZONE } from "./related.ts";

type Times = Readonly<Record<string, string>>;

/** The moments of an event's record as clocks on a wall show them, with their offset. */
export interface LocalTimes {
  /** IANA name. */
  readonly time_zone: string;
  /** business: of the place that the record is of · account: of the account's first place, or its first user. */
  readonly time_zone_from: "business" | "account";
  readonly object: Times | null;
  readonly previous: Times;
  /** At payload level `changes`. */
  readonly current?: Times;
}

/** The names of the links that say whose clocks are meant. */
export const ZONE_LINKS: readonly string[] = ["business", ZONE, HOME];

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Undefined: it is not told of a record, or no time zone was known when the event was committed. */
export function localTimes(
  { data, subject }: Pick<WebhookEvent, "data" | "subject">,
  related: Related,
  { payload, include }: { readonly payload: PayloadLevel; readonly include: readonly string[] },
): LocalTimes | undefined {
  const resource = resourceOf(subject.type);
  const zone = zoneOf(related);
  const clock = zone && clockOf(zone.name);
  if (!resource || !clock) return undefined;
  const instants = [
    "created_at",
    "updated_at",
    ...Object.entries(resource.shape).flatMap(([name, { kind, sensitive }]) =>
      kind === "instant" && (!sensitive || include.includes(name)) ? [name] : [],
    ),
  ];
  const told = (record: Readonly<Record<string, unknown>>): Times =>
    Object.fromEntries(
      instants.flatMap((name) => {
        const text = record[name];
        const ms = typeof text === "string" && ISO.test(text) ? Date.parse(text) : Number.NaN;
        const shown = Number.isFinite(ms) ? clock(ms) : undefined;
        return shown === undefined ? [] : [[name, shown] as const];
      }),
    );
  const { changed, object, previous } = data;
  const now = object && told(object);
  return {
    time_zone: zone.name,
    time_zone_from: zone.from,
    object: payload === "full" ? now : null,
    previous: told(previous),
    ...(payload === "changes" && {
      current: Object.fromEntries(Object.entries(now ?? {}).filter(([name]) => changed.includes(name))),
    }),
  };
}

function zoneOf({ parts }: Related): { name: string; from: LocalTimes["time_zone_from"] } | undefined {
  const own = zoneIn(parts.get("business")) ?? zoneIn(parts.get(ZONE));
  if (own !== undefined) return { name: own, from: "business" };
  const home = zoneIn(parts.get(HOME));
  return home === undefined ? undefined : { name: home, from: "account" };
}

function zoneIn(part: RelatedPart | undefined): string | undefined {
  const zone = part?.state === "read" ? part.values.get("time_zone_identifier") : undefined;
  return typeof zone === "string" && zone !== "" ? zone : undefined;
}

/**
 * A moment (unix ms) in that zone, whole seconds, with the offset of that very moment; undefined where ISO 8601 has no words for
 * it, as for an offset with seconds, before there was standard time. Undefined: there is no such zone.
 */
function clockOf(timeZone: string): ((ms: number) => string | undefined) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      timeZoneName: "longOffset",
    });
  } catch {
    return undefined;
  }
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "";
    // `GMT+10:00`, and `GMT` alone at no offset.
    const offset = part("timeZoneName").replace("GMT", "") || "+00:00";
    const day = `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
    const text = `${day}T${part("hour")}:${part("minute")}:${part("second")}${offset}`;
    return Date.parse(text) === Math.floor(ms / 1_000) * 1_000 ? text : undefined;
  };
}

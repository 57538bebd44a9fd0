import { sensitiveFieldsOf } from "../resources/registry.ts";
import { toCloudEvent } from "./cloud-event.ts";
import { type PayloadLevel, type WebhookEvent, isOfRecord, renderPayload } from "./event.ts";
import { ZONE_LINKS, localTimes } from "./local-time.ts";
import { ALL_LINKS, NOTHING_RELATED, type Related, expandParts } from "./related.ts";

/** What of an event somebody gets: an endpoint by its settings, a reader of the feed by what is asked. */
export interface View {
  readonly payload: PayloadLevel;
  readonly include: readonly string[];
  /** What stands around `data`; as in docs/events.md when left out. */
  readonly format?: "standard" | "cloudevents" | undefined;
  /** Links whose records come along; none when left out. */
  readonly expand?: readonly string[] | undefined;
  /** Whether the record's times come along by the clock of its place; not when left out. */
  readonly localTime?: boolean | undefined;
}

interface RelatedLog {
  readRelated(
    account: string,
    eventIds: readonly string[],
    wants: (name: string) => boolean,
  ): Promise<ReadonlyMap<string, Related>>;
}

/** What has to be read for `callbackBody` besides the events themselves, by event; nothing for a view that asks for none of it. */
export async function relatedFor(
  log: RelatedLog,
  { expand = [], localTime = false, payload }: View,
  events: readonly { readonly account: string; readonly eventId: string }[],
): Promise<ReadonlyMap<string, Related>> {
  if (payload === "ids" || (expand.length === 0 && !localTime)) return new Map();
  const wants = (name: string): boolean =>
    expand.includes(name) ||
    (expand.includes(ALL_LINKS) && !name.startsWith("@")) ||
    (localTime && ZONE_LINKS.includes(name));
  const found = await Promise.all(
    [...new Set(events.map(({ account }) => account))].map(async (account) => {
      const ids = events.filter((event) => event.account === account).map(({ eventId }) => eventId);
      return await log.readRelated(account, ids, wants);
    }),
  );
  return new Map(found.flatMap((each) => [...each]));
}

/**
 * The body that somebody gets: a pure function of the event, of what its record led to when it was committed, and of what is
 * asked for, so that every attempt sends the same bytes.
 */
export function callbackBody(event: WebhookEvent, related: Related | undefined, view: View): string {
  const body = standardBody(event, related, view);
  return view.format === "cloudevents" ? toCloudEvent(body) : body;
}

function standardBody(event: WebhookEvent, related: Related | undefined, view: View): string {
  const { expand = [], include, localTime = false, payload } = view;
  const sensitive = sensitiveFieldsOf(event.subject.type);
  if (payload === "ids" || !isOfRecord(event) || (expand.length === 0 && !localTime))
    return renderPayload(event, sensitive, payload, include);
  const known = related ?? NOTHING_RELATED;
  return renderPayload(event, sensitive, payload, include, {
    ...expandParts(event, known, { expand, include }),
    ...(localTime && { local: localTimes(event, known, view) ?? null }),
  });
}

import { noteReading } from "../../admin/accounts/note-reading.ts";
import { findEvent } from "../../admin/events/find-event.ts";
import { type EventQuery, type ListedEvent, listEvents } from "../../admin/events/list-events.ts";
import type { Places } from "../../admin/events/merge-logs.ts";
import { deliveriesOf } from "../../admin/deliveries/deliveries.ts";
import { visibilityOf } from "../../admin/records/visibility.ts";
import type { Base } from "../../admin/base.ts";
import type { Config } from "../../config/config.ts";
import { renderPayload } from "../../diff/event.ts";
import { ENDLESS } from "../../store/events/patience.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { toDeliveryAnswer } from "../../ops/api/deliveries/delivery-answer.ts";
import { toEventAnswer } from "../../ops/api/events/event-answer.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";
import { sensitiveFieldsOf } from "../../resources/registry.ts";

type Print = (line: string) => void;

interface Shown {
  readonly json: boolean;
  readonly paint: Paint;
}

/** The events of the log, the newest first. Of their content only which fields changed. */
export async function listRecorded(
  config: Config,
  { limit, query }: { readonly limit: number; readonly query: Omit<EventQuery, "order"> },
  { json }: Shown,
  print: Print,
): Promise<void> {
  const found = await withBase(config, async (base) => {
    const events = await collect(base, query, limit);
    await noteReading(base, cliCaller(), { via: "cli", what: "listEvents", shown: events });
    return events;
  });
  if (json) {
    // As GET /v1/events?payload=ids: without values, like the lines for people.
    const answers = found.map((event) => toEventAnswer(event, { payload: "ids", include: [] }));
    print(JSON.stringify(answers, null, 2));
    return;
  }
  const head = ["when", "account", "type", "subject", "event", "changed"];
  const rows = found.map((event) => [
    toIsoSeconds(event.committedAt),
    event.account,
    typeOf(event),
    event.subject.id,
    event.eventId,
    event.body.state === "kept" ? event.body.event.data.changed.join(", ") : event.body.state,
  ]);
  print(rows.length === 0 ? "No event of this kind is in the log." : formatTable([head, ...rows]));
}

/** Until there are enough, or the log has been seen whole. */
async function collect(
  base: Base,
  query: Omit<EventQuery, "order">,
  limit: number,
): Promise<readonly ListedEvent[]> {
  const visibility = await visibilityOf(base, cliCaller());
  const found: ListedEvent[] = [];
  for (let from: Places | undefined; ;) {
    const asked = { ...query, order: "newest_first" as const };
    const page = await listEvents(base, visibility, asked, { from, count: limit - found.length }, ENDLESS);
    found.push(...page.events);
    if (!page.next || found.length >= limit) return found;
    from = page.next;
  }
}

/** One event with its body (without sensitive fields, but for those named) and what became of it. */
export async function showRecorded(
  config: Config,
  eventId: string,
  include: readonly string[],
  { json, paint }: Shown,
  print: Print,
): Promise<void> {
  const { event, deliveries } = await withBase(config, async (base) => {
    const found = await findEvent(base, await visibilityOf(base, cliCaller()), eventId, ENDLESS);
    const shown = found.kind === "found" ? found : [];
    await noteReading(base, cliCaller(), { via: "cli", what: "readEvent", shown });
    if (found.kind !== "found") {
      const remedy = "look for it: cliniko-webhooks events list";
      throw problemAt("<event>", `there is no event "${eventId}", or it is older than the retention`, remedy);
    }
    return {
      event: found.event,
      deliveries: await deliveriesOf(base, cliCaller(), eventId, ENDLESS),
    };
  });
  const body: unknown =
    event.body.state === "kept"
      ? JSON.parse(renderPayload(event.body.event, sensitiveFieldsOf(event.subject.type), "full", include))
      : null;
  const sent = deliveries.map(({ endpoint, delivery }) => ({
    endpoint: endpoint.id,
    state: delivery.state,
    since: toIsoSeconds(delivery.since),
    attempts: delivery.attempts.length,
  }));
  if (json) {
    const answer = toEventAnswer(event, { payload: "full", include });
    const answers = deliveries.map(({ endpoint, delivery }) =>
      toDeliveryAnswer(cliCaller(), endpoint, delivery),
    );
    print(JSON.stringify({ ...answer, deliveries: answers }, null, 2));
    return;
  }
  const when = event.committedAt === undefined ? "beside the log" : toIsoSeconds(event.committedAt);
  print(`${typeOf(event)} of ${event.account}/${event.subject.id}, committed ${when}`);
  print(body === null ? `Its content is ${event.body.state}.` : JSON.stringify(body, null, 2));
  const rows = sent.map(({ endpoint, state, since, attempts }) => [
    endpoint,
    paintState(paint, state),
    since,
    String(attempts),
  ]);
  print(
    rows.length === 0
      ? "No endpoint was given it."
      : formatTable([["endpoint", "state", "since", "attempts"], ...rows]),
  );
}

type Summary = Pick<ListedEvent, "account" | "body" | "eventId" | "subject" | "transitions"> & {
  readonly committedAt: number | undefined;
};

function typeOf({ subject, transitions }: Summary): string {
  return `${subject.type}.${transitions[0] ?? "updated"}`;
}

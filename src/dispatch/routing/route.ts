import { elapsedMs } from "../../shared/elapsed.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import type { Endpoint, EndpointStore } from "../../store/outbox/endpoint-store.ts";
import type { EventLog, LogEntry } from "../../store/events/event-log.ts";
import type { Outbox, OutboxEvent } from "../../store/outbox/outbox.ts";
import { holds, isSubscribed } from "./subscriptions.ts";

/** Entries handed on in one step. */
const BATCH = 500;

export interface RouteDeps {
  readonly log: Pick<EventLog, "read" | "readEvents">;
  readonly endpoints: Pick<EndpointStore, "ids" | "list">;
  readonly outbox: Pick<Outbox, "readPosition" | "add">;
  /** There may be something to do for this endpoint. */
  readonly wake: (endpoint: string) => Promise<void>;
  readonly now: () => number;
  /** How often Redis went back: what was seen before is not known any more. Undefined: it never does. */
  readonly incidents?: () => number;
}

/** All is looked at again this often, however quiet an account is: another shard of Redis may have gone back. */
const LOOK_CLOSELY_MS = 5 * 60_000;

/**
 * Gives every endpoint the events of an account that it wants and has not been given yet; resolves to how many deliveries
 * that made. How far an endpoint has come is kept beside what it was given and moves in the same step: a crash leaves
 * nothing out and gives nothing twice. Whether an endpoint is paused or disabled plays no part: what it wants is kept for it.
 */
export function createRouter(deps: RouteDeps): (account: string) => Promise<number> {
  const done = new Map<string, { endpoints: readonly Endpoint[]; position: string; at: number }>();
  let incidents = 0;
  return async (account) => {
    const incidentsNow = deps.incidents?.() ?? 0;
    if (incidentsNow !== incidents) done.clear();
    incidents = incidentsNow;
    const endpoints = await deps.endpoints.list();
    const before = done.get(account);
    if (before?.endpoints === endpoints && elapsedMs(deps.now(), before.at) < LOOK_CLOSELY_MS) {
      // Nothing new since this process saw all endpoints come up to here: one small read.
      if ((await deps.log.read(account, before.position, 1)).length === 0) return 0;
    }
    const at = deps.now();
    const { given, position } = await routeAccount(deps, account, endpoints);
    if (position !== undefined) done.set(account, { endpoints, position, at });
    return given;
  };
}

interface Place {
  readonly endpoint: Endpoint;
  position: string;
  given: number;
}

async function routeAccount(
  deps: RouteDeps,
  account: string,
  endpoints: readonly Endpoint[],
): Promise<{ given: number; position: string | undefined }> {
  const places: Place[] = await Promise.all(
    endpoints.map(async (endpoint) => ({
      endpoint,
      // The later one: a position may be of an endpoint that had the same name before.
      position: later(await deps.outbox.readPosition(endpoint.id, account), beforeIts(endpoint)),
      given: 0,
    })),
  );
  const written = new Set<string>();
  let position = places.map((place) => place.position).reduce<string | undefined>(earlier, undefined);
  while (position !== undefined) {
    const entries = await deps.log.read(account, position, BATCH);
    const last = entries.at(-1);
    if (!last) break;
    const readEvent = createEventReader(deps.log, account, entries);
    await Promise.all(
      places.map(async (place) => {
        const due = entries.filter((entry) => isAfter(entry.position, place.position));
        if (due.length === 0) return;
        const wanted = await select(place.endpoint, account, due, readEvent);
        place.given += await deps.outbox.add(place.endpoint.id, account, wanted, last.position);
        place.position = last.position;
        // Also when none was new: the answer of an earlier try may have been lost, and the wake with it.
        if (wanted.length > 0) await deps.wake(place.endpoint.id);
        written.add(place.endpoint.id);
      }),
    );
    position = last.position;
  }
  await wakeDeleted(deps, written);
  return { position, given: places.reduce((sum, place) => sum + place.given, 0) };
}

/** What was given to an endpoint that has been deleted since is for its job to remove. */
async function wakeDeleted({ endpoints, wake }: RouteDeps, written: ReadonlySet<string>): Promise<void> {
  if (written.size === 0) return;
  const left = new Set(await endpoints.ids());
  for (const id of written) if (!left.has(id)) await wake(id);
}

/** A new endpoint is given what is committed from its making on. */
function beforeIts({ createdAt }: Endpoint): string {
  return `${createdAt}-0`;
}

async function select(
  endpoint: Endpoint,
  account: string,
  entries: readonly LogEntry[],
  readEvent: (eventId: string) => Promise<WebhookEvent | undefined>,
): Promise<OutboxEvent[]> {
  const { settings } = endpoint;
  const wanted: OutboxEvent[] = [];
  for (const { position, ...entry } of entries) {
    if (!isSubscribed(settings, account, entry)) continue;
    if (settings.when.length > 0) {
      const event = await readEvent(entry.eventId);
      // Fail direction: what cannot be looked into is delivered; the receiver can tell that it did not ask for it.
      if (event && !holds(settings.when, event)) continue;
    }
    const order = settings.ordering === "subject" ? orderOf(position) : undefined;
    wanted.push({ ...entry, at: Number(position.split("-")[0]), order });
  }
  return wanted;
}

/** Reads the bodies of a batch once, and only if some endpoint's conditions need them. */
function createEventReader(
  log: Pick<EventLog, "readEvents">,
  account: string,
  entries: readonly LogEntry[],
): (eventId: string) => Promise<WebhookEvent | undefined> {
  let reading: ReturnType<EventLog["readEvents"]> | undefined;
  return async (eventId) => {
    reading ??= log.readEvents(
      account,
      entries.map((entry) => entry.eventId),
    );
    const found = (await reading).get(eventId);
    return found instanceof Error ? undefined : found;
  };
}

/** Stream ids as text that sorts by name. */
export function orderOf(position: string): string {
  const [ms = "", n = ""] = position.split("-");
  return `${ms.padStart(13, "0")}-${n.padStart(10, "0")}`;
}

function isAfter(position: string, other: string): boolean {
  return orderOf(position) > orderOf(other);
}

function later(position: string | undefined, other: string): string {
  return position !== undefined && isAfter(position, other) ? position : other;
}

function earlier(found: string | undefined, position: string): string {
  return found === undefined || isAfter(found, position) ? position : found;
}

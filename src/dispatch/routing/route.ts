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
  readonly outbox: Pick<Outbox, "readPosition" | "add" | "addFrom">;
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
  const done = new Map<string, Done>();
  let incidents = 0;
  return async (account) => {
    const incidentsNow = deps.incidents?.() ?? 0;
    if (incidentsNow !== incidents) done.clear();
    incidents = incidentsNow;
    const at = deps.now();
    const before = done.get(account);
    const isFresh = before !== undefined && elapsedMs(at, before.at) < LOOK_CLOSELY_MS;
    const [endpoints, first] = await Promise.all([
      deps.endpoints.list(),
      isFresh ? readFrom(deps.log, account, before.places) : undefined,
    ]);
    let given = 0;
    if (first && before?.endpoints === endpoints) {
      // This process saw all endpoints come up to there: where nothing is new, that was all.
      if (first.length === 0) return 0;
      const told = await giveAll(deps, account, before.places, first, true);
      if (!told.elsewhere) return told.given;
      given = told.given;
    }
    // Where they are is known to the outbox alone.
    done.delete(account);
    const places = await findPlaces(deps, account, endpoints);
    const told = await giveAll(deps, account, places, await readFrom(deps.log, account, places), false);
    if (places.length > 0) done.set(account, { endpoints, places, at });
    return given + told.given;
  };
}

/** How far an endpoint has come in an account's log. */
interface Place {
  readonly endpoint: Endpoint;
  position: string;
  /** As its outbox has it; empty: nothing yet. */
  stored: string;
}

/** What a process knows of an account since it has looked. */
interface Done {
  readonly endpoints: readonly Endpoint[];
  readonly places: readonly Place[];
  readonly at: number;
}

async function findPlaces(
  { outbox }: RouteDeps,
  account: string,
  endpoints: readonly Endpoint[],
): Promise<readonly Place[]> {
  return await Promise.all(
    endpoints.map(async (endpoint) => {
      const stored = await outbox.readPosition(endpoint.id, account);
      // The later one: a position may be of an endpoint that had the same name before.
      return { endpoint, position: later(stored, beforeIts(endpoint)), stored: stored ?? "" };
    }),
  );
}

/** What comes after the place that is furthest behind. */
async function readFrom(
  log: RouteDeps["log"],
  account: string,
  places: readonly Place[],
): Promise<readonly LogEntry[]> {
  const position = places.map((place) => place.position).reduce<string | undefined>(earlier, undefined);
  return position === undefined ? [] : await log.read(account, position, BATCH);
}

interface Given {
  readonly given: number;
  /** An endpoint was not where it was known to be: somebody else has moved it on, or Redis has gone back. */
  readonly elsewhere: boolean;
}

/** @param known whether to give only to those that are where they are known to be; the others get what is new to them */
async function giveAll(
  deps: RouteDeps,
  account: string,
  places: readonly Place[],
  first: readonly LogEntry[],
  known: boolean,
): Promise<Given> {
  const written = new Set<string>();
  const told = { given: 0, elsewhere: false };
  const give = async (place: Place, entries: readonly LogEntry[], readEvent: ReadEvent): Promise<void> => {
    const last = entries.at(-1);
    const due = entries.filter((entry) => isAfter(entry.position, place.position));
    if (!last || due.length === 0) return;
    const { id } = place.endpoint;
    const wanted = await select(place.endpoint, account, due, readEvent);
    const step = [id, account, wanted, last.position] as const;
    const added = await (known ? deps.outbox.addFrom(place.stored, ...step) : deps.outbox.add(...step));
    if (added === "elsewhere") told.elsewhere = true;
    else {
      told.given += added;
      place.position = last.position;
      place.stored = last.position;
    }
    // Also when none was new: the answer of an earlier try may have been lost, and the wake with it.
    if (wanted.length > 0) await deps.wake(id);
    written.add(id);
  };
  for (let entries = first; entries.length > 0 && !told.elsewhere;) {
    const readEvent = createEventReader(deps.log, account, entries);
    const present = entries;
    await Promise.all(places.map(async (place) => await give(place, present, readEvent)));
    entries = present.length < BATCH ? [] : await deps.log.read(account, present.at(-1)?.position, BATCH);
  }
  await wakeDeleted(deps, written);
  return told;
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
  readEvent: ReadEvent,
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

type ReadEvent = (eventId: string) => Promise<WebhookEvent | undefined>;

/** Reads the bodies of a batch once, and only if some endpoint's conditions need them. */
function createEventReader(
  log: Pick<EventLog, "readEvents">,
  account: string,
  entries: readonly LogEntry[],
): ReadEvent {
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

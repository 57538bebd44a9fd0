import { elapsedMs } from "../../shared/elapsed.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import type { Endpoint, EndpointStore } from "../../store/outbox/endpoint-store.ts";
import type { EventLog, LogEntry } from "../../store/events/event-log.ts";
import { createPlaceFinder } from "../../store/events/log-loss.ts";
import type { LogBounds, LogReader } from "../../store/events/log-reader.ts";
import { committedAt } from "../../store/events/position.ts";
import type { Outbox, OutboxEvent } from "../../store/outbox/outbox.ts";
import { holds, isSubscribed } from "./subscriptions.ts";

/** Entries handed on in one step. */
const BATCH = 500;

export interface RouteDeps {
  readonly log: Pick<EventLog, "read" | "readEvents"> & Pick<LogReader, "at" | "bounds" | "has">;
  readonly endpoints: Pick<EndpointStore, "ids" | "list">;
  readonly outbox: Pick<Outbox, "readPlace" | "add" | "addFrom">;
  /** There may be something to do for this endpoint. */
  readonly wake: (endpoint: string) => Promise<void>;
  /**
   * Something is on its way to this endpoint. True: whoever delivers to it looks for it now, and need not be woken. Should it look too
   * early, it looks once more before it rests.
   */
  readonly expect?: (endpoint: string) => boolean;
  readonly now: () => number;
  /** An account's log is not what it was: it is given out again from before. `lost`: the first place in it that is there no more. */
  readonly onWentBack?: (account: string, lost: string) => void;
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
  return oneAtATime(createRound(deps));
}

/**
 * One round of an account at a time: two would be in each other's way. Who comes while one is under way shares the next, which has
 * everything that was committed until then.
 */
function oneAtATime(round: (account: string) => Promise<number>): (account: string) => Promise<number> {
  const present = new Map<string, Promise<number>>();
  const next = new Map<string, Promise<number>>();
  const begin = async (account: string): Promise<number> => {
    const running = round(account);
    present.set(account, running);
    try {
      return await running;
    } finally {
      present.delete(account);
    }
  };
  const beginAfter = async (account: string, before: Promise<number>): Promise<number> => {
    await before.catch(() => 0);
    next.delete(account);
    return await begin(account);
  };
  return async (account) => {
    const waiting = next.get(account);
    if (waiting) return await waiting;
    const before = present.get(account);
    if (!before) return await begin(account);
    const after = beginAfter(account, before);
    next.set(account, after);
    return await after;
  };
}

function createRound(deps: RouteDeps): (account: string) => Promise<number> {
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
      isFresh ? readBehind(deps.log, account, before.places) : undefined,
    ]);
    let given = 0;
    if (first && first !== "lost" && before?.endpoints === endpoints) {
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
    await anchor(deps.log, account, places);
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
  /** An entry of the log stands there: where it stands no more, the log is not what it was. */
  anchored: boolean;
}

/** What a process knows of an account since it has looked. */
interface Done {
  readonly endpoints: readonly Endpoint[];
  readonly places: readonly Place[];
  readonly at: number;
}

async function findPlaces(
  deps: RouteDeps,
  account: string,
  endpoints: readonly Endpoint[],
): Promise<readonly Place[]> {
  const bounds = await deps.log.bounds(account);
  const standingOf = createPlaceFinder(deps.log, account, bounds);
  let lost: string | undefined;
  const places = await Promise.all(
    endpoints.map(async (endpoint): Promise<Place> => {
      const { isGiven, position, stored } = await readPlace(deps.outbox, endpoint, account);
      const standing = isGiven ? await standingOf(position) : "removed";
      if (standing !== "lost") return { endpoint, position, stored, anchored: standing === "there" };
      lost = earlier(lost, position);
      // Written down first: what is read from there on moves it forward again.
      const back = beforeLoss(bounds, endpoint);
      await deps.outbox.addFrom(stored, endpoint.id, account, [], back);
      return { endpoint, position: back, stored: back, anchored: false };
    }),
  );
  if (lost !== undefined) deps.onWentBack?.(account, lost);
  return places;
}

/** How far an endpoint has come in an account's log. Not given: nobody has given it anything yet, it is where it begins. */
async function readPlace(
  outbox: Pick<Outbox, "readPlace">,
  { createdAt, id }: Endpoint,
  account: string,
): Promise<{ readonly position: string; readonly stored: string; readonly isGiven: boolean }> {
  const { madeAt, position } = await outbox.readPlace(id, account);
  const stored = position ?? "";
  // Its own: a place of this log, whatever the clocks of the nodes say.
  if (madeAt === createdAt && position !== undefined) return { position, stored, isGiven: true };
  // An account that came after the endpoint has nothing from before it, and the clock of its node may be behind.
  const made = `${Math.max(0, createdAt - (madeAt === createdAt ? CLOCKS_APART_MS : 0))}-0`;
  // Of a release that did not write down where it begins. The later one: the position may be of an endpoint that had the
  // same name before.
  const isGiven = position !== undefined && isAfter(position, made);
  return { position: isGiven ? position : made, stored, isGiven };
}

/** By how much the clocks of two nodes may differ before an event is missed. */
const CLOCKS_APART_MS = 3_600_000;

/** All of so long before is given out anew; what an endpoint has been given it keeps, and is not given again. */
const BEFORE_LOSS_MS = 86_400_000;

function beforeLoss({ last }: LogBounds, { createdAt }: Endpoint): string {
  const lastAt = committedAt(last);
  // Nothing from before the endpoint. A log that ends before that is of a node whose clock is further behind: it says nothing then.
  const madeAt = createdAt - CLOCKS_APART_MS;
  return `${Math.max(0, lastAt - BEFORE_LOSS_MS, madeAt <= lastAt ? madeAt : 0)}-0`;
}

/** After everything was given: they stand at the last entry, or where they stood. */
async function anchor(log: Pick<LogReader, "has">, account: string, places: readonly Place[]): Promise<void> {
  const looked = new Map<string, Promise<boolean>>();
  for (const place of places) {
    if (place.anchored) continue;
    const looking = looked.get(place.position) ?? log.has(account, place.position);
    looked.set(place.position, looking);
    place.anchored = await looking;
  }
}

/** The same of what has been seen before, in one small read: "lost" where the entry that they stand at is there no more. */
async function readBehind(
  log: RouteDeps["log"],
  account: string,
  places: readonly Place[],
): Promise<readonly LogEntry[] | "lost"> {
  const behind = places.reduce<Place | undefined>(
    (found, place) => (found && !isAfter(found.position, place.position) ? found : place),
    undefined,
  );
  if (!behind?.anchored) return await readFrom(log, account, places);
  const [at, ...entries] = await log.at(account, behind.position, BATCH + 1);
  return at?.position === behind.position ? entries : "lost";
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
    const adding = known ? deps.outbox.addFrom(place.stored, ...step) : deps.outbox.add(...step);
    // Redis answers in turn: what a worker of this process asks now is asked behind it.
    const isExpected = wanted.length > 0 && deps.expect?.(id) === true;
    const added = await adding;
    if (added === "elsewhere") told.elsewhere = true;
    else {
      told.given += added;
      place.position = last.position;
      place.stored = last.position;
      place.anchored = true;
    }
    // Also when none was new: the answer of an earlier try may have been lost, and the wake with it.
    if (wanted.length > 0 && (!isExpected || added === "elsewhere")) await deps.wake(id);
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

function earlier(found: string | undefined, position: string): string {
  return found === undefined || isAfter(found, position) ? position : found;
}

import { ConfigError } from "../../shared/errors.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { formatSpan } from "../../admin/format-span.ts";
import { type BringDeps, type FeedEvent, bringEvent } from "./bring-event.ts";
import { type FeedAnswer, type FeedClient, type FeedPlace, eventIdOf } from "./feed-client.ts";
import type { SleepWatch } from "./sleep-watch.ts";
import type { ListenState, StateFile } from "./state-file.ts";
import { type Waits, sleep, waitMsAfter } from "./waits.ts";
import { limitSignal } from "../../shared/limit-signal.ts";

/*
 * From the feed to the developer's receiver:
 *
 *   unconnected ──page──▶ connected ──page──▶ connected      every event of a page is brought before the next page is read
 *        ▲                    │
 *        └─ unavailable, slept┘                              says so, and reads on from the same place
 *
 * The place moves behind an event once that event is done with, so whatever ends this process, no event is passed by; one
 * that was answered in the last moment may come twice. A gap is said, and what is still kept is read from its beginning.
 */

export interface ForwardDeps extends BringDeps {
  readonly feed: FeedClient;
  readonly state: Pick<StateFile, "write">;
  readonly sleepWatch: Pick<SleepWatch, "signal">;
  /** How long the service is asked to wait for an event. */
  readonly pollMs: number;
  /** Between tries to reach the service. */
  readonly serverWaits: Waits;
}

export interface Forwarded {
  readonly taken: number;
  readonly passedOver: number;
  readonly gaps: number;
}

const PAGE = 100;
/** To count what waits: as many as the service gives at once, and no more pages than a person waits for. */
const COUNT_PAGE = 500;
const MOST_COUNTED = 5_000;

interface Run {
  state: ListenState;
  connected: boolean;
  /** Whether the service has answered in this run at all. */
  worked: boolean;
  /** Tries in a row that did not reach it. */
  failures: number;
  /** Since when, unix ms. */
  failingSince: number;
  /** Whether it goes on from where it was before. */
  resumed: boolean;
  taken: number;
  passedOver: number;
  gaps: number;
}

/**
 * Forwards until `signal` fires.
 * @param resumed whether the place was kept from a former run
 * @throws ConfigError when the service says that asking again would not help
 */
export async function forwardFeed(
  deps: ForwardDeps,
  kept: ListenState,
  resumed: boolean,
  signal: AbortSignal,
): Promise<Forwarded> {
  const run: Run = {
    state: kept,
    connected: false,
    worked: false,
    failures: 0,
    failingSince: 0,
    resumed,
    taken: 0,
    passedOver: 0,
    gaps: 0,
  };
  while (!signal.aborted) await step(deps, run, signal);
  return { taken: run.taken, passedOver: run.passedOver, gaps: run.gaps };
}

async function step(deps: ForwardDeps, run: Run, signal: AbortSignal): Promise<void> {
  const awakening = deps.sleepWatch.signal;
  const asked = { limit: PAGE, waitMs: run.connected ? deps.pollMs : 0 };
  const [askedAt, before] = [deps.now(), run.state.place];
  using limited = limitSignal([signal, awakening]);
  const answer = await deps.feed.read(run.state.place, asked, limited.signal);
  switch (answer.kind) {
    case "page":
      await takePage(deps, run, answer, signal);
      // One that does not wait, whatever it was asked for, is not asked without end.
      if (asked.waitMs > 0 && isSame(before, run.state.place) && deps.now() - askedAt < asked.waitMs / 2) {
        await sleep(deps.serverWaits.firstMs, signal);
      }
      return;
    case "gap":
      run.gaps += 1;
      deps.print(`GAP: ${answer.detail}`);
      deps.print(
        "     What was removed cannot be told any more. Going on with the oldest that is kept: some may come twice.",
      );
      await keep(deps, run, { place: { from: "oldest" }, done: [] });
      return;
    case "unavailable":
      await waitForService(deps, run, answer, signal);
      return;
    case "unusable":
      // What stands before the service may answer for it while it restarts.
      if (answer.surely || !run.worked) throw new ConfigError("the feed", answer.problems);
      await waitForService(
        deps,
        run,
        { detail: answer.problems[0]?.message ?? "", retryAfterMs: undefined },
        signal,
      );
      return;
    case "left":
      if (signal.aborted) return;
      run.connected = false;
      deps.print(`awake again after ${formatSpan(Number(awakening.reason))}`);
  }
}

async function takePage(
  deps: ForwardDeps,
  run: Run,
  page: Extract<FeedAnswer, { kind: "page" }>,
  signal: AbortSignal,
): Promise<void> {
  const events = page.bodies.map(toEvent);
  const done = new Set(run.state.done);
  const open = events.filter(({ id }) => !done.has(id));
  // `now` is nowhere until it is kept as a position: before that, nothing is promised.
  const beginning = "from" in run.state.place && run.state.place.from === "now";
  if (!beginning) await sayConnected(deps, run, { ...page, open: open.length }, signal);
  for (const event of open) {
    const brought = await bringEvent(deps, event, signal);
    switch (brought) {
      case "left":
        return;
      case "taken":
        run.taken += 1;
        break;
      case "passed_over":
        run.passedOver += 1;
        break;
    }
    await keep(deps, run, { ...run.state, done: [...run.state.done, event.id], lastAt: deps.now() });
  }
  const place: FeedPlace = { after: page.next };
  // A page of nothing new moves nothing: the disk is left alone.
  if (events.length > 0 || !isSame(run.state.place, place))
    await keep(deps, run, { ...run.state, place, done: [] });
  if (beginning) await sayConnected(deps, run, { bodies: [], next: page.next, open: 0 }, signal);
}

/** @throws ConfigError: what has no id cannot be an event, and passing over it would lose it silently */
function toEvent(body: string): FeedEvent {
  const id = eventIdOf(body);
  if (id !== undefined) return { id, body };
  throw new ConfigError("the feed", [
    {
      path: "--server",
      message: "has something in its feed that is no event",
      remedy: "use the release of cliniko-webhooks that the service has",
    },
  ]);
}

async function keep(deps: ForwardDeps, run: Run, state: Omit<ListenState, "secret">): Promise<void> {
  run.state = { ...state, secret: run.state.secret };
  await deps.state.write(run.state);
}

function isSame(one: FeedPlace, other: FeedPlace): boolean {
  return "after" in one && "after" in other && one.after === other.after;
}

/** Says that all is well, once, and only when the service has answered. */
async function sayConnected(
  deps: ForwardDeps,
  run: Run,
  page: { readonly bodies: readonly string[]; readonly next: string; readonly open: number },
  signal: AbortSignal,
): Promise<void> {
  if (run.connected) return;
  const { print, now } = deps;
  if (run.failures > 0) print(`the service is back after ${formatSpan(now() - run.failingSince)}`);
  const behind = await countBehind(deps, page, signal);
  if (run.resumed) {
    print(`ready: resumed from ${describePlace(run.state)}, ${behind} behind`);
  } else {
    print(`ready: ${behind} to come`);
  }
  run.connected = true;
  run.worked = true;
  run.resumed = true;
  run.failures = 0;
}

function describePlace({ place, lastAt }: ListenState): string {
  if (lastAt !== undefined) return `the event brought at ${toIsoSeconds(lastAt)}`;
  if ("after" in place) return "the kept position, behind which nothing was brought yet";
  return place.from === "oldest" ? "the oldest event that is kept" : place.from;
}

/** How many wait, in words. */
async function countBehind(
  { feed }: Pick<ForwardDeps, "feed">,
  page: { readonly bodies: readonly string[]; readonly next: string; readonly open: number },
  signal: AbortSignal,
): Promise<string> {
  let count = page.open;
  let { next } = page;
  for (let size = page.bodies.length; size > 0 && count < MOST_COUNTED;) {
    const more = await feed.read({ after: next }, { limit: COUNT_PAGE, waitMs: 0 }, signal);
    if (more.kind !== "page") return `at least ${inWords(count)}`;
    size = more.bodies.length;
    count += size;
    next = more.next;
  }
  return count >= MOST_COUNTED ? `more than ${inWords(MOST_COUNTED)}` : inWords(count);
}

function inWords(count: number): string {
  return `${count} ${count === 1 ? "event" : "events"}`;
}

async function waitForService(
  { now, print, serverWaits }: ForwardDeps,
  run: Run,
  { detail, retryAfterMs }: { readonly detail: string; readonly retryAfterMs: number | undefined },
  signal: AbortSignal,
): Promise<void> {
  if (run.failures === 0) {
    run.failingSince = now();
    const remedy = run.worked ? "" : " Is it started, with its ops role, and is --server its address?";
    print(`not ready: the feed cannot be read (${detail}).${remedy} Trying until it can.`);
  }
  run.connected = false;
  run.failures += 1;
  await sleep(Math.max(retryAfterMs ?? 0, waitMsAfter(run.failures, serverWaits)), signal);
}

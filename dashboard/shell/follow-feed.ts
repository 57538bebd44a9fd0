import type { Callback } from "../api/answers.ts";
import { isPassing } from "../api/is-passing.ts";
import { ProblemError } from "../api/problem.ts";
import { request } from "../api/request.ts";
import { limitSignal } from "../../src/shared/limit-signal.ts";

export interface FeedListener {
  /** The oldest first. */
  readonly onEvents: (events: readonly Callback[]) => void;
  /** The service does not answer. Told again at every further try. */
  readonly onAway: () => void;
  /** It answers after all. */
  readonly onBack: () => void;
  /** The session has ended: nothing more will come. */
  readonly onSignedOut: () => void;
}

interface Feed {
  readonly events: readonly Callback[];
  readonly next: string;
}

/** A waiting request is renewed after this long: shorter than what proxies put up with. */
const WAIT = "25s";
/** A machine that has slept, or moved to another network, waits for an answer that never comes. */
const GIVEN_UP_MS = 40_000;
const RETRY_MS = 3_000;
/** What an event changes is read anew at most so often. */
const CALM_MS = 1_000;

/** Asks, waits for the answer, and asks on from there, until the signal comes or the session ends. */
export async function followFeed(signal: AbortSignal, listener: FeedListener): Promise<void> {
  let after: string | undefined;
  let isAway = false;
  while (!signal.aborted) {
    using limited = limitSignal([signal], GIVEN_UP_MS);
    try {
      const from = after === undefined ? { from: "now" } : { after };
      // Answered at once after an outage, to know that it is over; else each answer may take its time.
      const wait = isAway ? {} : { wait: WAIT };
      const { events, next } = await request<Feed>("/feed", {
        query: { ...from, ...wait, payload: "ids" },
        signal: limited.signal,
      });
      after = next;
      if (isAway) listener.onBack();
      isAway = false;
      if (events.length > 0) {
        listener.onEvents(events);
        await pause(CALM_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError && error.status === 401) {
        listener.onSignedOut();
        return;
      }
      if (!(error instanceof ProblemError) || isPassing(error)) {
        isAway = true;
        listener.onAway();
      }
      // Where it was may be gone (410) after a long sleep: what happened meanwhile is on the pages, not in this list.
      after = undefined;
      await pause(RETRY_MS, signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

import { afterEach, describe, expect, test, vi } from "vitest";

import type { FeedAnswer, FeedClient, FeedPlace } from "../../../src/cli/forward/feed-client.ts";
import { type ForwardDeps, forwardFeed } from "../../../src/cli/forward/forward-feed.ts";
import { createSleepWatch } from "../../../src/cli/forward/sleep-watch.ts";
import type { ListenState } from "../../../src/cli/forward/state-file.ts";
import { waitMsAfter } from "../../../src/cli/forward/waits.ts";
import { isInClear } from "../../../src/cli/trigger/receiver-url.ts";
import { createSigner } from "../../../src/dispatch/signing/sign.ts";
import { createSigningKey } from "../../../src/dispatch/signing/signing-keys.ts";
import { ConfigError } from "../../../src/shared/errors.ts";
import { eventOf } from "../../support/stored-things.ts";

const body = (id: string): string => JSON.stringify(eventOf({ id }));
const page = (next: string, ...ids: readonly string[]): FeedAnswer => ({
  kind: "page",
  bodies: ids.map(body),
  next,
});

interface Asked {
  readonly place: FeedPlace;
  readonly waitMs: number;
}

/** Answers from a list, then ends the run: what is under way is broken off, as by Ctrl-C. */
async function play(
  answers: readonly (FeedAnswer | ((signal: AbortSignal) => Promise<FeedAnswer>))[],
  more: Partial<ForwardDeps> & { readonly kept?: ListenState } = {},
) {
  const { kept, ...deps } = more;
  const stopping = new AbortController();
  const [asked, lines, written, sent]: [Asked[], string[], ListenState[], string[]] = [[], [], [], []];
  const feed: FeedClient = {
    async read(place, { waitMs }, signal) {
      const answer = answers[asked.length];
      asked.push({ place, waitMs });
      if (answer === undefined) {
        stopping.abort();
        return { kind: "left" };
      }
      return typeof answer === "function" ? await answer(signal) : answer;
    },
  };
  const forwarded = await forwardFeed(
    {
      feed,
      state: { write: async (state) => void written.push(state) },
      sleepWatch: { signal: new AbortController().signal },
      pollMs: 30_000,
      waits: { firstMs: 1, mostMs: 1 },
      serverWaits: { firstMs: 1, mostMs: 1 },
      key: createSigningKey("v1", 0),
      signer: createSigner(),
      send: async ({ headers }) => {
        sent.push(headers["webhook-id"] ?? "");
        return { kind: "answered", status: 204, tookMs: 1, excerpt: "" };
      },
      skipFailed: false,
      now: () => Date.UTC(2026, 10, 22, 3, 15),
      print: (line) => void lines.push(line),
      ...deps,
    },
    kept ?? { place: { from: "now" }, done: [] },
    kept !== undefined,
    stopping.signal,
  );
  return { forwarded, asked, lines, written, sent };
}

describe("positions", () => {
  test("the place moves behind each event once it is done with, and behind the page at its end", async () => {
    const { written, forwarded } = await play([page("p1"), page("p2", "evt_1", "evt_2")]);
    expect(written.map(({ place, done }) => [place, done])).toEqual([
      [{ after: "p1" }, []],
      [{ after: "p1" }, ["evt_1"]],
      [{ after: "p1" }, ["evt_1", "evt_2"]],
      [{ after: "p2" }, []],
    ]);
    expect(forwarded).toEqual({ taken: 2, passedOver: 0, gaps: 0 });
  });

  test("answers with nothing new leave the disk alone", async () => {
    expect((await play([page("p1"), page("p1"), page("p1")])).written).toHaveLength(1);
  });

  test("`now` is kept before it is called ready", async () => {
    const order: string[] = [];
    await play([page("p1")], {
      state: { write: async () => void order.push("kept") },
      print: (line) => void order.push(line),
    });
    expect(order).toEqual(["kept", "ready: 0 events to come"]);
  });

  test("what was done with of the page is not brought again, and the rest is", async () => {
    const kept = { place: { after: "p1" }, done: ["evt_1"], lastAt: Date.UTC(2026, 10, 22) };
    const { sent, lines } = await play([page("p2", "evt_1", "evt_2"), page("p2")], { kept });
    expect(sent).toEqual(["evt_2"]);
    expect(lines[0]).toBe("ready: resumed from the event brought at 2026-11-22T00:00:00Z, 1 event behind");
  });

  test("more than can be counted quickly is said as that", async () => {
    const many = Array.from({ length: 600 }, (_, index) => `evt_${index}`);
    const pages = Array.from({ length: 11 }, (_, index) => page(`p${index}`, ...many.slice(0, 500)));
    const { lines } = await play([page("p", "evt_a"), ...pages], {
      kept: { place: { after: "o" }, done: [] },
    });
    expect(lines[0]).toBe(
      "ready: resumed from the kept position, behind which nothing was brought yet, more than 5000 events behind",
    );
  });

  test.each([
    ["oldest", "ready: resumed from the oldest event that is kept, 1 event behind"],
    ["2026-11-22T08:00:00Z", "ready: resumed from 2026-11-22T08:00:00Z, 1 event behind"],
  ])("a kept place of %s is called that", async (from, said) => {
    const { lines } = await play([page("p1", "evt_1"), page("p1")], { kept: { place: { from }, done: [] } });
    expect(lines[0]).toBe(said);
  });

  test("something without an id ends it: passing it over would lose an event", async () => {
    await expect(play([{ kind: "page", bodies: ['{"hello":1}'], next: "p" }])).rejects.toThrow(ConfigError);
  });
});

describe("a machine that has slept", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("asks anew instead of waiting for a connection from before", async () => {
    const awakening = new AbortController();
    let sleeping: Promise<FeedAnswer> | undefined;
    const { lines, asked } = await play(
      [
        page("p1"),
        async (signal) => {
          sleeping = new Promise((resolve) => {
            signal.addEventListener("abort", () => resolve({ kind: "left" }));
          });
          awakening.abort(3 * 3_600_000);
          return await sleeping;
        },
        page("p2", "evt_1"),
        page("p2"),
      ],
      {
        sleepWatch: {
          get signal() {
            return awakening.signal.aborted ? new AbortController().signal : awakening.signal;
          },
        },
      },
    );
    expect(lines.slice(1, 3)).toEqual([
      "awake again after 3 h",
      "ready: resumed from the kept position, behind which nothing was brought yet, 1 event behind",
    ]);
    expect(asked.map(({ waitMs }) => waitMs).slice(0, 3)).toEqual([0, 30_000, 0]);
  });

  test("is noticed by its clock, and one that was merely busy is not", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    let now = 0;
    using watch = createSleepWatch(() => now, 2_000);
    const { signal } = watch;
    now = 9_000;
    vi.advanceTimersByTime(2_000);
    expect(signal.aborted).toBe(false);
    now += 3_600_000;
    vi.advanceTimersByTime(2_000);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(3_598_000);
    expect(watch.signal.aborted).toBe(false);
  });
});

test("waits double up to the longest", () => {
  const waits = { firstMs: 1_000, mostMs: 30_000 };
  expect([1, 2, 3, 5, 6, 50].map((failures) => waitMsAfter(failures, waits))).toEqual([
    1_000, 2_000, 4_000, 16_000, 30_000, 30_000,
  ]);
});

test.each([
  ["http://crm.example/", true],
  ["http://192.168.1.4/", true],
  ["http://127.0.0.1.example/", true],
  ["https://crm.example/", false],
  ["http://127.0.0.1:3000/", false],
  ["http://localhost/", false],
  ["http://app.localhost/", false],
  ["http://[::1]:3000/", false],
])("%s goes in clear over a network: %s", (url, clear) => {
  expect(isInClear(new URL(url))).toBe(clear);
});

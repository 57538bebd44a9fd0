import { z } from "zod";

import type { Problem } from "../../shared/errors.ts";
import { causeOf } from "../terminal/cause-of.ts";
import { FEED_TYPE, describeRefusal } from "./describe-refusal.ts";
import { limitSignal } from "../../shared/limit-signal.ts";

/** What is to be in the feed, in the words of the API. An endpoint's own settings stand for all others. */
export interface FeedFilter {
  readonly endpoint?: string | undefined;
  readonly types?: string | undefined;
  readonly accounts?: string | undefined;
  readonly payload?: string | undefined;
  readonly include?: string | undefined;
  readonly expand?: string | undefined;
  readonly local_time?: "true" | undefined;
}

/** Behind a position that the service gave us, or where one begins who has none: `now`, `oldest` or a moment. */
export type FeedPlace = { readonly after: string } | { readonly from: string };

export type FeedAnswer =
  /** Each body is the very text of a callback's. */
  | { readonly kind: "page"; readonly bodies: readonly string[]; readonly next: string }
  /** Events behind the place were removed for their age. */
  | { readonly kind: "gap"; readonly detail: string }
  /** Nothing that is wrong with what we asked: it may go well the next time. */
  | {
      readonly kind: "unavailable";
      readonly detail: string;
      readonly retryAfterMs: number | undefined;
    }
  /** Asking again would not help. `surely`: it is our service that says so, and not something in front of it. */
  | { readonly kind: "unusable"; readonly problems: readonly Problem[]; readonly surely: boolean }
  /** `signal` fired before there was an answer. */
  | { readonly kind: "left" };

export interface FeedClient {
  /** Never rejects. */
  read(
    place: FeedPlace,
    asked: { readonly limit: number; readonly waitMs: number },
    signal: AbortSignal,
  ): Promise<FeedAnswer>;
}

export interface FeedClientOptions {
  readonly server: URL;
  readonly token: string;
  readonly filter: FeedFilter;
  /** How much longer than it was asked to wait an answer may take. */
  readonly patienceMs: number;
}

/** Reads the feed of a running service. */
export function createFeedClient({ server, token, filter, patienceMs }: FeedClientOptions): FeedClient {
  return {
    async read(place, { limit, waitMs }, signal) {
      // A proxy may have it under a path of its own.
      const url = new URL(`${server.origin}${server.pathname.replace(/\/+$/, "")}/v1/feed`);
      const query = { ...place, ...filter, limit: String(limit), wait: `${waitMs}ms` };
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) url.searchParams.set(name, value);
      }
      using limited = limitSignal([signal], waitMs + patienceMs);
      try {
        const response = await fetch(url, {
          headers: { authorization: `Bearer ${token}`, accept: FEED_TYPE },
          redirect: "manual",
          signal: limited.signal,
        });
        const text = await response.text();
        return response.status === 200
          ? toPage(server, response, text)
          : describeRefusal(server, filter, response, text);
      } catch (error) {
        if (signal.aborted) return { kind: "left" };
        const detail = limited.signal.aborted
          ? `nothing within ${(waitMs + patienceMs) / 1_000} s`
          : causeOf(error);
        return { kind: "unavailable", detail, retryAfterMs: undefined };
      }
    },
  };
}

function toPage(server: URL, response: Response, text: string): FeedAnswer {
  const next = response.headers.get("x-next-position");
  if (next === null || response.headers.get("content-type") !== FEED_TYPE) {
    return describeRefusal(server, {}, response, text);
  }
  const lines = text.split("\n");
  const isWhole = lines.pop() === "";
  // A proxy may end in good order what broke off behind it.
  const sent = Number(response.headers.get("x-event-count") ?? lines.length);
  if (!isWhole || lines.length !== sent)
    return { kind: "unavailable", detail: "broken off", retryAfterMs: undefined };
  return { kind: "page", bodies: lines, next };
}

const headSchema = z.object({ id: z.string().min(1) });

/** What `webhook-id` is to be; undefined: it is no event. */
export function eventIdOf(body: string): string | undefined {
  try {
    return headSchema.safeParse(JSON.parse(body)).data?.id;
  } catch {
    return undefined;
  }
}

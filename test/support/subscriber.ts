import type { IncomingHttpHeaders } from "node:http";

import { verifyWebhook } from "../../src/public/verify.ts";
import { type Received, type RecordingServer, startHttp } from "./local-servers.ts";
import { SECRET } from "./test-config.ts";

/** What a subscriber is asked, and what came before it. */
export interface Asked {
  readonly request: Received;
  readonly before: readonly Received[];
}

/** The status that a subscriber answers. */
export type Judge = (asked: Asked) => number;

export interface SubscriberHabits {
  /** `whsec_…` or `whpk_…`. */
  readonly secret?: string;
  readonly toleranceSeconds?: number;
  /** The bytes that it verifies; default: as they came. */
  readonly body?: (request: Received) => string;
  /** The headers that it looks at; default: as they came. */
  readonly headers?: (request: Received) => IncomingHttpHeaders;
  /** What it answers to what is verified; default 204. */
  readonly taken?: Judge;
  /** What it answers to what is not; default 401. */
  readonly refused?: number;
}

/** A subscriber as it should be, but for the habits that a test gives it. */
export function subscriberWith(habits: SubscriberHabits = {}): Judge {
  const { secret = SECRET, toleranceSeconds, taken = () => 204, refused = 401 } = habits;
  return (asked) => {
    const { request } = asked;
    const verification = verifyWebhook({
      secrets: [secret],
      headers: habits.headers?.(request) ?? request.headers,
      body: habits.body?.(request) ?? request.body,
      nowMs: Date.now(),
      ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
    });
    return verification.kind === "verified" ? taken(asked) : refused;
  };
}

export function isDuplicate({ request, before }: Asked): boolean {
  return before.some(({ headers }) => headers["webhook-id"] === request.headers["webhook-id"]);
}

export async function startSubscriber(judge: Judge): Promise<RecordingServer> {
  const before: Received[] = [];
  return await startHttp((request, response) => {
    const status = judge({ request, before: [...before] });
    before.push(request);
    response.writeHead(status).end();
  });
}

import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import type { WebhookEvent } from "../../src/diff/event.ts";
import { type VerifiedCallback, startReceiver } from "../../src/sandbox/http/receiver.ts";

/** How a subscriber behaves. */
export interface CrashSubscriber {
  readonly name: string;
  readonly events: readonly string[];
  readonly concurrency: number;
  readonly ordering: "none" | "subject";
  readonly answersAfterMs: number;
  /** Shares of events whose first call fails; the second is always accepted. */
  readonly fails: { readonly with500: number; readonly with429: number; readonly silent: number };
}

export interface CrashReceiver extends AsyncDisposable {
  readonly subscriber: CrashSubscriber;
  readonly url: string;
  /** Event ids that were answered with 2xx. */
  readonly accepted: ReadonlySet<string>;
  readonly tally: Tally;
}

export interface Tally {
  /** Calls for an event that had been accepted before. */
  duplicates: number;
  /** Calls for an event whose bytes were not those of its first call. */
  changedBytes: number;
  /** First calls for an event before every earlier one of its subject was accepted. */
  disorders: number;
  failed: number;
}

/** Beyond the sender's patience. */
const SILENCE_MS = 20_000;

/** A subscriber that verifies, keeps count of what the promises forbid, and fails now and then. */
export async function startCrashReceiver(
  subscriber: CrashSubscriber,
  secret: string,
): Promise<CrashReceiver> {
  const accepted = new Set<string>();
  const hashes = new Map<string, string>();
  const acceptedUpTo = new Map<string, number>();
  const tally: Tally = { duplicates: 0, changedBytes: 0, disorders: 0, failed: 0 };

  const look = ({ webhookId, body }: VerifiedCallback, { subject, sequence }: WebhookEvent): boolean => {
    const bytes = hash("sha256", body);
    const former = hashes.get(webhookId);
    hashes.set(webhookId, bytes);
    if (former !== undefined && former !== bytes) tally.changedBytes += 1;
    if (accepted.has(webhookId)) tally.duplicates += 1;
    if (former === undefined && sequence > (acceptedUpTo.get(subject.id) ?? 0) + 1) tally.disorders += 1;
    return former === undefined;
  };
  const accept = (webhookId: string, { subject, sequence }: WebhookEvent): number => {
    accepted.add(webhookId);
    acceptedUpTo.set(subject.id, Math.max(sequence, acceptedUpTo.get(subject.id) ?? 0));
    return 204;
  };

  const receiver = await startReceiver({
    secret,
    answer: async (callback) => {
      const event = callback.event as WebhookEvent;
      const isFirst = look(callback, event);
      const { with500, with429, silent } = subscriber.fails;
      // The same events fail however often this is run: their ids decide.
      const draw = isFirst ? parseInt(hash("sha256", callback.webhookId).slice(0, 8), 16) / 2 ** 32 : 1;
      if (draw < with500 + with429 + silent) tally.failed += 1;
      if (draw < silent) await delay(SILENCE_MS, undefined, { ref: false });
      else await delay(subscriber.answersAfterMs);
      if (draw < silent + with500) return 500;
      if (draw < silent + with500 + with429) return 429;
      return accept(callback.webhookId, event);
    },
  });
  return {
    subscriber,
    url: receiver.url,
    accepted,
    tally,
    async [Symbol.asyncDispose]() {
      if (receiver.refused.length > 0) throw new Error(`${receiver.refused.length} calls were not genuine`);
      await receiver[Symbol.asyncDispose]();
    },
  };
}

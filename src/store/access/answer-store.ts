import { createHash, randomBytes } from "node:crypto";

import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { pack, unpack } from "../sealing/packing.ts";
import { defineScript } from "../redis/script.ts";

/** What was answered to a request, to be answered again. It may hold a secret, so it rests sealed. */
const answerSchema = z.strictObject({ request: z.string(), answer: z.string() });

/** What is known of a request that may have been made before. */
export type Remembered =
  /** Nobody has it: it is the caller's, until `keep` or `release`, or for a minute. `claim` names the holding. */
  | { readonly kind: "first"; readonly claim: string }
  /** The same request, under way in another place. */
  | { readonly kind: "under_way" }
  /** The same request, done. */
  | { readonly kind: "answered"; readonly answer: string }
  /** The key was used for another request. */
  | { readonly kind: "other_request" };

/** Answers by idempotency key. `scope` is whose key it is, so that nobody is given another's answer. */
export interface AnswerStore {
  claim(scope: string, key: string, request: string): Promise<Remembered>;
  /** Kept for a day. */
  keep(scope: string, key: string, claim: string, kept: { request: string; answer: string }): Promise<void>;
  /** Nothing came of it: the key is free again. */
  release(scope: string, key: string, claim: string): Promise<void>;
}

const KEEP_MS = 24 * 60 * 60_000;
/** How long a request may be under way. Its process may have died. */
const CLAIM_MS = 60_000;

/** `c` and what follows: a claim. `a`: an answer. Only the holder of the claim may end it. */
const KEEP = defineScript(
  { keys: ["answer"], args: ["claim", "sealed", "ttl"] },
  `
if redis.call('GET', answer) ~= claim then return 0 end
redis.call('SET', answer, sealed, 'PX', ttl)
return 1`,
);
const RELEASE = defineScript(
  { keys: ["answer"], args: ["claim"] },
  `
if redis.call('GET', answer) ~= claim then return 0 end
return redis.call('DEL', answer)`,
);

export function createAnswerStore(redis: Redis, keys: Pick<Keys, "answer">, keyring: Keyring): AnswerStore {
  return {
    async claim(scope, key, request) {
      const place = placeOf(scope, key);
      const claim = `c${randomBytes(12).toString("base64url")}.${hashOf(request)}`;
      for (;;) {
        if ((await redis.set(keys.answer(place), claim, "PX", CLAIM_MS, "NX")) === "OK") {
          return { kind: "first", claim };
        }
        const found = await redis.getBuffer(keys.answer(place));
        // It ended in between: tried again.
        if (!found) continue;
        if (found[0] === "c".charCodeAt(0)) {
          const same = found.toString("latin1").split(".")[1] === hashOf(request);
          return { kind: same ? "under_way" : "other_request" };
        }
        const opened = unpack(keyring.open(found.subarray(1), contextOf(place)));
        const kept = answerSchema.parse(JSON.parse(opened));
        return kept.request === hashOf(request)
          ? { kind: "answered", answer: kept.answer }
          : { kind: "other_request" };
      }
    },

    async keep(scope, key, claim, { request, answer }) {
      const place = placeOf(scope, key);
      const text = JSON.stringify({ request: hashOf(request), answer });
      const sealed = Buffer.concat([Buffer.from("a"), keyring.seal(pack(text), contextOf(place))]);
      await KEEP.run(redis, { keys: { answer: keys.answer(place) }, args: { claim, sealed, ttl: KEEP_MS } });
    },

    async release(scope, key, claim) {
      await RELEASE.run(redis, { keys: { answer: keys.answer(placeOf(scope, key)) }, args: { claim } });
    },
  };
}

function contextOf(place: string): string {
  return `answers/${place}`;
}

/** A key is whatever the caller wrote: it may be long, or tell something. */
function placeOf(scope: string, key: string): string {
  return hashOf(JSON.stringify([scope, key]));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

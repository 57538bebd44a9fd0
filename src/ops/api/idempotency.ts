import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import type { Base } from "../../admin/base.ts";
import { ApiError } from "./api-error.ts";
import { callerOf } from "./authenticate.ts";
import { boundedText } from "./query-fields.ts";

/** Headers of a request that makes something. */
export const idempotencyHeaders = z.object({
  "idempotency-key": boundedText(200)
    .regex(/^[\x21-\x7e]{1,200}$/, "is not a key: use 1 to 200 letters, digits and signs, without blanks")
    .optional()
    .meta({
      description:
        "A word of your own for this very request, like a UUID. Sent again within 24 hours, with the same body, it makes nothing new and is answered with what was made, as it is now (`idempotent-replayed: true`); 410 when that is not there any more.",
      examples: ["5f0d1c9e-6a7b-4d5e-9c1f-2b3a4c5d6e7f"],
    }),
});

/** What a request made: its id, and what else is needed to answer again without keeping what it is. */
const madeSchema = z.object({
  id: z.string(),
  /** When the endpoint's signing key was made, unix ms: its secret is told again as long as that is the key. */
  key: z.number().optional(),
  /** Of a token alone, which is kept nowhere else: the secret, as `ToldAgain` seals it. */
  sealed: z.string().optional(),
});
export type Made = z.infer<typeof madeSchema>;

export interface Once<Answer> {
  readonly carryOut: () => Promise<{ readonly made: Made; readonly answer: Answer }>;
  /** Answers with what was made then, as it is now. @throws ApiError when it is not there any more */
  readonly replay: (made: Made) => Promise<Answer>;
}

/** What an answer takes in Redis for its day, key, name and seal included: measured. */
const ANSWER_BYTES = 420;

/**
 * Carries a request out once for its idempotency key, whatever the network does. Without a key it is carried out. What is kept
 * names what was made, and holds nothing of it: a day's answers take little room, and tell nothing that is not so any more.
 */
export async function once<Answer>(
  { answers, keptBytes }: Pick<Base, "answers" | "keptBytes">,
  request: FastifyRequest,
  reply: FastifyReply,
  { carryOut, replay }: Once<Answer>,
): Promise<Answer> {
  const key = idempotencyHeaders.parse(request.headers)["idempotency-key"];
  if (key === undefined) return (await carryOut()).answer;
  const caller = callerOf(request);
  const scope = `${caller.id} ${request.method} ${request.routeOptions.url ?? ""}`;
  // What it is asked of counts too: the same key and body for another endpoint is another request.
  const asked = JSON.stringify([request.params, request.body]);
  const found = await answers.claim(scope, key, asked);
  switch (found.kind) {
    case "answered":
      reply.header("idempotent-replayed", "true");
      // A former release kept the whole answer, which has the id, too.
      return await replay(madeSchema.parse(JSON.parse(found.answer)));
    case "under_way":
      throw new ApiError("under_way", "A request with this Idempotency-Key is under way.", {
        headers: { "retry-after": "1" },
      });
    case "other_request":
      throw new ApiError("key_reused", "This Idempotency-Key was used for a request with another body.");
    case "first":
      return await keepAnswer(found.claim);
  }

  async function keepAnswer(claim: string): Promise<Answer> {
    let done: Awaited<ReturnType<typeof carryOut>>;
    try {
      done = await carryOut();
    } catch (error) {
      // Nothing was made: what was wrong can be mended and sent with the same key.
      await answers.release(scope, key ?? "", claim);
      throw error;
    }
    await answers.keep(scope, key ?? "", claim, { request: asked, answer: JSON.stringify(done.made) });
    if (caller.role === "subscriber") await keptBytes.note(caller.id, ANSWER_BYTES);
    return done.answer;
  }
}

/** What the key made was there. It is not made again: whoever wants another one says so with another key. */
export function madeAndGone(what: string, id: string): ApiError {
  return new ApiError(
    "gone",
    `The ${what} "${id}" that this Idempotency-Key made is not there any more. To make another one, send another key.`,
  );
}

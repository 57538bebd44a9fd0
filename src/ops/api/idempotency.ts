import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import type { Base } from "../../base.ts";
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
        "A word of your own for this very request, like a UUID. Sent again within 24 hours, with the same body, it makes nothing new and is answered as the first time (`idempotent-replayed: true`).",
      examples: ["5f0d1c9e-6a7b-4d5e-9c1f-2b3a4c5d6e7f"],
    }),
});

/** Carries a request out once for its idempotency key, whatever the network does. Without a key it is carried out. */
export async function once<Answer>(
  { answers }: Pick<Base, "answers">,
  request: FastifyRequest,
  reply: FastifyReply,
  schema: z.ZodType<Answer>,
  carryOut: () => Promise<Answer>,
): Promise<Answer> {
  const key = idempotencyHeaders.parse(request.headers)["idempotency-key"];
  if (key === undefined) return await carryOut();
  const scope = `${callerOf(request).id} ${request.method} ${request.routeOptions.url ?? ""}`;
  // What it is asked of counts too: the same key and body for another endpoint is another request.
  const asked = JSON.stringify([request.params, request.body]);
  const found = await answers.claim(scope, key, asked);
  switch (found.kind) {
    case "answered":
      reply.header("idempotent-replayed", "true");
      return schema.parse(JSON.parse(found.answer));
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
    let answer: Answer;
    try {
      answer = await carryOut();
    } catch (error) {
      // Nothing was made: what was wrong can be mended and sent with the same key.
      await answers.release(scope, key ?? "", claim);
      throw error;
    }
    await answers.keep(scope, key ?? "", claim, { request: asked, answer: JSON.stringify(answer) });
    return answer;
  }
}

import type { FastifyInstance } from "fastify";

import { readPublicJwks } from "../admin/endpoints/endpoint-keys.ts";
import type { Base } from "../admin/base.ts";

export interface KeySetDeps {
  readonly base: Pick<Base, "endpoints" | "now">;
  readonly notReady: () => Promise<string | undefined>;
}

/** Anybody may ask, as often as they like: the endpoints are looked through once in this time. */
const FRESH_MS = 5_000;

/** `/.well-known/jwks.json`: what verifies signatures of v1a, for anyone (RFC 7517). */
export function registerKeySet(server: FastifyInstance, { base, notReady }: KeySetDeps): void {
  let kept: { readonly until: number; readonly text: Promise<string> } | undefined;
  const read = async (): Promise<string> => JSON.stringify({ keys: await readPublicJwks(base) });
  server.get("/.well-known/jwks.json", async (_request, reply) => {
    const reason = await notReady();
    if (reason !== undefined) return await reply.code(503).send({ status: "not_ready", reason });
    const now = base.now();
    kept =
      kept && now < kept.until && kept.until <= now + FRESH_MS
        ? kept
        : { until: now + FRESH_MS, text: read() };
    try {
      const text = await kept.text;
      return await reply
        .type("application/jwk-set+json")
        .header("cache-control", "max-age=60")
        .send(Buffer.from(text));
    } catch (error) {
      kept = undefined;
      throw error;
    }
  });
}

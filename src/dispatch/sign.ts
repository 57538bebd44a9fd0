import { createHmac } from "node:crypto";

import type { Secret } from "../config/secret.ts";

/**
 * The headers of one attempt, Standard Webhooks v1: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
 * `eventId` is the same for every attempt, the timestamp (unix seconds) is the attempt's own.
 * Source: standard-webhooks spec v1.0.0; held against its vectors in test/unit/dispatch/sign.test.ts.
 */
export function signatureHeaders(
  secret: Secret,
  eventId: string,
  timestamp: number,
  body: string,
): { "webhook-id": string; "webhook-timestamp": string; "webhook-signature": string } {
  const key = Buffer.from(secret.reveal().replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${eventId}.${timestamp}.${body}`).digest("base64");
  return {
    "webhook-id": eventId,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  };
}

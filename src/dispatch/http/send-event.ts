import { callbackBody } from "../../diff/callback-body.ts";
import { CLOUD_EVENTS_TYPE } from "../../diff/cloud-event.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import type { Related } from "../../diff/related.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import type { DeliveryOutcome } from "../worker/outcome.ts";
import type { CallbackSender } from "./send-callback.ts";
import { type Signer, bodySignatureOf } from "../signing/sign.ts";

export interface SendDeps {
  readonly sender: Pick<CallbackSender, "send">;
  readonly signer: Signer;
  readonly now: () => number;
}

/** Brings one event to one endpoint, once: deliveries and tests alike go this way. `related`: see `relatedFor`; `traceparent`: of the span that it belongs to. Never rejects. */
export async function sendEvent(
  { sender, signer, now }: SendDeps,
  endpoint: Endpoint,
  event: WebhookEvent,
  related?: Related,
  traceparent?: string,
): Promise<DeliveryOutcome> {
  const { id, owner, settings, signingKeys } = endpoint;
  const { url, headers, concurrency, tls, bodySignature } = settings;
  const body = callbackBody(event, related, settings);
  const nowMs = now();
  const signed = signer.headers(signingKeys, event.id, Math.floor(nowMs / 1_000), body, nowMs);
  const ofBody = bodySignature === undefined ? undefined : bodySignatureOf(signingKeys, body, nowMs);
  return await sender.send(
    { id, url, owner, tls, connections: concurrency },
    {
      ...headers,
      ...(bodySignature && ofBody ? { [bodySignature]: ofBody } : {}),
      ...signed,
      ...(traceparent !== undefined && { traceparent }),
    },
    body,
    settings.format === "cloudevents" ? CLOUD_EVENTS_TYPE : undefined,
  );
}

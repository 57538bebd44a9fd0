import { randomUUID } from "node:crypto";

import type { Base } from "../base.ts";
import { toTestEvent } from "../../diff/endpoint-event.ts";
import { type DeliveryOutcome, type ErrorClass, errorClassOf } from "../../dispatch/worker/outcome.ts";
import { type SendDeps, sendEvent } from "../../dispatch/http/send-event.ts";
import type { Endpoint } from "../../store/outbox/endpoint-store.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import { openEndpoint } from "./open-endpoint.ts";
import { operatorsPause } from "./paused.ts";
import type { Refusal } from "../access/refusal.ts";

/** What a test came to. */
export interface TestResult {
  readonly kind: "tested";
  readonly outcome: DeliveryOutcome;
  /** Undefined: nothing went wrong. */
  readonly errorClass: ErrorClass | undefined;
  readonly durationMs: number;
}

/**
 * Sends one `endpoint.test` now, on the way that every callback goes: guard, signature, TLS, deadline. A 2xx enables an
 * endpoint that was disabled for failing; one that a person has paused stays paused, and to one that the operator has paused
 * its subscriber sends nothing.
 */
export async function testEndpoint(
  base: Base,
  caller: Caller,
  sending: SendDeps,
  endpoint: Endpoint,
): Promise<TestResult | Refusal> {
  const held = operatorsPause(caller, endpoint, "");
  if (held) return held;
  const { id, settings } = endpoint;
  const startedAt = base.now();
  const event = toTestEvent(base.identityKey, {
    endpointId: id,
    description: settings.description,
    testId: randomUUID(),
    now: startedAt,
  });
  const outcome = await sendEvent(sending, endpoint, event);
  if (outcome.kind === "delivered") await openEndpoint(base, endpoint, "test_passed");
  await noteChange(base, caller, { action: "endpoint.test", target: id, fields: [] });
  return { kind: "tested", outcome, errorClass: errorClassOf(outcome), durationMs: base.now() - startedAt };
}

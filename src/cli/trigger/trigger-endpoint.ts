import { toJson } from "../terminal/to-json.ts";
import { noteChange } from "../../admin/access/audit.ts";
import { sampleRelated } from "../../catalogue/sample-related.ts";
import type { Config } from "../../config/config.ts";
import type { EndpointSettings } from "../../config/endpoint-settings.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { sendEvent } from "../../dispatch/http/send-event.ts";
import { createSending } from "../../dispatch/http/sending.ts";
import { holds, isSubscribed } from "../../dispatch/routing/subscriptions.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { printOutcome } from "../terminal/print-outcome.ts";
import { findOrThrow } from "../terminal/refuse.ts";
import { withBase } from "../with-base.ts";
import { type TriggeredOptions, build } from "./run-trigger.ts";

type Print = (line: string) => void;

/**
 * Sends it to an endpoint now, the way every callback goes, with the endpoint's own payload level and headers. Unlike
 * `endpoints test`, a 2xx enables nothing. False: it was not answered with 2xx.
 */
export async function triggerEndpoint(
  given: TriggeredOptions,
  config: Config,
  id: string,
  print: Print,
): Promise<boolean> {
  // Before anything is opened: what was typed wrong is said also while the service is down.
  build(given);
  const sent = await withBase(config, async (base, stack) => {
    const endpoint = await findOrThrow(base, id);
    const built = build(given, accountFor(endpoint.settings, config));
    const startedAt = base.now();
    const result = await sendEvent(createSending(stack, base), endpoint, built, sampleRelated(built));
    const tookMs = base.now() - startedAt;
    await noteChange(base, cliCaller(), { action: "endpoint.test", target: id, fields: [] });
    return { event: built, outcome: result, durationMs: tookMs, wanted: isWanted(endpoint.settings, built) };
  });
  const { event, outcome, durationMs } = sent;
  if (given.json) {
    print(toJson({ id: event.id, type: event.type, ...outcome, durationMs }));
  } else {
    print(`${event.type} ${event.id} to ${id}${sent.wanted ? "" : ", which has not asked for such events"}`);
    printOutcome(outcome, durationMs, print);
  }
  return outcome.kind === "delivered";
}

function isWanted(settings: EndpointSettings, event: WebhookEvent): boolean {
  const entry = { subject: event.subject.type, transitions: event.data.transitions };
  return isSubscribed(settings, event.account, entry) && holds(settings.when, event);
}

/** A receiver may know only the accounts that it is sent. */
function accountFor({ accounts }: Pick<EndpointSettings, "accounts">, config: Config): string | undefined {
  return accounts?.[0] ?? config.accounts[0]?.name;
}

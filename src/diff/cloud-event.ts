import { isRecord } from "../shared/is-record.ts";
import type { WebhookEvent } from "./event.ts";

/** What a callback in this format says it is. Source: CloudEvents, HTTP protocol binding 1.0, structured mode. */
export const CLOUD_EVENTS_TYPE = "application/cloudevents+json";

/**
 * A body as a CloudEvent (1.0, structured JSON): the same `data`, and what stands around it as attributes. Those that CloudEvents
 * does not know are extensions, in small letters as it wants them.
 */
export function toCloudEvent(body: string): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was printed a moment ago
  const event = JSON.parse(body) as WebhookEvent;
  const { account, api_version, data, id, observed, origin, sequence, subject, timestamp, type } = event;
  return JSON.stringify({
    specversion: "1.0",
    id,
    source: `urn:cliniko-webhooks:${account}`,
    type,
    subject: `${subject.type}/${subject.id}`,
    time: timestamp,
    datacontenttype: "application/json",
    account,
    apiversion: api_version,
    // Text that sorts: the extension "sequence" of CloudEvents.
    sequence: String(sequence).padStart(10, "0"),
    observedafter: observed.after,
    observedat: observed.at,
    origin,
    data,
  });
}

/** The inverse, of what a sender of ours printed; undefined: it is no CloudEvent. What it says is not looked into. */
export function fromCloudEvent(parsed: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isRecord(parsed) || parsed["specversion"] === undefined) return undefined;
  const { account, apiversion, data, id, observedafter, observedat, origin, sequence, subject, time, type } =
    parsed;
  const [kind, ...rest] = String(subject).split("/");
  return {
    type,
    timestamp: time,
    id,
    api_version: apiversion,
    account,
    subject: { type: kind, id: rest.join("/") },
    sequence: Number(sequence),
    observed: { after: observedafter, at: observedat },
    origin,
    data,
  };
}

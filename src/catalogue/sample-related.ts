import { project } from "../diff/compare.ts";
import type { WebhookEvent } from "../diff/event.ts";
import { linkedRecords } from "../diff/links.ts";
import { HOME, type Related, type RelatedPart } from "../diff/related.ts";
import { readValues } from "../diff/values.ts";
import { type ResourceName, resources } from "../resources/registry.ts";
import { sampleOf } from "./make-example.ts";

/** What a made-up event leads to: of every link an ordinary record, made up as well. */
export function sampleRelated(event: WebhookEvent): Related {
  const parts = linkedRecords(event)
    .toReversed()
    .map(({ name, resource, id }) => [name, sampleOfRecord(resource, id)] as const);
  return { holdsBack: false, parts: new Map([[HOME, sampleOfRecord("businesses", "1")], ...parts]) };
}

function sampleOfRecord(name: ResourceName, id: string): RelatedPart {
  const resource = resources[name];
  const read = readValues(resource, project(resource, sampleOf(resource)));
  const values = new Map(Object.keys(resource.fields).map((field) => [field, read(field)]));
  return { state: "read", resource: name, id, values };
}

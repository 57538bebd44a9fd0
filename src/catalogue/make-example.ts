import { type AdoptContext, type Snapshot, adopt, adoptDisappearance } from "../diff/adopt.ts";
import { project } from "../diff/compare.ts";
import { type WebhookEvent, renderPayload } from "../diff/event.ts";
import { fingerprintOf } from "../diff/identity.ts";
import { toIsoSeconds } from "../shared/iso-time.ts";
import { linkTo } from "../resources/link-to.ts";
import type { Resource } from "../resources/resource.ts";
import type { Happening } from "../resources/transition.ts";

/** Examples are the same on every machine. */
export const EXAMPLE_KEY = Buffer.alloc(32, "an example");
export const EXAMPLE_ACCOUNT = "northside";

/** The ordinary record of a resource, as Cliniko would serve it. */
export function sampleOf({
  hasStamps,
  path,
  sample,
}: Pick<Resource, "hasStamps" | "path" | "sample">): Record<string, unknown> {
  const { id, created_at: at, ...rest } = sample;
  if (!hasStamps) return rest;
  return { id, created_at: at, updated_at: at, ...rest, ...linkTo(`${path}/${id}`) };
}

/**
 * The event that the service would really tell: the two versions of the record go through the same comparison as a
 * clinic's. As at payload level `full`, without sensitive fields.
 * @throws RangeError the example of a transition does not bring it about
 */
export function makeExample(resource: Resource, transition: string): object {
  const context: AdoptContext = {
    account: EXAMPLE_ACCOUNT,
    resource: resource.path,
    projection: resource,
    identityKey: EXAMPLE_KEY,
    baselineStartedAt: undefined,
  };
  const ordinary = sampleOf(resource);
  const own = resource.examples[transition];
  const at = own?.at ?? dayAfter(resource.sample.created_at);
  const event = happen(context, resource, ordinary, {
    at,
    ...resource.tells[transition]?.example({ ...ordinary, created_at: resource.sample.created_at }, at),
    ...own,
  });
  if (event?.data.transitions[0] !== transition)
    throw new RangeError(`${resource.path}: the example of "${transition}" makes no such event`);
  return toFull(event, resource.sensitive);
}

function dayAfter(iso: string): string {
  return toIsoSeconds(Date.parse(iso) + 86_400_000);
}

function happen(
  context: AdoptContext,
  { hasStamps, publicly, sample }: Pick<Resource, "hasStamps" | "publicly" | "sample">,
  ordinary: Readonly<Record<string, unknown>>,
  { at, before, after, how }: Happening & { readonly at: string },
): WebhookEvent | undefined {
  const happenedAt = Date.parse(at) / 1_000;
  const was = { ...ordinary, ...before };
  const { id } = sample;
  // Something happened before it that can be taken back.
  const known = snapshotOf(context, was, before || how === "back" ? 2 : 1);
  if (how === "gone") {
    const found = { id, presentAt: happenedAt - 3_600, deletedAt: happenedAt };
    return adoptDisappearance(context, known, found).event;
  }
  const record = { ...was, ...after, ...(hasStamps && { updated_at: at }) };
  const previous = how === "back" ? { ...known, deletedAt: happenedAt - 86_400 } : known;
  const adoption = adopt(context, how === "new" ? undefined : previous, {
    id,
    createdAt: hasStamps ? Date.parse(sample.created_at) / 1_000 : happenedAt,
    updatedAt: happenedAt,
    record,
    unchangedUntil: happenedAt - 6,
    readAt: happenedAt + 2,
    ...(publicly !== undefined && { source: "" }),
  });
  return adoption.kind === "adopted" ? adoption.event : undefined;
}

function snapshotOf(
  { projection, identityKey }: AdoptContext,
  record: Readonly<Record<string, unknown>>,
  sequence: number,
): Snapshot {
  const values = project(projection, record);
  return {
    fingerprint: fingerprintOf(identityKey, values),
    sequence,
    updatedAt: 0,
    projectionVersion: projection.version,
    values: () => values,
  };
}

export function toFull(event: WebhookEvent, sensitive: readonly string[]): object {
  const parsed: unknown = JSON.parse(renderPayload(event, sensitive, "full", []));
  return typeof parsed === "object" && parsed !== null ? parsed : {};
}

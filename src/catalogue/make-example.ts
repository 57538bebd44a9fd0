import { type AdoptContext, type Snapshot, adopt, adoptDisappearance } from "../diff/adopt.ts";
import { project } from "../diff/compare.ts";
import { type WebhookEvent, renderPayload } from "../diff/event.ts";
import { fingerprintOf } from "../diff/identity.ts";
import { type Projection, projections } from "../diff/projections.ts";

/** What happened to a record in an example. Only what differs from the subject's ordinary record is written down. */
export interface RecordExample {
  /** ISO, whole seconds. */
  readonly at: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  /**
   * new: nobody had seen it before · gone: Cliniko has answered twice that it is not there · back: it is there again after
   * that. A change of the record otherwise.
   */
  readonly how?: "new" | "gone" | "back";
  /** The event's number. */
  readonly sequence?: number;
}

/** Examples are the same on every machine. */
export const EXAMPLE_KEY = Buffer.alloc(32, "an example");
export const EXAMPLE_ACCOUNT = "northside";

/**
 * The event that the service would really tell: the two versions of the record go through the same comparison as a
 * clinic's. As at payload level `full`, without sensitive fields.
 */
export function makeExample(
  resource: keyof typeof projections,
  ordinary: Readonly<Record<string, unknown>>,
  example: RecordExample,
): object {
  const projection: Projection = projections[resource];
  const context: AdoptContext = {
    account: EXAMPLE_ACCOUNT,
    resource,
    projection,
    identityKey: EXAMPLE_KEY,
    baselineStartedAt: undefined,
  };
  const event = happen(context, ordinary, example);
  return event ? toFull(event, projection.sensitive) : {};
}

function happen(
  context: AdoptContext,
  ordinary: Readonly<Record<string, unknown>>,
  { at, before, after, how, sequence = 2 }: RecordExample,
): WebhookEvent | undefined {
  const happenedAt = Date.parse(at) / 1_000;
  const was = { ...ordinary, ...before };
  const id = String(ordinary["id"]);
  const known = snapshotOf(context, was, sequence - 1);
  if (how === "gone") {
    const found = { id, presentAt: happenedAt - 3_600, goneAt: happenedAt };
    return adoptDisappearance(context, known, found).event;
  }
  const record = { ...was, ...(how === "new" ? { created_at: at } : {}), ...after, updated_at: at };
  const previous = how === "back" ? { ...known, goneAt: happenedAt - 86_400 } : known;
  const adoption = adopt(context, how === "new" ? undefined : previous, {
    id,
    createdAt: Date.parse(String(record["created_at"])) / 1_000,
    updatedAt: happenedAt,
    record,
    unchangedUntil: happenedAt - 6,
    readAt: happenedAt + 2,
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

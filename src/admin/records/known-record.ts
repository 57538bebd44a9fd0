import type { Base } from "../base.ts";
import { baseUrlOf } from "../../cliniko/base-url.ts";
import { RESOURCE_NAMES, type ResourceName } from "../../cliniko/resources.ts";
import type { AccountConfig } from "../../config/config.ts";
import type { Snapshot } from "../../diff/adopt.ts";
import type { FieldValues } from "../../diff/compare.ts";
import { toWire } from "../../diff/normalise.ts";
import { type Projection, projections } from "../../diff/projections.ts";
import { isWithheld } from "./withheld-record.ts";

/** What is known of a record now. Times are unix seconds by Cliniko's clock. */
export type KnownRecord =
  | {
      readonly state: "present";
      readonly sequence: number;
      /** Cliniko's stamp of the version that is known. */
      readonly updatedAt: number;
      /** The watched fields as Cliniko serves them; sensitive ones only where they were asked for. */
      readonly fields: Readonly<Record<string, unknown>>;
      /** Watched fields that are left out. */
      readonly withheld: readonly string[];
    }
  | { readonly state: "deleted"; readonly sequence: number; readonly deletedAt: number }
  | { readonly state: "unknown" };

/** The resource that tells of a subject; undefined: no record does (`connection`, `endpoint`). */
export function resourceOf(subject: string): ResourceName | undefined {
  return RESOURCE_NAMES.find((name) => projections[name].subject === subject);
}

/** Out of what detection remembers: it costs Cliniko nothing. @throws UnreadableRecordError */
export async function readKnownRecord(
  { store }: Pick<Base, "store">,
  account: AccountConfig,
  resource: ResourceName,
  id: string,
  include: readonly string[],
): Promise<KnownRecord> {
  const snapshot = (await store.loadSnapshots(account.name, resource, [id])).get(id);
  if (!snapshot || (await isWithheld({ store }, account, resource, snapshot))) return { state: "unknown" };
  const { goneAt, sequence, updatedAt } = snapshot;
  if (goneAt !== undefined) return { state: "deleted", sequence, deletedAt: goneAt };
  const projection: Projection = projections[resource];
  const withheld = projection.sensitive.filter(
    (field) => Object.hasOwn(projection.fields, field) && !include.includes(field),
  );
  // Where links point is Cliniko's own host, also when it is read through a proxy.
  const baseUrl = baseUrlOf(account.apiKey.reveal());
  const fields = Object.entries(fieldsOf(projection, snapshot, baseUrl)).filter(
    ([name]) => !withheld.includes(name),
  );
  return { state: "present", sequence, updatedAt, fields: Object.fromEntries(fields), withheld };
}

/** In the order of the projection, by the names that the release which took the snapshot watched. */
function fieldsOf(
  projection: Projection,
  { projectionVersion, values }: Snapshot,
  baseUrl: string,
): Record<string, unknown> {
  const current = projectionVersion === projection.version;
  const names = current ? Object.keys(projection.fields) : (projection.former?.[projectionVersion] ?? []);
  const known: FieldValues = values();
  const entries = names.map((name, index) => {
    const kind = projection.fields[name] ?? "text";
    return [name, toWire(kind, known[index] ?? null, baseUrl)] as const;
  });
  return Object.fromEntries(entries);
}

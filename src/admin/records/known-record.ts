import type { Base } from "../base.ts";
import { baseUrlOf } from "../../cliniko/base-url.ts";
import type { AccountConfig } from "../../config/config.ts";
import { toWire } from "../../diff/normalise.ts";
import { type ResourceName, resources } from "../../resources/registry.ts";
import { namedValues } from "../../diff/values.ts";
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
  const { deletedAt, sequence, updatedAt } = snapshot;
  if (deletedAt !== undefined) return { state: "deleted", sequence, deletedAt };
  const { fields, sensitive } = resources[resource];
  const withheld = sensitive.filter((field) => Object.hasOwn(fields, field) && !include.includes(field));
  // Where links point is Cliniko's own host, also when it is read through a proxy.
  const baseUrl = baseUrlOf(account.apiKey.reveal());
  const shown = [...(namedValues(resources[resource], snapshot) ?? [])]
    .filter(([name]) => !withheld.includes(name))
    .map(([name, value]) => [name, toWire(fields[name] ?? "text", value, baseUrl)] as const);
  return { state: "present", sequence, updatedAt, fields: Object.fromEntries(shown), withheld };
}

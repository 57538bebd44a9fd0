import type { Base } from "../base.ts";
import type { AccountConfig } from "../../config/config.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import type { Refusal } from "../access/refusal.ts";
import { findEndpoint } from "../endpoints/find-endpoint.ts";

/** For each resource whether it was asked for now; false: it is under way already. */
export interface AskedBackfill {
  readonly kind: "asked";
  readonly resources: readonly { readonly resource: string; readonly added: boolean }[];
}

/** Asks for the present state of an account's resources, for one endpoint. */
export async function startBackfill(
  base: Pick<Base, "audit" | "endpoints" | "queues">,
  caller: Caller,
  { name: account, resources }: Pick<AccountConfig, "name" | "resources">,
  endpoint: string,
): Promise<AskedBackfill | Refusal> {
  if (!(await findEndpoint(base, caller, endpoint))) return { kind: "unknown" };
  const asked: { resource: string; added: boolean }[] = [];
  for (const resource of resources) {
    const added = await base.queues.addBackfill({ account, resource, endpoint, pass: 0, sent: 0 });
    asked.push({ resource, added });
  }
  const fields = asked.filter(({ added }) => added).map(({ resource }) => `${account}/${resource}`);
  if (fields.length > 0)
    await noteChange(base, caller, { action: "endpoint.backfill", target: endpoint, fields });
  return { kind: "asked", resources: asked };
}

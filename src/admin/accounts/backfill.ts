import type { Base } from "../base.ts";
import type { AccountConfig } from "../../config/config.ts";
import { noteChange } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";
import type { Refusal } from "../access/refusal.ts";
import { mayBeGiven } from "../../dispatch/routing/subscriptions.ts";
import { resourceAt } from "../../resources/registry.ts";
import { findEndpoint } from "../endpoints/find-endpoint.ts";

interface AskedResource {
  readonly resource: string;
  /** Whether it was asked for now; false: it is under way already, or must be named. */
  readonly added: boolean;
  /** It is confidential, and left out until the endpoint asks for this by name. */
  readonly must_name?: string;
}

export interface AskedBackfill {
  readonly kind: "asked";
  readonly resources: readonly AskedResource[];
}

/** Asks for the present state of an account's resources, for one endpoint. */
export async function startBackfill(
  base: Pick<Base, "audit" | "endpoints" | "queues">,
  caller: Caller,
  { name: account, resources }: Pick<AccountConfig, "name" | "resources">,
  endpoint: string,
): Promise<AskedBackfill | Refusal> {
  const found = await findEndpoint(base, caller, endpoint);
  if (!found) return { kind: "unknown" };
  const asked: AskedResource[] = [];
  for (const resource of resources) {
    const { subject } = resourceAt(resource);
    if (!mayBeGiven(found.settings, subject)) {
      asked.push({ resource, added: false, must_name: `${subject}.*` });
      continue;
    }
    const added = await base.queues.addBackfill({ account, resource, endpoint, pass: 0, sent: 0 });
    asked.push({ resource, added });
  }
  const fields = asked.filter(({ added }) => added).map(({ resource }) => `${account}/${resource}`);
  if (fields.length > 0)
    await noteChange(base, caller, { action: "endpoint.backfill", target: endpoint, fields });
  return { kind: "asked", resources: asked };
}

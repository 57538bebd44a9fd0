import { isDeepStrictEqual } from "node:util";

import type { Base } from "../base.ts";
import { asWritten } from "../../config/endpoint-schema.ts";
import type { EndpointSettings } from "../../config/endpoint-settings.ts";
import type { AuditEntry } from "../../store/access/audit-log.ts";
import type { Caller } from "./caller.ts";

/** Writes down that a caller has changed something. Call it once the change is made; before, where that is more than one step. */
export async function noteChange(
  { audit }: Pick<Base, "audit">,
  { id, name, role, requestId }: Caller,
  change: Omit<AuditEntry, "actor" | "requestId">,
): Promise<void> {
  await audit.append({ actor: { id, name, role }, requestId, ...change });
}

/** Names of the settings that differ, in the words of the configuration file. Their values may be secret. */
export function changedSettings(
  former: EndpointSettings | undefined,
  settings: EndpointSettings,
): Pick<AuditEntry, "fields" | "host"> {
  const [before, after] = [entriesOf(former), entriesOf(settings)];
  const fields = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => !isDeepStrictEqual(before.get(name), after.get(name)),
  );
  return { fields, host: fields.includes("url") ? new URL(settings.url).host : undefined };
}

function entriesOf(settings: EndpointSettings | undefined): ReadonlyMap<string, unknown> {
  const written = settings === undefined ? {} : asWritten(settings);
  return new Map(Object.entries(written).filter(([, value]) => value !== undefined));
}

import type { Base } from "../base.ts";
import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import type { LogEntry } from "../../store/events/event-log.ts";
import { type Caller, accountsOf } from "../access/caller.ts";
import { visibleEndpoints } from "../endpoints/find-endpoint.ts";

/** What somebody may see of the logs. */
export interface Visibility {
  /** Clinics, each of them configured. */
  readonly accounts: readonly string[];
  /** Endpoints of which they may be told what the service tells of itself; undefined: all. */
  readonly endpoints: ReadonlySet<string> | undefined;
}

export async function visibilityOf(
  base: Pick<Base, "config" | "endpoints">,
  caller: Caller,
): Promise<Visibility> {
  const accounts = accountsOf(caller, base.config);
  if (caller.role !== "subscriber") return { accounts, endpoints: undefined };
  return { accounts, endpoints: new Set((await visibleEndpoints(base, caller)).map(({ id }) => id)) };
}

/** The logs to read: the clinics', and the service's own. */
export function logsOf({ accounts }: Visibility): readonly string[] {
  return [...accounts, SERVICE_ACCOUNT];
}

/** What the service tells of itself names an endpoint: that of somebody else is not for everybody's eyes. */
export function isVisible(
  { accounts, endpoints }: Visibility,
  account: string,
  { record }: Pick<LogEntry, "record">,
): boolean {
  if (account !== SERVICE_ACCOUNT) return accounts.includes(account);
  return endpoints === undefined || endpoints.has(record);
}

import type { Base } from "../base.ts";
import type { Patience } from "../../store/events/patience.ts";
import { type Caller, accountsOf } from "../access/caller.ts";
import { RESOURCE_NAMES, resources } from "../../resources/registry.ts";
import { readKnownRecord } from "./known-record.ts";
import type { RecordName } from "./record-timeline.ts";

export interface FoundRecord extends RecordName {
  readonly state: "present" | "deleted";
}

/**
 * Every record that is known by an id, whatever kind it is and whichever account has it: two accounts may read one clinic.
 * @throws UnreadableRecordError
 */
export async function findRecords(
  base: Pick<Base, "config" | "store">,
  caller: Caller,
  id: string,
  { signal, isOver }: Patience,
): Promise<FoundRecord[] | "search_too_long"> {
  const visible = accountsOf(caller, base.config);
  const found: FoundRecord[] = [];
  // Account by account: with a thousand of them, others want to be served in between.
  for (const account of base.config.accounts) {
    if (!visible.includes(account.name)) continue;
    signal.throwIfAborted();
    if (isOver()) return "search_too_long";
    const known = await Promise.all(
      RESOURCE_NAMES.map(async (resource) => ({
        subject: resources[resource].subject,
        record: await readKnownRecord(base, account, resource, id, []),
      })),
    );
    for (const { subject, record } of known) {
      if (record.state !== "unknown") found.push({ account: account.name, subject, id, state: record.state });
    }
  }
  return found;
}

import type { Base } from "../base.ts";
import type { ListedAuditEntry } from "../../store/access/audit-log.ts";
import type { Patience } from "../../store/events/patience.ts";

/** Which changes; undefined: all. */
export interface ChangeQuery {
  /** The id of who made it, or the beginning of the name, in upper or lower case. */
  readonly actor?: string | undefined;
  /** The beginning of the action: `endpoint` or `endpoint.update`. */
  readonly action?: string | undefined;
  /** The beginning of the id of what was changed. */
  readonly target?: string | undefined;
}

export interface ChangePage {
  readonly changes: readonly ListedAuditEntry[];
  /** What the next page comes before; undefined: that was all. A page can be short, even empty, and not the last. */
  readonly next: string | undefined;
}

/** Entries looked at for one page. The list has no index: it is read by people, seldom. */
const MOST_LOOKED_AT = 5_000;
const BATCH = 500;

/** A page of what was changed, the newest first. */
export async function listChanges(
  { audit }: Pick<Base, "audit">,
  query: ChangeQuery,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
  { signal, isOver }: Patience,
): Promise<ChangePage> {
  const filtered = Object.values(query).some((value) => value !== undefined);
  // One more than asked for tells whether there is another page.
  const batch = filtered ? BATCH : limit + 1;
  const changes: ListedAuditEntry[] = [];
  let place = before;
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += batch) {
    signal.throwIfAborted();
    const entries = await audit.newest(batch, place);
    for (const entry of entries) {
      if (changes.length === limit) return { changes, next: place };
      place = entry.position;
      if (isMeant(query, entry)) changes.push(entry);
    }
    if (entries.length < batch) return { changes, next: undefined };
    if (isOver()) break;
  }
  return { changes, next: place };
}

function isMeant({ action = "", actor, target = "" }: ChangeQuery, entry: ListedAuditEntry): boolean {
  if (!entry.action.startsWith(action) || !entry.target.startsWith(target)) return false;
  const { id, name } = entry.actor;
  return actor === undefined || id === actor || name.toLowerCase().startsWith(actor.toLowerCase());
}

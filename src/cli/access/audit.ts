import { type ChangeQuery, listChanges } from "../../admin/records/list-changes.ts";
import type { Config } from "../../config/config.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { ListedAuditEntry } from "../../store/access/audit-log.ts";
import { ENDLESS } from "../../store/events/patience.ts";
import { toAuditAnswer } from "../../ops/api/access/audit-routes.ts";
import { isPosition } from "../../store/events/position.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

const BATCH = 500;

/** The newest changes. */
export async function listAudit(
  config: Config,
  { action, actor, target }: ChangeQuery,
  { json, limit }: { readonly json: boolean; readonly limit: number },
  print: Print,
): Promise<void> {
  const changes = await withBase(config, async (base) => {
    const found: ListedAuditEntry[] = [];
    for (let before: string | undefined; found.length < limit;) {
      const page = { before, limit: limit - found.length };
      const { changes: more, next } = await listChanges(base, { action, actor, target }, page, ENDLESS);
      found.push(...more);
      before = next;
      if (before === undefined) break;
    }
    return found;
  });
  if (json) {
    print(JSON.stringify(changes.map(toAuditAnswer), null, 2));
    return;
  }
  const rows = changes.map(({ action: what, actor: who, at, fields, target: whom }) => [
    toIsoSeconds(at),
    who.name,
    what,
    whom,
    fields.join(", "),
  ]);
  print(
    rows.length === 0
      ? "Nobody has changed anything of this kind."
      : formatTable([["when", "who", "what", "of", "fields"], ...rows]),
  );
}

/** All changes, the oldest first, a line each. */
export async function exportAudit(config: Config, after: string | undefined, print: Print): Promise<void> {
  if (after !== undefined && !isPosition(after)) {
    throw problemAt(
      "--after",
      `"${after}" is not the id of a line`,
      "use the id of the last line that you have",
    );
  }
  await withBase(config, async ({ audit }) => {
    for (let place = after; ;) {
      const entries = await audit.oldest(BATCH, place);
      for (const entry of entries) print(JSON.stringify(toAuditAnswer(entry)));
      place = entries.at(-1)?.position;
      if (place === undefined) return;
    }
  });
}

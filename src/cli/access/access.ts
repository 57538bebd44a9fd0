import { readFileSync } from "node:fs";

import {
  type AccessMark,
  type VerifiedAccess,
  exportAccess as readExport,
  newestAccess,
  verifyAccess as verifyKept,
  verifyExport,
} from "../../admin/access/verify-access.ts";
import type { Config } from "../../config/config.ts";
import { toAccessAnswer } from "../../ops/api/access/access-routes.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

/** The newest readings and deliveries. */
export async function listAccess(
  config: Config,
  { json, limit }: { readonly json: boolean; readonly limit: number },
  print: Print,
): Promise<void> {
  const lines = await withBase(config, async (base) => await newestAccess(base, limit));
  if (json) {
    print(JSON.stringify(lines.map(toAccessAnswer), null, 2));
    return;
  }
  const head = ["when", "who", "via", "what", "account", "whose"];
  const rows = lines.map(({ at, who, via, what, account = "", subjects }) => [
    toIsoSeconds(at),
    who,
    via,
    what,
    account,
    subjects.length > 3
      ? `${subjects.slice(0, 3).join(", ")} and ${subjects.length - 3} more`
      : subjects.join(", "),
  ]);
  print(rows.length === 0 ? "Nobody has read anything." : formatTable([head, ...rows]));
}

/** False: the log, or the export in `file`, is not what was written. */
export async function verifyAccess(
  config: Config,
  { file, head }: { readonly file?: string | undefined; readonly head?: AccessMark | undefined },
  print: Print,
): Promise<boolean> {
  const found = await withBase(config, async (base) =>
    file === undefined
      ? await verifyKept(base, head)
      : verifyExport(readFileSync(file, "utf8").split("\n"), base.accessLog.sign, head),
  );
  report(found, print);
  return found.faults.length === 0;
}

/** All lines, with the log's head at the end. */
export async function exportAccess(config: Config, print: Print): Promise<void> {
  await withBase(config, async (base) => {
    for await (const line of readExport(base)) print(line);
  });
}

function report({ faults, first, head }: VerifiedAccess, print: Print): void {
  for (const fault of faults) print(fault);
  if (faults.length === 0)
    print(`Lines ${first} to ${head.lines} are what was written. Keep the head elsewhere:`);
  print(`${head.lines}:${head.hash}`);
}

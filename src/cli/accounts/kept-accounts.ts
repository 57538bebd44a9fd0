import { toJson } from "../terminal/to-json.ts";
import { type KeptAccount, surveyAccount } from "../../admin/accounts/kept-account.ts";
import { removeAccount } from "../../admin/accounts/remove-account.ts";
import { renameAccount } from "../../admin/accounts/rename-account.ts";
import type { Config } from "../../config/config.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

/** Goes on with what is known of an account, under its new name. */
export async function renameKept(
  config: Config,
  names: { readonly from: string; readonly to: string },
  { json, signal }: { readonly json: boolean; readonly signal: AbortSignal },
  print: Print,
): Promise<void> {
  const done = await withBase(
    config,
    async (base) => await renameAccount(base, cliCaller(), names, { signal }),
  );
  if (done.kind === "refused") throw problemAt("accounts rename", done.message, done.remedy);
  const { from, to } = names;
  print(
    json
      ? toJson({ from, to, records: done.records })
      : `${from} is called ${to} now, with ${done.records} records as they are known: start the service. What was told of ${from} is still delivered under that name.`,
  );
}

/** Counts what is kept of an account, or erases it. False: nothing was erased. */
export async function removeKept(
  config: Config,
  account: string,
  { json, signal, yes }: { readonly json: boolean; readonly signal: AbortSignal; readonly yes: boolean },
  print: Print,
): Promise<boolean> {
  const kept = await withBase(config, async (base) =>
    yes ? await removeAccount(base, cliCaller(), account, { signal }) : await surveyAccount(base, account),
  );
  if (json) print(toJson({ erased: yes && !kept.isEmpty, ...kept }));
  else print(describe(kept, yes));
  return yes || kept.isEmpty;
}

function describe(
  { account, configured, events, isEmpty, records, waiting }: KeptAccount,
  erased: boolean,
): string {
  if (isEmpty && !configured) return `Nothing is kept of ${account}.`;
  const what = `${records} records, ${events} events and ${waiting} waiting deliveries of ${account}`;
  const again = configured
    ? "The configuration names it: its first sync begins anew, silently."
    : "The configuration does not name it: nothing of it comes back.";
  return erased
    ? `Erased: ${what}. ${again}`
    : `To erase: ${what}. ${again} Nothing is erased yet: add --yes.`;
}

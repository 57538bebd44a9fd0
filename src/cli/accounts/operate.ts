import { pollAccount, releaseAccount } from "../../admin/accounts/poll-or-release.ts";
import { startBackfill } from "../../admin/accounts/backfill.ts";
import { type WhoseLook, lookWhose } from "../../admin/accounts/look-whose.ts";
import { type KeyLook, lookAtKey } from "../../admin/accounts/look-at-key.ts";
import type { Config } from "../../config/config.ts";
import type { Release } from "../../pollers/reconcile/release-guards.ts";
import { findAccountOrThrow } from "./accounts.ts";
import { toPollAnswer, toReleasedAnswer } from "../../ops/api/accounts/act-answer.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { toCliError } from "../terminal/refuse.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

/** Lets an account go that a guard holds, and has a refused key looked at. */
export async function release(
  config: Config,
  account: string,
  { json, sameClinic, ...found }: Release & { readonly json: boolean; readonly sameClinic: boolean },
  print: Print,
): Promise<void> {
  const configured = findAccountOrThrow(config, account);
  const { key, released, whose } = await withBase(config, async (base) => ({
    released: await releaseAccount(base, cliCaller(), configured.name, found, sameClinic),
    whose: await lookWhose(base, configured),
    key: await lookAtKey(base, configured),
  }));
  if (json) {
    print(JSON.stringify(toReleasedAnswer({ released, whose, key }), null, 2));
    return;
  }
  if (released.length === 0 && !whose) print(`Nothing held ${account}.`);
  for (const { resource, detail } of released) print(`released ${account}/${resource}: ${detail}`);
  if (whose) print(`${account}: ${describeWhose(account, whose)}`);
  if (key) print(`${account}: ${describeKeyLook(key)}`);
}

function describeWhose(account: string, { outcome, detail }: WhoseLook): string {
  switch (outcome) {
    case "same":
      return "the clinic's own data answers: reading goes on";
    case "another":
      return `still quarantined: ${detail}. Correct its key or base_url and start again; if it is the same clinic: cliniko-webhooks release ${account} --same-clinic`;
    case "not_looked":
      return `quarantined: ${detail}; nobody has looked again so far: is a process with the role poll running?`;
  }
}

/** False: nothing is read. */
export async function pollNow(
  config: Config,
  account: string,
  json: boolean,
  print: Print,
): Promise<boolean> {
  const found = findAccountOrThrow(config, account);
  const { quarantined, key, woken } = await withBase(
    config,
    async (base) => await pollAccount(base, cliCaller(), found),
  );
  const isStopped = quarantined.length > 0 || (key !== undefined && key.outcome !== "accepted");
  const asked = found.resources.map((resource) => ({ resource, woken: woken.includes(resource) }));
  if (json) {
    print(JSON.stringify(toPollAnswer({ woken, quarantined, key }), null, 2));
    return woken.length > 0;
  }
  if (key) print(`${account}: ${describeKeyLook(key)}`);
  for (const { detail, resource } of quarantined) {
    print(`${account}/${resource}: quarantined, nothing of the account is read: ${detail}`);
  }
  if (quarantined.length > 0) print(`Look at why, then: cliniko-webhooks release ${account}`);
  for (const { resource, woken: isWoken } of isStopped ? [] : asked) {
    const what = isWoken ? "reading now" : "is being read already, or no service polls it";
    print(`${account}/${resource}: ${what}`);
  }
  return woken.length > 0;
}

function describeKeyLook({ at, detail, outcome }: KeyLook): string {
  switch (outcome) {
    case "accepted":
      return "the key is accepted again";
    case "refused":
      return `the key was refused again at ${toIsoSeconds(at)} (${detail}): nothing is read`;
    case "unanswered":
      return `asked whether the key is good, without an answer at ${toIsoSeconds(at)} (${detail}): nothing is read`;
    case "not_looked":
      return `the key is refused (${detail}), and nobody has looked at it again so far: is a process with the role poll running?`;
  }
}

/** Asks for the present state of an account's resources, for one endpoint. False: it is under way already. */
export async function backfill(
  config: Config,
  account: string,
  endpoint: string,
  json: boolean,
  print: Print,
): Promise<boolean> {
  const configured = findAccountOrThrow(config, account);
  const { asked, isPolled } = await withBase(config, async (base) => {
    const outcome = await startBackfill(base, cliCaller(), configured, endpoint);
    if (outcome.kind !== "asked") throw await toCliError(base, outcome, endpoint);
    const processes = await base.processes.list();
    return { asked: outcome.resources, isPolled: processes.some(({ roles }) => roles.includes("poll")) };
  });
  if (json) print(JSON.stringify({ account, endpoint, resources: asked }, null, 2));
  else {
    for (const { resource, added, must_name: name } of asked) {
      const refused = `left out: it is confidential, and ${endpoint} does not ask for "${name}" by name`;
      const state = added ? `on its way to ${endpoint}` : "is under way already";
      print(`${account}/${resource}: ${name === undefined ? state : refused}`);
    }
    if (!isPolled) print("No process with the role poll is running: it begins when one does.");
  }
  return asked.some(({ added }) => added);
}

import { pollAccount, releaseAccount } from "../admin/account-status.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../errors.ts";
import { findAccountOrThrow } from "./accounts.ts";
import { cliCaller } from "./cli-caller.ts";
import { withBase } from "./with-base.ts";

type Print = (line: string) => void;

/** Lets an account go that a guard holds. */
export async function release(
  config: Config,
  account: string,
  { acceptDeletions, json }: { readonly acceptDeletions: boolean; readonly json: boolean },
  print: Print,
): Promise<void> {
  const { name } = findAccountOrThrow(config, account);
  const released = await withBase(
    config,
    async (base) => await releaseAccount(base, cliCaller(), name, acceptDeletions),
  );
  if (json) {
    print(JSON.stringify({ account, released }, null, 2));
    return;
  }
  if (released.length === 0) print(`Nothing held ${account}.`);
  for (const { resource, detail } of released) print(`released ${account}/${resource}: ${detail}`);
}

/** False: nothing could be woken. */
export async function pollNow(
  config: Config,
  account: string,
  json: boolean,
  print: Print,
): Promise<boolean> {
  const found = findAccountOrThrow(config, account);
  const names = await withBase(config, async (base) => await pollAccount(base, cliCaller(), found));
  const asked = found.resources.map((resource) => ({ resource, woken: names.includes(resource) }));
  if (json) print(JSON.stringify({ account, resources: asked }, null, 2));
  else {
    for (const { resource, woken } of asked) {
      const what = woken ? "reading now" : "is being read already, or no service polls it";
      print(`${account}/${resource}: ${what}`);
    }
  }
  return asked.some(({ woken }) => woken);
}

/** Asks for the present state of an account's resources, for one endpoint. False: it is under way already. */
export async function backfill(
  config: Config,
  account: string,
  endpoint: string,
  json: boolean,
  print: Print,
): Promise<boolean> {
  const { resources } = findAccountOrThrow(config, account);
  const asked = await withBase(config, async ({ endpoints, queues }) => {
    const known = (await endpoints.list()).map(({ id }) => id);
    if (!known.includes(endpoint)) {
      const remedy = `use one of: ${known.join(", ")}`;
      throw new ConfigError("the command line", [
        { path: "<endpoint>", message: `there is no endpoint "${endpoint}"`, remedy },
      ]);
    }
    const answers: { resource: string; added: boolean }[] = [];
    for (const resource of resources) {
      const added = await queues.addBackfill({ account, resource, endpoint, pass: 0, sent: 0 });
      answers.push({ resource, added });
    }
    return answers;
  });
  if (json) print(JSON.stringify({ account, endpoint, resources: asked }, null, 2));
  else {
    for (const { resource, added } of asked) {
      print(`${account}/${resource}: ${added ? `on its way to ${endpoint}` : "is under way already"}`);
    }
  }
  return asked.some(({ added }) => added);
}

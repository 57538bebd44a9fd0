import type { Base } from "../../base.ts";
import { RESOURCE_NAMES } from "../../cliniko/resources.ts";
import { sampleSeals } from "../../store/seal-sample.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** Enough for a key that is missing to show, and a fraction of a second for a hundred accounts. */
const PER_HASH = 20;

/** Whether the configured keys open what rests, and whether former ones are still in use. */
export async function checkKeys({ config, keyring, keys, redis }: Base): Promise<Finding> {
  const what = "encryption keys";
  const accounts = config.accounts.map(({ name }) => name);
  const scope = { accounts, resources: RESOURCE_NAMES, perHash: PER_HASH };
  const { looked, former, unreadable, example } = await sampleSeals(redis, keys, keyring, scope);
  if (unreadable > 0) {
    const detail = `${unreadable} of ${looked} records looked at do not open: ${example ?? ""}`;
    return fail(
      what,
      detail,
      "put the missing key back under encryption (docs/operations.md#record_unreadable)",
    );
  }
  if (former > 0) {
    const detail = `${former} of ${looked} records looked at are sealed with a former key`;
    return warn(what, detail, "cliniko-webhooks keys rotate, before a former key is taken out");
  }
  return ok(what, `${looked} records looked at open, all sealed with the first key`);
}

import type { Base } from "../../admin/base.ts";
import { findHalfForgotten } from "../../admin/privacy/finish-forgetting.ts";
import { toError } from "../../shared/errors.ts";
import { RESOURCE_NAMES } from "../../resources/registry.ts";
import { findKeptAccounts } from "../../store/detection/kept-accounts.ts";
import type { ErasureKey } from "../../store/sealing/erasure-key.ts";
import { sampleSeals } from "../../store/sealing/seal-sample.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** Enough for a key that is missing to show, and a fraction of a second for a hundred accounts. */
const PER_HASH = 20;

/** Whether the configured keys open what rests, and whether former ones are still in use. */
export async function checkKeys({ keyring, keys, redis }: Base): Promise<Finding> {
  const what = "encryption keys";
  // Those that the configuration no longer names too: what was told of them may still wait.
  const accounts = await findKeptAccounts(redis, keys);
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

/** Whether what was begun to be forgotten is. */
export async function checkForgotten(base: Base): Promise<Finding[]> {
  return (await findHalfForgotten(base)).map(({ account, patientId }) =>
    fail(
      `forgetting of ${account}/${patientId}`,
      "was stopped half way: what was told of the patient may still be kept, and be sent",
      `cliniko-webhooks forget ${account} ${patientId} --yes; the next start of the service does it too`,
    ),
  );
}

/** Whether what is forgotten can be made unreadable in older copies too. */
export async function checkErasureKey(erasureKey: ErasureKey | undefined): Promise<Finding> {
  const what = "erasure key";
  if (!erasureKey) {
    return warn(
      what,
      "there is none: what is forgotten stays readable in copies of Redis that were made before",
      "take keys_folder: none out of the configuration (docs/operations.md#the-erasure-key); start the service once",
    );
  }
  try {
    await erasureKey.assertWritable();
  } catch (error) {
    return fail(what, toError(error).message, "until then nobody can be forgotten");
  }
  return ok(
    what,
    `${erasureKey.path} can be written; copy it apart from Redis, and again after every forget`,
  );
}

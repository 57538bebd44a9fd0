import { constants, existsSync } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import type { Config } from "../../config/config.ts";
import { keysFolder as ofKeys } from "../../store/redis/own-folder.ts";
import { explainKeysFolder } from "../../store/sealing/erasure-file.ts";
import { readErasureFingerprint } from "../../store/sealing/erasure-key.ts";
import { type Finding, fail, warn } from "./finding.ts";
import { judgeOpenness } from "./judge-openness.ts";

/** What the erasure key will need, looked at from outside: nothing is made. */
export async function checkKeysFolder({ keysFolder }: Pick<Config, "keysFolder">): Promise<Finding[]> {
  const what = "erasure key";
  if (keysFolder === undefined) {
    const detail = "keys_folder is none: what is forgotten stays readable in older copies of Redis";
    return [
      warn(what, detail, "name a folder that the service may write to: docs/operations.md#the-erasure-key"),
    ];
  }
  let there = resolve(keysFolder);
  while (!existsSync(there)) there = dirname(there);
  try {
    await access(there, constants.W_OK | constants.X_OK);
    readErasureFingerprint(keysFolder);
    return judgeOpenness(ofKeys(keysFolder));
  } catch (error) {
    const { message } = explainKeysFolder(keysFolder, error);
    return [fail(what, message, "the service does not start without it")];
  }
}

import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";

import type { Config } from "../../config/config.ts";
import { formatBytes } from "./format-bytes.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** As package.json's `engines` has it. */
const OLDEST_NODE = [20, 19] as const;

const LITTLE_BYTES = 1_024 ** 3;
const TOO_LITTLE_BYTES = 200 * 1_024 ** 2;

/** @param version like `v24.1.0` */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [least, leastMinor] = OLDEST_NODE;
  if (major > least || (major === least && minor >= leastMinor)) return ok("node", version);
  return fail("node", version, `install Node ${least}.${leastMinor} or newer`);
}

export function checkConfiguration({ accounts, ops, roles, encryptionKeys }: Config): Finding {
  const what = "configuration";
  const keys = encryptionKeys.map(({ id }) => id).join(", ");
  const detail = `accounts: ${accounts.length}; encryption keys: ${keys}; roles: ${roles.join(", ")}`;
  if (roles.includes("ops") && !ops.token) {
    return warn(
      what,
      `${detail}; ops.token is not set: only tokens of the API open /metrics and the dashboard`,
      "set ops.token, which opens them also when Redis is away; or make a token: cliniko-webhooks tokens create",
    );
  }
  return ok(what, detail);
}

/** Room for the private Redis, which stops taking writes when its disk is full. */
export async function checkDisk({ dataFolder, redisUrl }: Config): Promise<Finding | undefined> {
  if (redisUrl !== undefined || !existsSync(dataFolder)) return undefined;
  const what = "disk";
  const { bavail, bsize } = await statfs(dataFolder);
  const free = bavail * bsize;
  const detail = `${formatBytes(free)} free under ${dataFolder}`;
  const remedy = "make room, or move data_folder: Redis takes no writes when its disk is full";
  if (free < TOO_LITTLE_BYTES) return fail(what, detail, remedy);
  return free < LITTLE_BYTES ? warn(what, detail, remedy) : ok(what, detail);
}

import { readFileSync } from "node:fs";

import type { Config } from "../config/config.ts";
import { ConfigError } from "../shared/errors.ts";

/** @throws ConfigError with every problem in the file and in the environment. */
export async function readConfig(file: string, env: NodeJS.ProcessEnv): Promise<Config> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new ConfigError(file, [
      {
        path: file,
        message: missing ? "is not there" : "cannot be read",
        remedy: missing
          ? "make one with cliniko-webhooks init, or name another with --config"
          : "let this user read it, or name another with --config",
      },
    ]);
  }
  // Not before there is something to judge: help needs neither.
  const { parseConfig } = await import("../config/parse-config.ts");
  const { NAMEABLE } = await import("../admin/nameable.ts");
  return parseConfig(text, file, {
    env,
    readFile: (path) => readFileSync(path, "utf8"),
    ...NAMEABLE,
  });
}

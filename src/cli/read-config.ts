import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";

import type { Config } from "../config/config.ts";
import { ConfigError } from "../shared/errors.ts";

/** @throws ConfigError with every problem in the file and in the environment. */
export async function readConfig(file: string, env: NodeJS.ProcessEnv): Promise<Config> {
  const text = readText(file);
  // Not before there is something to judge: help needs neither.
  const { parseConfig } = await import("../config/parse-config.ts");
  const { NAMEABLE } = await import("../admin/nameable.ts");
  return parseConfig(text, file, {
    env,
    readFile: (path) => readFileSync(path, "utf8"),
    ...NAMEABLE,
  });
}

/** @throws ConfigError */
function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const [message, remedy] = UNREADABLE[code] ?? UNREADABLE_OTHERWISE;
    throw new ConfigError(file, [{ path: file, message, remedy }]);
  }
  // Read as UTF-8 all the same, a name in it would go out with signs that nobody wrote.
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString();
  throw new ConfigError(file, [
    { path: file, message: "is not UTF-8", remedy: "save it as UTF-8: editors ask for the encoding" },
  ]);
}

const UNREADABLE_OTHERWISE = [
  "cannot be read",
  "let this user read it, or name another with --config",
] as const;
const UNREADABLE: Readonly<Partial<Record<string, readonly [message: string, remedy: string]>>> = {
  ENOENT: ["is not there", "make one with cliniko-webhooks init, or name another with --config"],
  EISDIR: ["is a folder", "name the file in it with --config"],
};

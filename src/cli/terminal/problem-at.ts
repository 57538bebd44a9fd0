import { ConfigError } from "../../shared/errors.ts";

/** Something on the command line is wrong. */
export function problemAt(path: string, message: string, remedy: string): ConfigError {
  return new ConfigError("the command line", [{ path, message, remedy }]);
}

import { SetupError } from "./errors.ts";

/** What an operator writes to have it listen elsewhere. */
export interface PlaceSettings {
  readonly host: string;
  readonly port: string;
}

export const OPS_PLACE: PlaceSettings = { host: "ops.host", port: "ops.port" };

/** One sentence for whoever starts `what`. @param set what to set for another place, like `ops.port` or `--port` */
export function explainListen(
  error: unknown,
  { what, host, port }: { readonly what: string; readonly host: string; readonly port: number },
  set: PlaceSettings,
): SetupError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const place = `${what} cannot listen on ${host}:${port}`;
  switch (code) {
    case "EADDRINUSE":
      return new SetupError(`${place}: another process does; stop it, or set ${set.port}`, {
        cause: error,
        retryable: true,
      });
    case "EACCES":
      return new SetupError(`${place}: this user may not; set ${set.port} to 1024 or above`, {
        cause: error,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new SetupError(
        `${place}: this machine has no such address; set ${set.host} to 127.0.0.1 or 0.0.0.0`,
        { cause: error },
      );
    default:
      return new SetupError(`${place}: ${code}; set ${set.host} and ${set.port}`, { cause: error });
  }
}

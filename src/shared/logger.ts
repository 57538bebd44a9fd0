import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger } from "pino";

/** Where a secret or a person could slip in, whoever logs it. Our own lines carry ids, host names and counts only. */
const REDACTED = [
  "apiKey",
  "secret",
  "token",
  "password",
  "authorization",
  "body",
  "record",
  "object",
  "url",
  "*.apiKey",
  "*.secret",
  "*.token",
  "*.password",
  "*.authorization",
  "*.body",
  "*.record",
  "*.object",
  "*.url",
];

/** What an error hangs on itself stays out: a refused Redis command's arguments name records. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, message, stack, ...("code" in error ? { code: error.code } : {}) };
}

/** One JSON line an entry: `{ ids }`, then a fixed lower-case sentence. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: "[redacted]" },
    serializers: { err: describeError },
  };
  // Lines that come while one is being written go out together; what is left at the end is written before the process ends.
  return pino(options, destination ?? pino.destination({ sync: false }));
}

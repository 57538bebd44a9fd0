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

/** One JSON line an entry: `{ ids }`, then a fixed lower-case sentence. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: "[redacted]" },
  };
  // Lines that come while one is being written go out together; what is left at the end is written before the process ends.
  return pino(options, destination ?? pino.destination({ sync: false }));
}

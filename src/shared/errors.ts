/**
 * Base of every error this project throws. `code` is a stable snake_case noun for logs and tests;
 * `retryable` is decided where the fact is known, never at the catch.
 */
export abstract class NotifierError extends Error {
  abstract readonly code: string;
  abstract readonly retryable: boolean;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What a thrown unknown was, as an Error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** One thing that is wrong with what the operator wrote. */
export interface Problem {
  /** Where, as the operator wrote it: `endpoints.crm.url`. */
  readonly path: string;
  /** Line in the file, from 1, where it is known. */
  readonly line?: number | undefined;
  readonly message: string;
  readonly remedy: string;
}

/** The configuration cannot be used. Carries every problem, not the first. */
export class ConfigError extends NotifierError {
  readonly code = "config_invalid";
  readonly retryable = false;
  readonly problems: readonly Problem[];

  constructor(source: string, problems: readonly Problem[]) {
    super(`${source} has ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}`);
    this.problems = problems;
  }
}

/** In one line, for a log: of a configuration every problem, with what to do. */
export function toDetail(thrown: unknown): string {
  const error = toError(thrown);
  if (!(error instanceof ConfigError)) return error.message;
  const problems = error.problems.map(({ path, message, remedy }) => `${path} ${message} → ${remedy}`);
  return `${error.message}: ${problems.join("; ")}`;
}

/** Redis cannot be reached, started or trusted. */
export class RedisUnavailableError extends NotifierError {
  readonly code = "redis_unavailable";
  readonly retryable = true;
}

/** Something stored cannot be read back: wrong key, torn bytes, or written by a newer release. */
export class UnreadableRecordError extends NotifierError {
  readonly code = "record_unreadable";
  readonly retryable = false;
}

/** It is about somebody who was forgotten: what it was sealed with was destroyed, and nobody can open it again. */
export class ErasedRecordError extends UnreadableRecordError {}

/**
 * Something that the operator provides cannot be used as it is: a folder, a port, a Redis's permissions. The message is one
 * sentence and the remedy. `retryable`: it may be so by itself later, as when another process holds the port.
 */
export class SetupError extends NotifierError {
  readonly code = "setup_refused";
  readonly retryable: boolean;

  constructor(message: string, options: ErrorOptions & { readonly retryable?: boolean } = {}) {
    super(message, options);
    this.retryable = options.retryable ?? false;
  }
}

/** Of the operating system: `code` is a name like ENOENT. */
export function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "errno" in error;
}

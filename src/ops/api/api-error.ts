import { STATUS_CODES } from "node:http";

import { z } from "zod";

import { NotifierError, type Problem } from "../../shared/errors.ts";

/** Every way in which the API says no. A code stays what it is: programs switch on it. */
const PROBLEM_CODES = [
  "bad_request",
  "unauthorized",
  "forbidden",
  "not_found",
  "method_not_allowed",
  "conflict",
  "under_way",
  "gone",
  "stale",
  "too_large",
  "unsupported_media_type",
  "key_reused",
  "too_many_requests",
  "too_much_kept",
  "internal",
  "unavailable",
  "search_too_long",
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Their statuses. */
export const PROBLEMS: Readonly<Record<ProblemCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  under_way: 409,
  gone: 410,
  stale: 412,
  too_large: 413,
  unsupported_media_type: 415,
  key_reused: 422,
  too_many_requests: 429,
  too_much_kept: 429,
  internal: 500,
  unavailable: 503,
  search_too_long: 503,
};

export const PROBLEM_TYPE = "application/problem+json";

/** What is answered whenever something is wrong. Source: RFC 9457. */
export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: "Stands for `code`, as a URI." }),
    title: z.string().meta({ description: "What the status is called." }),
    status: z.int(),
    code: z.enum(PROBLEM_CODES).meta({ description: "What to switch on." }),
    detail: z.string().meta({ description: "What is wrong, for a person." }),
    errors: z
      .array(
        z.strictObject({
          path: z.string().meta({
            description: "The field: `events.0` of the body, `query.limit`, `path.id`, `header.if-match`.",
          }),
          message: z.string().meta({ description: "What is wrong with it." }),
          remedy: z.string().meta({ description: "What to do." }),
        }),
      )
      .optional()
      .meta({ description: "Every field that is wrong, not only the first." }),
    request_id: z.string().meta({ description: "Name it when you ask the operator." }),
  })
  .meta({ id: "Problem", description: "Why a request was not carried out. Nothing has been changed then." });

export type ProblemAnswer = z.infer<typeof problemSchema>;

/** Says no to a request. The message and the problems are shown to whoever asked. */
export class ApiError extends NotifierError {
  readonly retryable = false;
  readonly code: ProblemCode;
  readonly problems: readonly Problem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: {
      readonly problems?: readonly Problem[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.code = code;
    this.problems = more.problems ?? [];
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return PROBLEMS[this.code];
  }
}

/** There is no such thing, or it is somebody else's: the answer is the same. */
export function notFound(what: string, id: string): ApiError {
  return new ApiError("not_found", `There is no ${what} "${id}".`);
}

/** A search was given up: what it would have found is not known. */
export function searchTooLong(detail: string): ApiError {
  return new ApiError("search_too_long", detail, { headers: { "retry-after": "30" } });
}

export function toProblemAnswer(error: ApiError, requestId: string): ProblemAnswer {
  const { status, code, message: detail, problems } = error;
  return {
    type: `urn:cliniko-webhooks:problem:${code}`,
    title: STATUS_CODES[status] ?? code,
    status,
    code,
    detail,
    ...(problems.length === 0
      ? {}
      : { errors: problems.map(({ path, message, remedy }) => ({ path, message, remedy })) }),
    request_id: requestId,
  };
}

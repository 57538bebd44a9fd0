import { ApiError, type ProblemAnswer, type ProblemCode, toProblemAnswer } from "./api-error.ts";

const DETAILS: Readonly<Record<ProblemCode, string>> = {
  bad_request: "The request is not as it should be.",
  unauthorized: "This token is unknown, revoked or expired.",
  forbidden: "This is not for a token of role viewer.",
  not_found: 'There is no endpoint "crm".',
  method_not_allowed: "This path takes GET, HEAD.",
  conflict: '"crm" stands in the configuration file, which decides what it is',
  under_way: "A request with this Idempotency-Key is under way.",
  gone: "It is not kept any more.",
  stale: "The endpoint has changed since: read it again.",
  too_large: "The body is too large.",
  unsupported_media_type: "The body is to be sent as application/json.",
  key_reused: "This Idempotency-Key was used for a request with another body.",
  too_many_requests: "More than 600 requests in a minute.",
  too_much_kept:
    "This token has left 4 MiB behind in the last 24 hours (lines of the audit log, kept answers, recoveries): there is room for more from 2026-11-29T03:00:00Z.",
  internal: "Something went wrong here. It has been written down for the operator.",
  unavailable: "The service cannot reach its store at the moment. Try again.",
  search_too_long: "There is too much to count in time: name a later `since`, or an earlier `until`.",
};

const ERRORS = {
  body: {
    path: "events.0",
    message: 'there is no event type "patient.mergd"',
    remedy: 'did you mean "patient.merged"?',
  },
  query: { path: "query.limit", message: "is out of range", remedy: "use 1 to 100" },
};

/** What a problem looks like to the one who asked with this method. */
export function exampleProblem(code: ProblemCode, method: string): ProblemAnswer {
  const wrong = method === "POST" || method === "PATCH" ? ERRORS.body : ERRORS.query;
  const problems = code === "bad_request" ? [wrong] : [];
  return toProblemAnswer(new ApiError(code, DETAILS[code], { problems }), "req-7c9e6679");
}

import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

import { toError } from "../../shared/errors.ts";
import { ApiError, PROBLEM_TYPE, type ProblemCode, toProblemAnswer } from "./api-error.ts";

export interface FaultDeps {
  /** Something that is no fault of the caller's. It is told to the operator, and not to the caller. */
  readonly onFault: (error: Error, request: { readonly id: string; readonly operation: string }) => void;
  /** Why nothing works at the moment; undefined: it is something else. */
  readonly notReady: () => Promise<string | undefined>;
}

/** Answers with a problem, whatever was thrown: what is not ours to show is a plain 500. */
export async function answerError(
  deps: FaultDeps,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const error = toApiError(thrown) ?? (await toFault(deps, toError(thrown), request));
  await sendProblem(reply, error, request.id);
}

export async function sendProblem(reply: FastifyReply, error: ApiError, requestId: string): Promise<void> {
  await reply
    .code(error.status)
    .headers({ "x-request-id": requestId, "cache-control": "no-store", ...error.headers })
    .type(PROBLEM_TYPE)
    .send(toProblemAnswer(error, requestId));
}

async function toFault(deps: FaultDeps, error: Error, request: FastifyRequest): Promise<ApiError> {
  deps.onFault(error, { id: request.id, operation: `${request.method} ${request.routeOptions.url ?? ""}` });
  if ((await deps.notReady()) === undefined) {
    return new ApiError("internal", "Something went wrong here. It has been written down for the operator.");
  }
  return unavailable();
}

/** Redis is away. */
export function unavailable(): ApiError {
  return new ApiError("unavailable", "The service cannot reach its store at the moment. Try again.", {
    headers: { "retry-after": "5" },
  });
}

/** What Fastify itself finds wrong with a request, in our words. Source: fastify.dev, Errors. */
const FRAMEWORK: Readonly<Record<string, readonly [code: ProblemCode, detail: string]>> = {
  FST_ERR_BAD_URL: ["bad_request", "The path is not properly percent-encoded."],
  FST_ERR_MAX_PARAM_LENGTH: ["bad_request", "A part of the path is too long."],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["unsupported_media_type", "The body is to be sent as application/json."],
  FST_ERR_CTP_INVALID_TYPE: ["unsupported_media_type", "The body is to be sent as application/json."],
  FST_ERR_CTP_EMPTY_TYPE: ["unsupported_media_type", "The body is to be sent as application/json."],
  FST_ERR_CTP_BODY_TOO_LARGE: ["too_large", "The body is too large."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["bad_request", "The body is not as long as Content-Length says."],
};

/** Undefined: it is a fault of ours. */
function toApiError(thrown: unknown): ApiError | undefined {
  if (thrown instanceof ApiError) return thrown;
  if (!isFastifyError(thrown)) return undefined;
  const known = FRAMEWORK[thrown.code];
  return known && new ApiError(known[0], known[1]);
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string";
}

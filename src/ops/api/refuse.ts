import type { Refusal } from "../../admin/access/refusal.ts";
import { ApiError, notFound } from "./api-error.ts";

/** What was not done, as an error of the API. `what` was asked for by `id`. */
export function toApiError(refusal: Refusal, what: string, id: string): ApiError {
  switch (refusal.kind) {
    case "unknown":
      return notFound(what, id);
    case "stale":
      return new ApiError("stale", `The ${what} has changed since: read it again.`);
    case "invalid":
      return new ApiError("bad_request", "The request is not as it should be.", {
        problems: refusal.problems,
      });
    case "conflict":
      return new ApiError("conflict", refusal.problems.map(({ message }) => message).join("; "), {
        problems: refusal.problems,
      });
  }
}

import { z } from "zod";

import { ApiError } from "./api-error.ts";
import { boundedText } from "./query-fields.ts";

/**
 * Headers of a request that changes something. Without `If-Match` the newest version is changed: a change names its
 * fields and leaves the others, so that two people who change different things do not undo each other's.
 */
export const matchHeaders = z.object({
  "if-match": boundedText(100)
    .optional()
    .meta({
      description:
        "The `etag` of the version that you mean to change. If it has changed since, nothing is done (412). Left out: the newest.",
      examples: ['"3"'],
    }),
});

/** The tag of a version of an endpoint's settings. */
export function toEntityTag(revision: number): string {
  return `"${revision}"`;
}

/** The version that a request means; undefined: whichever. @throws ApiError */
export function revisionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  // A proxy that compresses answers marks their tags as weak.
  const [, revision] = /^\s*(?:W\/)?"(\d{1,15})"\s*$/.exec(ifMatch) ?? [];
  if (revision !== undefined) return Number(revision);
  const problem = {
    path: "header.if-match",
    message: "is not an etag of ours",
    remedy: 'send the etag that you were answered, like "3" with its quotes',
  };
  throw new ApiError("bad_request", "The request is not as it should be.", { problems: [problem] });
}

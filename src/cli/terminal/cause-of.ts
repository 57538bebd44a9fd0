import { z } from "zod";

import { toError } from "../../shared/errors.ts";

const codedSchema = z.object({ code: z.string() });

/** A certificate that no authority known to Node vouches for: its own, or a company's. Source: OpenSSL's verify codes. */
const OWN_AUTHORITY = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/**
 * Why a connection came to nothing: an errno, and what to do where that is known. Fetch says "fetch failed" and keeps the
 * reason one level below; for a name with two addresses, two below.
 */
export function causeOf(thrown: unknown): string {
  const { cause } = toError(thrown);
  const coded = [thrown, cause, cause instanceof AggregateError ? cause.errors[0] : undefined]
    .map((error) => codedSchema.safeParse(error).data?.code)
    .find((code) => code !== undefined);
  if (coded === undefined) return toError(cause ?? thrown).message;
  if (!OWN_AUTHORITY.has(coded)) return coded;
  return `${coded}: no authority that this machine knows vouches for its certificate; name yours with NODE_EXTRA_CA_CERTS=/path/to/ca.pem`;
}

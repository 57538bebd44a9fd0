import type { FastifyInstance } from "fastify";

import type { Caller } from "../../admin/access/caller.ts";
import type { Base } from "../../admin/base.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { MOST_KEPT_BYTES } from "../../store/access/kept-bytes.ts";
import { ApiError } from "./api-error.ts";
import type { Operation } from "./api-scope.ts";

/** Whether an operation leaves something of a subscriber's in Redis, be it a line in the audit log. Unless it says otherwise. */
export function mayBeFull(
  { method }: { readonly method: string | readonly string[] },
  { roles, whenFull }: Pick<Operation, "roles" | "whenFull">,
): boolean {
  const reads = [method].flat().every((each) => each === "GET" || each === "HEAD");
  return !reads && whenFull !== "allowed" && roles !== "anyone" && roles.includes("subscriber");
}

/** A subscriber leaves so much behind in a day and no more: nothing that it does over and over fills Redis. */
export function limitKept(scope: FastifyInstance, base: Pick<Base, "keptBytes" | "now">): void {
  scope.addHook("preHandler", async ({ caller, method, routeOptions }) => {
    const { operation } = routeOptions.config;
    if (caller && operation && mayBeFull({ method }, operation)) await assertRoom(base, caller);
  });
}

/** @throws ApiError when there is none for this caller */
export async function assertRoom(
  { keptBytes, now }: Pick<Base, "keptBytes" | "now">,
  { id, role }: Caller,
): Promise<void> {
  if (role !== "subscriber") return;
  const until = await keptBytes.fullUntil(id);
  if (until === undefined) return;
  const what = "lines of the audit log, kept answers, recoveries";
  throw new ApiError(
    "too_much_kept",
    `This token has left ${MOST_KEPT_BYTES / 1_024 / 1_024} MiB behind in the last 24 hours (${what}): there is room for more from ${toIsoSeconds(until)}. Reading, pausing and deleting go on.`,
    { headers: { "retry-after": String(Math.max(1, Math.ceil((until - now()) / 1_000))) } },
  );
}

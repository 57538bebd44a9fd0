import type { z } from "zod";

import type { ResourceStatus } from "../../../admin/accounts/account-status.ts";
import type { Caller } from "../../../admin/access/caller.ts";
import { isResourceName, resources } from "../../../resources/registry.ts";
import { toIsoOrNull, toIsoSeconds } from "../../../shared/iso-time.ts";
import type { FailingStep } from "../../../store/detection/failing-steps.ts";
import type { failingStepSchema, resourceSchema } from "./resource-schema.ts";

/** What one kind of record of an account is like, as a caller may see it. */
export function toResourceAnswer(
  { role }: Pick<Caller, "role">,
  {
    assessment,
    completeUpTo,
    detail,
    failingSteps,
    promiseMs,
    quarantined,
    resource,
    since,
    state,
    suspects,
  }: ResourceStatus,
): z.infer<typeof resourceSchema> {
  return {
    resource,
    // What is read by nobody's definition any more is shown all the same.
    group: isResourceName(resource) ? resources[resource].group : "setup",
    state,
    complete_up_to: completeUpTo === undefined ? null : toIsoSeconds(completeUpTo * 1_000),
    detail: detail || null,
    since: toIsoOrNull(since),
    severity: assessment.severity,
    code: assessment.code,
    promise_ms: promiseMs,
    quarantined,
    suspects: role === "subscriber" ? null : suspects,
    failing_steps: role === "subscriber" ? null : failingSteps.map(toFailingStepAnswer),
  };
}

function toFailingStepAnswer({
  detail,
  failingSince,
  failures,
  kind,
  pauseMs,
  step,
  triedAt,
}: FailingStep): z.infer<typeof failingStepSchema> {
  return {
    step,
    since: new Date(failingSince).toISOString(),
    failures,
    kind,
    detail,
    next_try_at: new Date(triedAt + pauseMs).toISOString(),
  };
}

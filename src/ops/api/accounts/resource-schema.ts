import { z } from "zod";

import { GROUPS } from "../../../resources/resource.ts";
import { codeSchema, severitySchema } from "../overview/issue-schema.ts";

const time = z.string().meta({ format: "date-time" });

/** live: every change is told. The last four are emitted as events `connection.*`, too. */
export const resourceState = z.enum([
  "live",
  "first_sync",
  "not_read_yet",
  "not_permitted",
  "not_offered",
  "degraded",
  "permission_reduced",
  "schema_changed",
  "key_revoked",
]);

export const failingStepSchema = z
  .strictObject({
    step: z.string().meta({ description: "count, walk, near, suspects or merges." }),
    since: time.meta({ description: "When it failed first." }),
    failures: z.int().meta({ description: "In a row." }),
    kind: z.string().meta({ description: "The kind of the last failure." }),
    detail: z.string(),
    next_try_at: time,
  })
  .meta({
    id: "FailingStep",
    description: "A step of reconciliation that fails: what only it can see is found later.",
  });

export const resourceSchema = z
  .strictObject({
    resource: z.string(),
    group: z
      .enum(Object.keys(GROUPS))
      .meta({ description: "The group that it belongs to, as `resources` of an account may name it." }),
    state: resourceState.meta({
      description:
        "live: every change is told. not_permitted, not_offered: the key's user was never let in (403), or the account has none (404). The last four are emitted as events `connection.*`, too.",
    }),
    complete_up_to: time
      .nullable()
      .meta({ description: "Every change up to here has been reported or is on its way." }),
    detail: z.string().nullable().meta({ description: "What is wrong, for a person." }),
    since: time.nullable().meta({ description: "When it went wrong." }),
    severity: severitySchema,
    code: codeSchema,
    promise_ms: z.int().meta({ description: "Within what time a change of it is to be known." }),
    quarantined: z
      .boolean()
      .meta({ description: "A guard holds the account until an operator releases it." }),
    suspects: z.int().nullable().meta({
      description: "Records that were missing when all were last looked for. For operators.",
    }),
    failing_steps: z.array(failingStepSchema).nullable().meta({
      description:
        "What makes sure of what stamps do not show, and does not end well now. Empty: all does. For operators.",
    }),
  })
  .meta({ id: "ResourceStatus", description: "What one kind of record of an account is like now." });

import { z } from "zod";

import type { AccountStatus } from "../../../admin/accounts/account-status.ts";
import type { Caller } from "../../../admin/access/caller.ts";
import type { Base } from "../../../admin/base.ts";
import { toIsoOrNull } from "../../../shared/iso-time.ts";
import { codeSchema, severitySchema } from "../overview/issue-schema.ts";
import { toResourceAnswer } from "./resource-answer.ts";
import { resourceSchema } from "./resource-schema.ts";

const time = z.string().meta({ format: "date-time" });

export const accountSchema = z
  .strictObject({
    name: z.string(),
    resources: z.array(resourceSchema),
    budget: z
      .strictObject({
        severity: severitySchema,
        code: codeSchema,
        share: z.number().meta({ description: "Our part of what Cliniko allows, 0 to 1, at present." }),
        configured_share: z.number(),
        used: z.number().meta({ description: "Part of the allowance in use just now, 0 to 1." }),
        requests_per_minute: z.number().meta({ description: "What the share comes to at present." }),
        requests: z.int().meta({ description: "Requests since an hour went by without one." }),
        blocked_until: time.nullable().meta({ description: "Cliniko has asked us to wait until then." }),
      })
      .nullable()
      .meta({ description: "For operators; null for subscribers." }),
  })
  .meta({ id: "Account", description: "A clinic, and how far it has been read." });

/** An account as a caller may see it. */
export function toAccountAnswer(
  { config }: Pick<Base, "config">,
  caller: Caller,
  { account, assessment, resources, budget }: AccountStatus,
): z.infer<typeof accountSchema> {
  const operator = caller.role !== "subscriber";
  return {
    name: account,
    resources: resources.map((resource) => toResourceAnswer(caller, resource)),
    budget: operator
      ? {
          severity: assessment.severity,
          code: assessment.code,
          share: budget.share,
          configured_share: budget.configuredShare,
          used: budget.used,
          requests_per_minute: budget.share * config.polling.requestsPerMinute,
          requests: budget.taken,
          blocked_until: toIsoOrNull(budget.blockedUntil),
        }
      : null,
  };
}

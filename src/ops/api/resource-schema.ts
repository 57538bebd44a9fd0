import { z } from "zod";

const time = z.string().meta({ format: "date-time" });

/** live: every change is told. The last four are told by events `connection.*`, too. */
export const resourceState = z.enum([
  "live",
  "first_sync",
  "not_read_yet",
  "degraded",
  "permission_reduced",
  "schema_changed",
  "key_revoked",
]);

export const resourceSchema = z
  .strictObject({
    resource: z.string(),
    state: resourceState.meta({
      description: "live: every change is told. The last four are told by events `connection.*`, too.",
    }),
    complete_up_to: time
      .nullable()
      .meta({ description: "Every change up to here has been told or is on its way." }),
    detail: z.string().nullable().meta({ description: "What is wrong, for a person." }),
    since: time.nullable().meta({ description: "When it went wrong." }),
    held: z.boolean().meta({ description: "A guard holds the account until an operator releases it." }),
    suspects: z.int().nullable().meta({
      description: "Records that were missing when all were last looked for. For operators.",
    }),
  })
  .meta({ id: "ResourceStatus", description: "What one kind of record of an account is like now." });

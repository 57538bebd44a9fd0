import { z } from "zod";

import type { KeyLook } from "../../../admin/accounts/look-at-key.ts";
import { toIsoSeconds } from "../../../shared/iso-time.ts";

export const keyLookSchema = z
  .strictObject({
    outcome: z.enum(["accepted", "refused", "unanswered", "not_looked"]).meta({
      description:
        "unanswered: Cliniko said neither yes nor no · not_looked: no service polls, or it is not through yet.",
    }),
    detail: z.string(),
    at: z.string().meta({ description: "When it was last looked at." }),
  })
  .meta({ id: "KeyLook", description: "What Cliniko said, asked again, of a key that it had refused." });

export function toKeyAnswer(key: KeyLook | undefined): z.infer<typeof keyLookSchema> | null {
  return key ? { ...key, at: toIsoSeconds(key.at) } : null;
}

import { z } from "zod";

import type { KeyLook } from "../../../admin/accounts/look-at-key.ts";
import type { WhoseLook } from "../../../admin/accounts/look-whose.ts";
import { keyLookSchema, toKeyAnswer } from "./key-answer.ts";

const guardSchema = z.strictObject({ resource: z.string(), detail: z.string() });
type Guard = z.infer<typeof guardSchema>;

export const pollSchema = z
  .strictObject({
    woken: z.array(z.string()).meta({
      description: "What is read now. The others are being read already, or no service polls them.",
    }),
    quarantined: z.array(guardSchema).meta({
      description: "What holds the account until a person releases it: nothing is read then.",
    }),
    key: keyLookSchema
      .nullable()
      .meta({ description: "Null: Cliniko had not refused it. Nothing is read unless it is accepted." }),
  })
  .meta({ id: "Poll", description: "What came of asking for a reading." });

export function toPollAnswer(came: {
  readonly woken: readonly string[];
  readonly quarantined: readonly Guard[];
  readonly key: KeyLook | undefined;
}): z.infer<typeof pollSchema> {
  const { key, quarantined, woken } = came;
  return { woken: [...woken], quarantined: quarantined.map(toGuard), key: toKeyAnswer(key) };
}

export const releasedSchema = z
  .strictObject({
    released: z.array(guardSchema).meta({ description: "What held it, and why. None: nothing did." }),
    whose: z
      .strictObject({
        outcome: z.enum(["same", "another", "not_looked"]).meta({
          description: "not_looked: no service polls, or it is not through yet.",
        }),
        detail: z.string(),
      })
      .nullable()
      .meta({ description: "Whose data answers, where another clinic's had. Null: that was not in doubt." }),
    key: keyLookSchema.nullable().meta({ description: "Null: Cliniko had not refused it." }),
  })
  .meta({ id: "Released", description: "What held an account." });

export function toReleasedAnswer(came: {
  readonly released: readonly Guard[];
  readonly whose: WhoseLook | undefined;
  readonly key: KeyLook | undefined;
}): z.infer<typeof releasedSchema> {
  const { key, released, whose } = came;
  return { released: released.map(toGuard), whose: whose ?? null, key: toKeyAnswer(key) };
}

function toGuard({ resource, detail }: Guard): Guard {
  return { resource, detail };
}

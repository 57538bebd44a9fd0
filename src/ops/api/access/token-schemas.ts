import { z } from "zod";

import { TOKEN_ROLES } from "../../../store/access/token-role.ts";
import { pageOf } from "../page.ts";
import { boundedText } from "../query-fields.ts";

const time = z.string().meta({ format: "date-time" });

export const tokenSchema = z
  .strictObject({
    id: z.string().meta({ description: "The part of the token behind `cwt_`: it may be shown." }),
    name: z.string(),
    role: z.enum(TOKEN_ROLES).meta({
      description:
        "admin: changes everything · viewer: looks at everything but sensitive fields, and changes nothing · subscriber: its own endpoints and the accounts that it was given.",
    }),
    subscriber: z.string().nullable().meta({ description: "subscriber: who owns its endpoints." }),
    accounts: z
      .array(z.string())
      .nullable()
      .meta({ description: "subscriber: the accounts that it was given." }),
    sensitive: z
      .boolean()
      .meta({ description: "subscriber: whether it, and its endpoints, may `include` sensitive fields." }),
    created_at: time,
    expires_at: time.nullable().meta({ description: "Null: when it is revoked." }),
    last_used_at: time.nullable().meta({ description: "To the minute. Null: never." }),
  })
  .meta({ id: "Token", description: "A key to this API, without its secret." });

export const newTokenSchema = z
  .strictObject({
    name: z.string().min(1, "give it a name").max(100, "use at most 100 characters"),
    role: z.enum(TOKEN_ROLES),
    subscriber: boundedText(100)
      .optional()
      .meta({ description: "subscriber: the external system that it is for. Several tokens may share one." }),
    accounts: z
      .array(boundedText(100))
      .max(1_000)
      .optional()
      .meta({ description: "subscriber: the accounts that it is to get." }),
    sensitive: z.boolean().default(false),
    expires_at: z.iso
      .datetime({ offset: true, error: "is not a time: write it like 2027-01-31T00:00:00Z" })
      .max(40)
      .nullable()
      .optional()
      .meta({ description: "When it expires. Left out: in 90 days. Null: only when it is revoked." }),
  })
  .meta({ id: "NewToken", description: "A token to be made." });

export const madeTokenSchema = tokenSchema
  .extend({ token: z.string().meta({ description: "The token itself. It is shown here and never again." }) })
  .meta({ id: "MadeToken", description: "A token that was just made, with its secret." });

export const tokenPage = pageOf(tokenSchema, "TokenPage").extend({
  unreadable: z.array(z.string()).meta({
    description:
      "Ids of tokens whose records cannot be opened, on every page: they open nothing. Revoke them, or put the missing encryption key back.",
  }),
});

export const TOKEN: z.infer<typeof tokenSchema> = {
  id: "3f9c2ab41d07",
  name: "CRM production",
  role: "subscriber",
  subscriber: "crm",
  accounts: ["northside"],
  sensitive: false,
  created_at: "2026-11-22T03:15:04Z",
  expires_at: "2027-02-20T03:15:04Z",
  last_used_at: null,
};
const { name, subscriber } = TOKEN;
export const NEW_TOKEN = { name, role: "subscriber", subscriber, accounts: ["northside"] };
export const MADE_TOKEN = { ...TOKEN, token: "cwt_3f9c2ab41d07_…43 characters more" };

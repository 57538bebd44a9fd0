import { z } from "zod";

import { accountsOf, maySeeSensitive } from "../../../admin/access/caller.ts";
import { TOKEN_ROLES } from "../../../store/access/token-role.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";

export const meSchema = z
  .strictObject({
    id: z.string().meta({ description: "Id of the token." }),
    name: z.string().meta({ description: "What the operator calls it." }),
    role: z.enum(TOKEN_ROLES),
    subscriber: z.string().nullable().meta({ description: "Whose endpoints it sees; null: everyone's." }),
    accounts: z.array(z.string()).meta({ description: "The accounts that it sees." }),
    sensitive: z
      .boolean()
      .meta({ description: "Whether it, and its endpoints, may `include` sensitive fields." }),
  })
  .meta({ id: "Me", description: "Who a token speaks for." });

const EXAMPLE: z.infer<typeof meSchema> = {
  id: "3f9c2ab41d07",
  name: "CRM production",
  role: "subscriber",
  subscriber: "crm",
  accounts: ["northside"],
  sensitive: false,
};

export function addMeRoute(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/me",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        answers: { 200: "The token." },
        examples: { answer: EXAMPLE },
      },
    },
    schema: {
      operationId: "readMe",
      tags: ["Service"],
      summary: "Read who you are",
      description: "What the token that you send may see. Use it to try a connection.",
      response: { 200: meSchema },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const subscriber = caller.role === "subscriber" ? caller : undefined;
      return {
        id: caller.id,
        name: caller.name,
        role: caller.role,
        subscriber: subscriber?.subscriber ?? null,
        accounts: [...accountsOf(caller, base.config)],
        sensitive: maySeeSensitive(caller),
      };
    },
  });
}

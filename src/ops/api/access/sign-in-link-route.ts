import { z } from "zod";

import { holderOf } from "../../../admin/access/session-holders.ts";
import { createSignInLink } from "../../../admin/access/sign-in-links.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf, tooMany } from "../authenticate.ts";
import { createFailedTries } from "../failed-tries.ts";

const signInLinkSchema = z
  .strictObject({
    path: z.string().meta({
      description:
        "Where the link leads, on the host that people reach the dashboard by. What stands behind `#` is a secret: browsers send it to no server.",
    }),
    expires_at: z.string().meta({ format: "date-time", description: "In ten minutes." }),
  })
  .meta({ id: "SignInLink", description: "An address that signs one browser in, once." });

const EXAMPLE: z.infer<typeof signInLinkSchema> = {
  path: "/ops/sign-in#code=…43 characters",
  expires_at: "2026-11-22T03:25:04Z",
};

/** In a minute, of one token. Each is a line of the audit log, which keeps them all, and so is what it opens. */
const MOST_LINKS = 60;

export function addSignInLinkRoute(scope: ApiScope, { base }: ApiDeps): void {
  const made = createFailedTries(base.now, MOST_LINKS);
  scope.route({
    method: "POST",
    url: "/sign-in-links",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        answers: { 201: "The link. It is shown this once." },
        examples: { answer: EXAMPLE },
      },
    },
    schema: {
      operationId: "createSignInLink",
      tags: ["Access"],
      summary: "Make a sign-in link",
      description:
        "A link to the dashboard that signs one browser in with the rights of the token that you send, once, within ten minutes. Send your own users there, and they see what your token sees without ever holding it.",
      response: { 201: signInLinkSchema },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const waitMs = made.blockedFor(caller.id);
      if (waitMs !== undefined) throw tooMany(`More than ${MOST_LINKS} links in a minute.`, waitMs);
      made.note(caller.id);
      const { path, expiresAt } = await createSignInLink(
        base,
        caller,
        holderOf(base, caller),
        request.session?.expiresAt,
      );
      return await reply.code(201).send({ path, expires_at: new Date(expiresAt).toISOString() });
    },
  });
}

import type { z } from "zod";

import { toIsoOrNull } from "../../../shared/iso-time.ts";
import type { Token } from "../../../store/access/token-store.ts";
import type { tokenSchema } from "./token-schemas.ts";

/** A token without its secret. `lastUsedAt`: unix ms; undefined: never. */
export function toTokenAnswer(token: Token, lastUsedAt: number | undefined): z.infer<typeof tokenSchema> {
  const { id, name: called, role, subscriber: whose, accounts, sensitive, createdAt, expiresAt } = token;
  return {
    id,
    name: called,
    role,
    subscriber: whose ?? null,
    accounts: accounts ? [...accounts] : null,
    sensitive,
    created_at: new Date(createdAt).toISOString(),
    expires_at: toIsoOrNull(expiresAt),
    last_used_at: toIsoOrNull(lastUsedAt),
  };
}

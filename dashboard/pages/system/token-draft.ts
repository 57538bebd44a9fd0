import type { z } from "zod";

import type { newTokenSchema } from "../../../src/ops/api/access/token-schemas.ts";
import type { Token } from "../../api/answers.ts";

/** What stands in the form of a token, as it is typed. */
export interface TokenDraft {
  readonly name: string;
  readonly role: Token["role"];
  readonly subscriber: string;
  readonly accounts: readonly string[];
  readonly sensitive: boolean;
  /** Of the reader's clock, like `2027-01-31T09:00`; empty: as long as one usually lives. */
  readonly expiresAt: string;
  /** It ends only when it is revoked, whatever stands in `expiresAt`. */
  readonly isEndless: boolean;
}

export const EMPTY_TOKEN: TokenDraft = {
  name: "",
  role: "viewer",
  subscriber: "",
  accounts: [],
  sensitive: false,
  expiresAt: "",
  isEndless: false,
};

/** What the API is asked for. What is of subscribers only does not go along with another role, whatever was typed before. */
export function toNewToken(draft: TokenDraft): z.input<typeof newTokenSchema> {
  const { accounts, expiresAt, isEndless, name, role, sensitive, subscriber } = draft;
  const common = {
    name: name.trim(),
    role,
    ...(isEndless ? { expires_at: null } : {}),
    ...(isEndless || expiresAt === "" ? {} : { expires_at: new Date(expiresAt).toISOString() }),
  };
  if (role !== "subscriber") return common;
  return {
    ...common,
    sensitive,
    ...(subscriber.trim() === "" ? {} : { subscriber: subscriber.trim() }),
    ...(accounts.length === 0 ? {} : { accounts: [...accounts] }),
  };
}

import { z } from "zod";

/** Whose rights a browser's session, or a sign-in link, has. It has them for as long as the token has. */
export const holderSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("token"), tokenId: z.string() }),
  /** The configuration's `ops.token`. `hash` is its SHA-256, hex: with another token, what the former one opened is shut. */
  z.strictObject({ kind: z.literal("ops_token"), hash: z.string() }),
]);

export type Holder = Readonly<z.infer<typeof holderSchema>>;

/**
 * Where a holder's things are kept. Without the hash: this is a name in Redis, in clear, and a weak `ops.token` could be
 * guessed by it.
 */
export function placeOfHolder(holder: Holder): string {
  switch (holder.kind) {
    case "token":
      return holder.tokenId;
    case "ops_token":
      return "ops-token";
  }
}

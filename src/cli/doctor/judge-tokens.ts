import { formatSpan } from "../../admin/format-span.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { ListedToken } from "../../store/access/token-store.ts";
import type { Finding } from "./finding.ts";

/** Enough to make another one, and to hand it over. */
const SOON_MS = 14 * 24 * 3_600_000;

/** A token that lives and whose record nobody can open. */
export function judgeUnreadableToken(id: string): Finding {
  return {
    what: `token ${id}`,
    verdict: "warn",
    detail: "its record cannot be opened: it opens nothing; the others do",
    remedy: `put the missing key back under encryption, or: cliniko-webhooks tokens revoke ${id}, and make another`,
  };
}

/** Tokens that are about to end by themselves. Pure. @param now unix ms */
export function judgeTokens(tokens: readonly ListedToken[], now: number): Finding[] {
  return tokens.flatMap(({ expiresAt, id, name }) => {
    const leftMs = (expiresAt ?? Number.POSITIVE_INFINITY) - now;
    if (expiresAt === undefined || leftMs <= 0 || leftMs > SOON_MS) return [];
    return [
      {
        what: `token ${id}`,
        verdict: "note",
        detail: `${name} opens for another ${formatSpan(leftMs)}, until ${toIsoSeconds(expiresAt)}`,
        remedy: `if it is still needed: cliniko-webhooks tokens create, hand that over, then tokens revoke ${id}`,
      },
    ];
  });
}

import { elapsedMs } from "../../shared/elapsed.ts";
import { type TargetPolicy, type UrlVerdict, checkUrl } from "./target-guard.ts";

/** A URL that passed is judged again this soon: what listens on this machine may have changed. */
const HOLDS_MS = 1_000;
/** Beginning afresh is cheaper than keeping account of which are still called. */
const MOST_KNOWN = 1_000;

/** `checkUrl`, which need not read the same URL anew for each of many calls in a moment. */
export function createUrlCheck(now: () => number): typeof checkUrl {
  const passed = new Map<
    string,
    { readonly verdict: UrlVerdict; readonly policy: TargetPolicy; readonly at: number }
  >();
  return (url, policy) => {
    const at = now();
    const known = passed.get(url);
    if (known && known.policy === policy && elapsedMs(at, known.at) < HOLDS_MS) return known.verdict;
    const verdict = checkUrl(url, policy);
    if (passed.size >= MOST_KNOWN) passed.clear();
    if (verdict.kind === "ok") passed.set(url, { verdict, policy, at });
    else passed.delete(url);
    return verdict;
  };
}

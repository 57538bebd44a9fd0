import type { AtMost, Lease, Leases } from "../../store/detection/lease.ts";
import { limitSignal } from "../../shared/limit-signal.ts";

/**
 * Runs `work` while holding the lease, renewing it every `renewEveryMs`. Its signal fires when the lease is lost or
 * `outer` is aborted; what a holder still writes after that is fenced off. Undefined: somebody else holds it, or `atMost`
 * of the account's are held.
 */
export async function holdLease<Result>(
  leases: Leases,
  scope: { readonly account: string; readonly resource: string; readonly atMost?: AtMost },
  renewEveryMs: number,
  outer: AbortSignal,
  work: (lease: Lease, signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const lease = await leases.acquire(scope.account, scope.resource, scope.atMost);
  if (!lease) return undefined;
  try {
    return await whileHeld(leases, lease, renewEveryMs, outer, work);
  } finally {
    await leases.release(lease);
  }
}

/** The same with a lease that is held already. Whoever took it gives it back. */
export async function whileHeld<Result>(
  leases: Pick<Leases, "renew">,
  lease: Lease,
  renewEveryMs: number,
  outer: AbortSignal,
  work: (lease: Lease, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const lost = new AbortController();
  const renew = (): void => {
    leases.renew(lease).then(
      (held) => held || lost.abort(),
      () => undefined, // Redis is away: the commit will tell whether the lease survived
    );
  };
  const timer = setInterval(renew, renewEveryMs);
  using limited = limitSignal([outer, lost.signal]);
  try {
    return await work(lease, limited.signal);
  } finally {
    clearInterval(timer);
  }
}

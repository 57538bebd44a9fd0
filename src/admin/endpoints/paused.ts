import type { Endpoint, PausedBy } from "../../store/outbox/endpoint-store.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { Caller } from "../access/caller.ts";
import { type Refusal, conflict } from "../access/refusal.ts";

type Pause = Pick<Endpoint, "owner" | "pausedAt" | "pausedBy">;

/** What a caller's own pause is kept as. */
export function pausedByOf({ id, name, role }: Caller): PausedBy {
  return { role: role === "subscriber" ? "subscriber" : "operator", id, name };
}

/** Whose pause it is; undefined: it is not paused. */
export function pauserOf({ pausedAt, pausedBy }: Pause): PausedBy["role"] | undefined {
  return pausedAt === undefined ? undefined : (pausedBy?.role ?? "operator");
}

/**
 * What the operator holds back, its subscriber does not bring into motion again: not by enabling, by a test (which may enable, and goes
 * out), by making the same anew, or by moving it elsewhere and making the same anew. The operator may end any pause.
 */
export function operatorsPause(caller: Caller, endpoint: Pause, path: string): Refusal | undefined {
  if (caller.role !== "subscriber" || pauserOf(endpoint) !== "operator") return undefined;
  const since = endpoint.pausedAt === undefined ? "" : ` since ${toIsoSeconds(endpoint.pausedAt)}`;
  return conflict(
    path,
    `the operator of this service has paused it${since}`,
    "ask the operator to enable it",
  );
}

/** Another endpoint of the same subscriber, to the host of one that the operator holds back. `but`: the one that is changed. */
export function operatorsPauseOfHost(
  caller: Caller,
  endpoints: readonly Endpoint[],
  { url, but, path }: { readonly url: string; readonly but?: string; readonly path: string },
): Refusal | undefined {
  if (caller.role !== "subscriber") return undefined;
  const host = hostOf(url);
  const held = endpoints.some(
    ({ id, owner, settings, ...pause }) =>
      id !== but &&
      owner === caller.subscriber &&
      hostOf(settings.url) === host &&
      pauserOf({ owner, ...pause }) === "operator",
  );
  if (!held) return undefined;
  const message = "has a host to which the operator of this service has paused an endpoint of yours";
  return conflict(path, message, "ask the operator to enable that one");
}

/** Whatever its port, its path, and the dot at its end. */
function hostOf(url: string): string {
  return (URL.parse(url)?.hostname ?? "").replace(/\.$/, "");
}

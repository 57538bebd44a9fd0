import { elapsedMs } from "../../shared/elapsed.ts";
import type { EndpointTls } from "../../config/endpoint-settings.ts";
import { type ConnectionDeps, createConnectionOpener } from "./open-connection.ts";
import { type TargetConnections, createTargetConnections } from "./target-connections.ts";
import type { CheckedUrl, TargetPolicy } from "./target-guard.ts";

/** What may be called for an endpoint of this subscriber; undefined: of the operator. */
export type PolicyOf = (owner: string | undefined) => TargetPolicy;

/** Where a callback goes. */
export interface CallbackTarget {
  /** Names the connections that are kept: targets with different ids share none. */
  readonly id: string;
  readonly url: string;
  /** The subscriber whose it is; undefined: the operator's. It decides which ranges are open, and what a failure takes. */
  readonly owner?: string | undefined;
  readonly tls?: EndpointTls | undefined;
  /** The most to have open at once. */
  readonly connections: number;
}

/** The connections of every target, made when a target is first called and made anew when it changes. */
export interface ConnectionCache {
  connectionsTo(target: CallbackTarget, checked: CheckedUrl): TargetConnections;
  /** Closes all, in the midst of whatever they do. */
  destroy(): Promise<void>;
}

interface Kept {
  readonly target: CallbackTarget;
  readonly connections: TargetConnections;
  usedAtMs: number;
}

/** What nobody has called for so long is forgotten; its connections have closed by then. */
const FORGET_AFTER_MS = 5 * 60_000;

export function createConnectionCache(
  deps: Omit<ConnectionDeps, "policy">,
  policyOf: PolicyOf,
  now: () => number,
): ConnectionCache {
  const kept = new Map<string, Kept>();
  /** Replaced, and perhaps with requests under way. */
  const retired = new Set<TargetConnections>();
  let sweptAtMs = now();

  function retire({ connections }: Kept): void {
    connections.retire();
    retired.add(connections);
  }

  function sweep(nowMs: number): void {
    if (elapsedMs(nowMs, sweptAtMs) < FORGET_AFTER_MS) return;
    sweptAtMs = nowMs;
    for (const [id, entry] of kept) {
      if (elapsedMs(nowMs, entry.usedAtMs) < FORGET_AFTER_MS) continue;
      kept.delete(id);
      retire(entry);
    }
    for (const connections of retired) if (!connections.busy()) retired.delete(connections);
  }

  return {
    connectionsTo(target, checked) {
      const nowMs = now();
      sweep(nowMs);
      const known = kept.get(target.id);
      if (known && isSame(known.target, target)) {
        known.usedAtMs = nowMs;
        return known.connections;
      }
      if (known) retire(known);
      const connections = createTargetConnections({
        host: checked.url.host,
        connections: target.connections,
        open: createConnectionOpener(checked, target.tls, { ...deps, policy: policyOf(target.owner) }),
        now,
      });
      kept.set(target.id, { target, connections, usedAtMs: nowMs });
      return connections;
    },

    async destroy() {
      const all = [...retired, ...[...kept.values()].map(({ connections }) => connections)];
      kept.clear();
      await Promise.all(all.map(async (connections) => await connections.destroy()));
    },
  };
}

function isSame(a: CallbackTarget, b: CallbackTarget): boolean {
  return (
    a.url === b.url &&
    a.owner === b.owner &&
    a.connections === b.connections &&
    a.tls?.ca === b.tls?.ca &&
    a.tls?.certificate === b.tls?.certificate &&
    a.tls?.key === b.tls?.key
  );
}

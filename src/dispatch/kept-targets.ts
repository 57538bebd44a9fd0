import { elapsedMs } from "../elapsed.ts";
import type { EndpointTls } from "../config/endpoint-settings.ts";
import { type ConnectionDeps, createConnectionOpener } from "./open-connection.ts";
import { type TargetConnections, createTargetConnections } from "./target-connections.ts";
import type { CheckedUrl } from "./target-guard.ts";

/** Where a callback goes. */
export interface CallbackTarget {
  /** Names the connections that are kept: targets with different ids share none. */
  readonly id: string;
  readonly url: string;
  readonly tls?: EndpointTls | undefined;
  /** The most to have open at once. */
  readonly connections: number;
}

/** The connections of every target, made when a target is first called and made anew when it changes. */
export interface KeptTargets {
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

export function createKeptTargets(deps: ConnectionDeps, now: () => number): KeptTargets {
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
        open: createConnectionOpener(checked, target.tls, deps),
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
    a.connections === b.connections &&
    a.tls?.ca === b.tls?.ca &&
    a.tls?.certificate === b.tls?.certificate &&
    a.tls?.key === b.tls?.key
  );
}

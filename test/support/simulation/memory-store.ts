import type { Snapshot } from "../../../src/diff/adopt.ts";
import type { FieldValues } from "../../../src/diff/values.ts";
import { type WebhookEvent, eventSchema } from "../../../src/diff/event.ts";
import type { AccountStore, Commit, Cursor } from "../../../src/store/detection/account-store.ts";
import type { EventLog, LogEntry } from "../../../src/store/events/event-log.ts";
import type { Lease, Leases } from "../../../src/store/detection/lease.ts";

export interface StoredEvent {
  readonly event: WebhookEvent;
  /** Unix ms by the store's clock. */
  readonly committedAt: number;
}

/**
 * Redis in memory: the same contracts (test/contract/detection-store.test.ts holds both to them), and it can be put
 * back to what it was. Everything is copied on the way in and out, as it would be by a server.
 */
export interface MemoryStore {
  readonly store: AccountStore;
  readonly leases: Leases;
  readonly log: Pick<EventLog, "read" | "readEvent">;
  /** Remembers everything as it is now; the answer puts it back, as a Redis that lost its last writes. */
  readonly checkpoint: () => () => void;
  readonly snapshotsOf: (account: string, resource: string) => ReadonlyMap<string, Snapshot>;
  readonly cursorOf: (account: string, resource: string) => Cursor | undefined;
  readonly eventsOf: (account: string) => StoredEvent[];
  /** Every event that was ever committed, those lost by going back included: a subscriber may have had them. */
  readonly everCommitted: (account: string) => readonly StoredEvent[];
  /** Patients whose appointments are to be read again. */
  readonly rereadsOf: (account: string) => string[];
}

type StoredSnapshot = Omit<Snapshot, "values"> & { readonly json: string };

interface Scope {
  cursor: Cursor | undefined;
  lease:
    | { readonly epoch: number; readonly holder: string; readonly commits: number; readonly lapsesAt: number }
    | undefined;
  epoch: number;
  readonly snapshots: Map<string, StoredSnapshot>;
}

interface LogLine extends LogEntry {
  readonly json: string;
  readonly committedAt: number;
}

export function createMemoryStore(options: {
  readonly now: () => number;
  readonly leaseTtlMs: number;
  /** Sees each commit that went through, before it is answered. */
  readonly onCommit?: (lease: Lease, commit: Commit) => void;
}): MemoryStore {
  const { now, leaseTtlMs } = options;
  let scopes = new Map<string, Scope>();
  let logs = new Map<string, LogLine[]>();
  const ever = new Map<string, LogLine[]>();
  const rereads = new Set<string>();

  const scopeOf = (account: string, resource: string): Scope => {
    const name = `${account}/${resource}`;
    const known = scopes.get(name);
    if (known) return known;
    const created: Scope = { cursor: undefined, lease: undefined, epoch: 0, snapshots: new Map() };
    scopes.set(name, created);
    return created;
  };
  // Not part of what can go back: no two holders are ever called the same.
  let issued = 0;
  const holds = (lease: Lease): boolean => {
    const held = scopeOf(lease.account, lease.resource).lease;
    return held?.epoch === lease.epoch && held.holder === lease.holder && held.lapsesAt > now();
  };
  const continues = (lease: Lease): boolean =>
    holds(lease) && scopeOf(lease.account, lease.resource).lease?.commits === lease.chain.commits;
  const append = (account: string, events: readonly WebhookEvent[]): void => {
    const [lines, all] = [linesOf(logs, account), linesOf(ever, account)];
    for (const event of events) {
      const json = JSON.stringify(event);
      const line = { ...toLine(event, lines.at(-1)?.position, now()), json, committedAt: now() };
      lines.push(line);
      all.push(line);
    }
  };

  return {
    store: {
      readCursor: async (account, resource) => {
        const { cursor } = scopeOf(account, resource);
        return cursor && { ...cursor };
      },
      loadSnapshots: async (account, resource, ids) => {
        const { snapshots } = scopeOf(account, resource);
        const found = new Map<string, Snapshot>();
        for (const id of ids) {
          const stored = snapshots.get(id);
          if (stored) found.set(id, toSnapshot(stored));
        }
        return found;
      },
      listIds: async (account, resource) =>
        [...scopeOf(account, resource).snapshots]
          .filter(([, { deletedAt }]) => deletedAt === undefined)
          .map(([id]) => id),
      commit: async (lease, commit) => {
        if (!continues(lease)) return "fenced";
        const scope = scopeOf(lease.account, lease.resource);
        if (
          commit.snapshots.size + commit.events.length + (commit.rereads?.length ?? 0) > 0 ||
          commit.cursor
        ) {
          lease.chain.commits += 1;
          if (scope.lease) scope.lease = { ...scope.lease, commits: lease.chain.commits };
        }
        for (const [id, snapshot] of commit.snapshots) scope.snapshots.set(id, toStored(snapshot));
        if (commit.cursor) scope.cursor = { ...commit.cursor };
        append(lease.account, commit.events);
        for (const { resource, id } of commit.rereads ?? [])
          rereads.add(`${lease.account}/${resource}/${id}`);
        options.onCommit?.(lease, commit);
        return "committed";
      },
    },
    leases: {
      acquire: async (account, resource) => {
        const scope = scopeOf(account, resource);
        if (scope.lease && scope.lease.lapsesAt > now()) return undefined;
        scope.epoch += 1;
        issued += 1;
        const holder = `holder ${issued}`;
        scope.lease = { epoch: scope.epoch, holder, commits: 0, lapsesAt: now() + leaseTtlMs };
        return { account, resource, epoch: scope.epoch, holder, chain: { commits: 0 } };
      },
      renew: async (lease) => {
        if (!holds(lease)) return false;
        const scope = scopeOf(lease.account, lease.resource);
        if (scope.lease) scope.lease = { ...scope.lease, lapsesAt: now() + leaseTtlMs };
        return true;
      },
      release: async (lease) => {
        if (holds(lease)) scopeOf(lease.account, lease.resource).lease = undefined;
      },
    },
    log: {
      read: async (account, position, count) =>
        (logs.get(account) ?? [])
          .filter((line) => position === undefined || comparePositions(line.position, position) > 0)
          .slice(0, count)
          .map(({ json: _json, committedAt: _committedAt, ...entry }) => entry),
      readEvent: async (account, eventId) => {
        const line = (logs.get(account) ?? []).findLast((one) => one.eventId === eventId);
        return line && eventSchema.parse(JSON.parse(line.json));
      },
    },
    checkpoint: () => {
      const scopesThen = copyScopes(scopes);
      const logsThen = copyLogs(logs);
      return () => {
        scopes = copyScopes(scopesThen);
        logs = copyLogs(logsThen);
      };
    },
    snapshotsOf: (account, resource) =>
      new Map([...scopeOf(account, resource).snapshots].map(([id, stored]) => [id, toSnapshot(stored)])),
    cursorOf: (account, resource) => scopeOf(account, resource).cursor,
    eventsOf: (account) => linesOf(logs, account).map(toStoredEvent),
    rereadsOf: (account) =>
      [...rereads]
        .filter((name) => name.startsWith(`${account}/`))
        .map((name) => name.slice(account.length + 1)),
    everCommitted: (account) => linesOf(ever, account).map(toStoredEvent),
  };
}

function linesOf(logs: Map<string, LogLine[]>, account: string): LogLine[] {
  const lines = logs.get(account) ?? [];
  logs.set(account, lines);
  return lines;
}

function copyScopes(scopes: ReadonlyMap<string, Scope>): Map<string, Scope> {
  return new Map(
    [...scopes].map(([name, scope]) => [name, { ...scope, snapshots: new Map(scope.snapshots) }]),
  );
}

function copyLogs(logs: ReadonlyMap<string, readonly LogLine[]>): Map<string, LogLine[]> {
  return new Map([...logs].map(([account, lines]) => [account, [...lines]]));
}

function toStoredEvent({ json, committedAt }: LogLine): StoredEvent {
  return { event: JSON.parse(json) as WebhookEvent, committedAt };
}

/** The values are taken now, not when somebody asks: what is stored cannot change afterwards. */
function toStored({ values, ...head }: Snapshot): StoredSnapshot {
  // Of a deleted record only its place in the sequence is kept.
  if (head.deletedAt !== undefined) return { ...head, updatedAt: 0, projectionVersion: 0, json: "[]" };
  return { ...head, json: JSON.stringify(values()) };
}

function toSnapshot({ json, ...head }: StoredSnapshot): Snapshot {
  return { ...head, values: () => JSON.parse(json) as FieldValues };
}

/** As the Redis log writes and reads an entry; positions are stream ids, which never go back. */
function toLine(event: WebhookEvent, last: string | undefined, nowMs: number): LogEntry {
  const [lastMs, lastN] = (last ?? "0-0").split("-").map(Number);
  const ms = Math.max(nowMs, lastMs ?? 0);
  return {
    position: `${ms}-${ms === lastMs ? (lastN ?? 0) + 1 : 0}`,
    eventId: event.id,
    subject: event.subject.type,
    record: event.subject.id,
    transitions: event.data.transitions.join(",").split(","),
  };
}

function comparePositions(left: string, right: string): number {
  const [leftMs = 0, leftN = 0] = left.split("-").map(Number);
  const [rightMs = 0, rightN = 0] = right.split("-").map(Number);
  return leftMs - rightMs || leftN - rightN;
}

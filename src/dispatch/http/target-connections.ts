import { once } from "node:events";
import type { Socket } from "node:net";

import { unreachable } from "../worker/attempt-failure.ts";
import { type Connection, createConnection, exchange } from "./exchange.ts";
import type { CallbackRequest } from "./format-request.ts";
import type { Deadline, Ending } from "./deadline.ts";
import type { OpenConnection } from "./open-connection.ts";
import type { DeliveryOutcome } from "../worker/outcome.ts";
import { createSemaphore } from "../worker/semaphore.ts";

/** The connections to one target: at most so many, kept open between requests. */
export interface TargetConnections {
  /** Sends over a connection of its own, waiting for one if it must. Never rejects. */
  send(request: CallbackRequest, deadline: Deadline): Promise<DeliveryOutcome>;
  /** Closes what is idle now, and the rest as its requests end. */
  retire(): void;
  /** Whether requests are under way, or wait for a connection. */
  busy(): boolean;
  /** Closes all, in the midst of whatever they do. */
  destroy(): Promise<void>;
}

export interface TargetConnectionsDeps {
  /** Value of the Host header. */
  readonly host: string;
  readonly connections: number;
  readonly open: OpenConnection;
  readonly now: () => number;
}

/** An older connection is not used again, so that a name that moved is followed and its certificate looked at anew. */
const MAX_AGE_MS = 5 * 60_000;

export function createTargetConnections(deps: TargetConnectionsDeps): TargetConnections {
  const semaphore = createSemaphore(deps.connections);
  const idle = createIdleConnections(deps);
  let underWay = 0;

  /** Undefined: the connection had gone stale. */
  async function sendOver(
    connection: Connection,
    request: CallbackRequest,
    signal: Ending,
    reused: boolean,
  ): Promise<DeliveryOutcome | undefined> {
    const result = await exchange(connection, deps.host, request, { signal, reused, nowMs: deps.now() });
    if (result.kind === "answered" && result.reusable) idle.put(connection);
    else idle.close(connection);
    if (result.kind === "stale") return undefined;
    return result.kind === "answered" ? result.outcome : result;
  }

  return {
    async send(request, deadline) {
      underWay += 1;
      const release = await semaphore.acquire(deadline);
      try {
        if (!release) return unreachable("timeout", "all connections to it were busy");
        const kept = idle.take();
        const outcome = kept && (await sendOver(kept, request, deadline, true));
        if (outcome) return outcome;
        // The receiver closed it as we wrote. It may have read the request all the same: the event's id is the same.
        const opened = await deps.open(deadline.signal());
        if (opened.kind !== "open") return opened;
        const answer = await sendOver(idle.add(opened.socket), request, deadline, false);
        // A fresh one is never called stale.
        return answer ?? unreachable("broken_off", "the connection ended");
      } finally {
        underWay -= 1;
        release?.();
      }
    },

    retire() {
      idle.retire();
    },

    busy: () => underWay > 0,

    async destroy() {
      await idle.destroy();
    },
  };
}

interface IdleConnections {
  add(socket: Socket): Connection;
  take(): Connection | undefined;
  put(connection: Connection): void;
  close(connection: Connection): void;
  retire(): void;
  destroy(): Promise<void>;
}

/** Where connections lie between two requests. */
function createIdleConnections({ now }: Pick<TargetConnectionsDeps, "now">): IdleConnections {
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  let retired = false;

  function close(connection: Connection): void {
    all.delete(connection);
    connection.socket.destroy();
  }

  return {
    close,

    add(socket) {
      const connection = createConnection(socket, now());
      all.add(connection);
      return connection;
    },

    /** The one that was used last: the others may then grow old and go. */
    take() {
      for (;;) {
        const connection = idle.pop();
        if (!connection) return undefined;
        const ageMs = now() - connection.openedAtMs;
        if (connection.usable() && ageMs < MAX_AGE_MS) return connection;
        close(connection);
      }
    },

    put(connection) {
      if (retired || !connection.usable()) close(connection);
      else idle.push(connection);
    },

    retire() {
      retired = true;
      for (const connection of idle.splice(0)) close(connection);
    },

    async destroy() {
      retired = true;
      await Promise.all(
        [...all].map(async ({ socket }) => {
          socket.destroy();
          if (!socket.closed) await once(socket, "close");
        }),
      );
    },
  };
}

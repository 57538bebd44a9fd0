import { AsyncLocalStorage } from "node:async_hooks";

import type { Command } from "ioredis";

import { RedisUnavailableError } from "../../shared/errors.ts";
import { type Redis, isCluster } from "./client.ts";

/**
 * Stands between us and Redis, in front of a connection and of every duplicate that is made of it. While it is closed,
 * commands wait as they do for a lost connection: after one was made anew nothing is sent until it is known that the
 * server is ours and can be written to.
 */
export interface Gate {
  close(): void;
  open(): void;
  /** What `send` sends until it is settled passes a closed gate. */
  pass<Sent>(send: () => Promise<Sent>): Promise<Sent>;
  /** Every connection is made anew. */
  reconnect(): void;
  /** Nobody waits any more: what is held, and what comes while it is closed, fails. */
  giveUp(): void;
}

interface Held {
  readonly redis: Redis;
  readonly command: Command;
  readonly send: () => void;
}

type Send = (command: Command, stream?: WriteStream, node?: unknown) => unknown;
type WriteStream = Parameters<Redis["sendCommand"]>[1];

function guardCopies(redis: Redis, guard: (copy: Redis) => void): void {
  if (isCluster(redis)) {
    const duplicate = redis.duplicate.bind(redis);
    redis.duplicate = (...given) => {
      const copy = duplicate(...given);
      guard(copy);
      return copy;
    };
  } else {
    const duplicate = redis.duplicate.bind(redis);
    redis.duplicate = (override) => {
      const copy = duplicate(override);
      guard(copy);
      return copy;
    };
  }
}

export function createGate(main: Redis): Gate {
  let [isOpen, givenUp] = [true, false];
  const passing = new AsyncLocalStorage<true>();
  let passes = 0;
  let held: Held[] = [];
  const allowed = new WeakSet<Command>();
  const connections = new Set<Redis>();

  const refuse = ({ command }: Pick<Held, "command">, why: string): void => {
    command.reject(new RedisUnavailableError(why));
  };
  const guard = (redis: Redis): void => {
    connections.add(redis);
    const send: Send = redis.sendCommand.bind(redis);
    redis.sendCommand = (...sent: Parameters<Send>) => {
      const [command] = sent;
      // Sent again after a broken connection, it is still the one that was let pass.
      if (passing.getStore()) allowed.add(command);
      // Without a connection the client keeps it, and comes by here again when there is one.
      if (isOpen || redis.status !== "ready" || allowed.has(command)) return send(...sent);
      if (givenUp) refuse({ command }, "Redis cannot be used, and the service stops");
      else held.push({ redis, command, send: () => void send(...sent) });
      return command.promise;
    };
    guardCopies(redis, guard);
    redis.on("end", () => {
      connections.delete(redis);
      const gone = held.filter((one) => one.redis === redis);
      held = held.filter((one) => one.redis !== redis);
      for (const one of gone) refuse(one, "Connection is closed.");
    });
  };
  guard(main);

  return {
    close() {
      isOpen = false;
    },
    open() {
      if (isOpen) return;
      isOpen = true;
      const waiting = held;
      held = [];
      for (const { send } of waiting) send();
    },
    pass(send) {
      passes += 1;
      const sent = passing.run(true, async () => await send());
      // Node 20 pays for each promise of the process as long as somebody may look for what it belongs to.
      const settled = (): void => {
        passes -= 1;
        if (passes === 0) passing.disable();
      };
      sent.then(settled, settled);
      return sent;
    },
    reconnect() {
      for (const redis of connections) redis.disconnect(true);
    },
    giveUp() {
      givenUp = true;
      const waiting = held;
      held = [];
      for (const one of waiting) refuse(one, "Redis cannot be used, and the service stops");
    },
  };
}

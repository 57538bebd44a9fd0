import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

import { containsAddress, parseCidr } from "../config/cidr.ts";
import { addressOf, networkOf } from "./network-of.ts";

export interface ConnectionLimits {
  /** Of everybody together. */
  readonly most: number;
  /**
   * Of one address (an IPv6 address counts with its /64), besides those at work for a known caller: behind a proxy everybody
   * comes from one address, and who has signed in or shows a token is limited by that. Of a trusted proxy as many as of all.
   */
  readonly mostOfAddress: number;
  /** Requests that one connection may send ahead of the answer that it waits for. */
  readonly mostAhead: number;
  /** How long an answer may lie untaken, besides the time that its bytes are given. */
  readonly answerMs: number;
  /** What a reader takes in a second at least, on the whole of an answer. */
  readonly bytesPerSecond: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  most: 2_048,
  mostOfAddress: 128,
  mostAhead: 32,
  answerMs: 20_000,
  bytesPerSecond: 16 * 1_024,
};

/**
 * The connections of one server, so that none costs much, whoever opened it and whatever it leaves undone. A connection gets
 * one answer at a time: what it sends ahead waits, unbegun, until the answer before has left this process. An answer that is
 * not taken in time ends its connection. At a limit the new one is let in and an old one ends: the one that has been idle
 * the longest, or else the one that has been at work the longest for nobody known; so nobody is shut out by connections that
 * only stand there.
 */
export interface Connections extends Disposable {
  opened(socket: Socket): void;
  /** Whether another request on it is one more than may be sent ahead: then it ends. */
  endIfFull(socket: Socket): boolean;
  /** Calls `begin` when it is this request's turn; never, where its connection ends before. */
  take(request: IncomingMessage, response: ServerResponse, begin: Begin): void;
  /** The request under way on it is that of a known caller. */
  vouchFor(socket: Socket): void;
  /** Ends those that do not take their answers. Runs by itself, too. */
  sweep(): void;
}

type Begin = (request: IncomingMessage, response: ServerResponse) => void;

interface Connection {
  readonly socket: Socket;
  readonly network: string;
  readonly ahead: (() => void)[];
  atWork: boolean;
  known: boolean;
  /** When it began to be idle, or at work. */
  since: number;
  /** Since when it leaves bytes untaken, and how many had been written before. */
  owed: { readonly since: number; readonly after: number } | undefined;
}

/** `proxies`: ranges (CIDR) of those that are trusted to speak for others. */
export function createConnections(
  now: () => number,
  limits: ConnectionLimits,
  proxies: readonly string[] = [],
): Connections {
  const trusted = proxies.flatMap((text) => {
    const reading = parseCidr(text);
    return reading.kind === "cidr" ? [reading.cidr] : [];
  });
  const isProxy = (socket: Socket): boolean => {
    const address = addressOf(socket.remoteAddress);
    return address !== undefined && trusted.some((range) => containsAddress(range, address));
  };
  const open = new Map<Socket, Connection>();
  const ofNetwork = new Map<string, Set<Connection>>();

  const forget = (connection: Connection): void => {
    const { socket, network, ahead } = connection;
    open.delete(socket);
    ahead.length = 0;
    const others = ofNetwork.get(network);
    others?.delete(connection);
    if (others?.size === 0) ofNetwork.delete(network);
  };
  const end = (connection: Connection): void => {
    forget(connection);
    connection.socket.destroy();
  };

  const begin = (connection: Connection, response: ServerResponse, run: () => void): void => {
    Object.assign(connection, { atWork: true, known: false, since: now() });
    // After the last byte has been taken by the system, or with the connection.
    response.once("close", () => {
      Object.assign(connection, { atWork: false, known: false, since: now(), owed: undefined });
      if (!connection.socket.destroyed) connection.ahead.shift()?.();
    });
    run();
  };

  const sweep = (): void => {
    for (const connection of open.values()) if (isOverdue(connection, now(), limits)) end(connection);
  };
  const timer = setInterval(sweep, Math.max(1, limits.answerMs / 8)).unref();

  return {
    opened(socket) {
      const network = networkOf(socket.remoteAddress);
      const connection: Connection = {
        socket,
        network,
        ahead: [],
        atWork: false,
        known: false,
        since: now(),
        owed: undefined,
      };
      open.set(socket, connection);
      const neighbours = ofNetwork.get(network) ?? new Set();
      ofNetwork.set(network, neighbours.add(connection));
      socket.once("close", () => forget(connection));
      const counted = isProxy(socket) ? [] : [...neighbours].filter(({ known }) => !known);
      if (counted.length > limits.mostOfAddress) end(firstToGo(counted));
      if (open.size > limits.most) end(firstToGo([...open.values()].filter(({ known }) => !known)));
    },

    take(request, response, run) {
      const connection = open.get(request.socket);
      // It has ended already: there is nobody to answer.
      if (!connection) return;
      const mine = (): void => {
        begin(connection, response, () => run(request, response));
      };
      if (!connection.atWork) mine();
      else connection.ahead.push(mine);
    },

    endIfFull(socket) {
      const connection = open.get(socket);
      const isFull = connection?.atWork === true && connection.ahead.length >= limits.mostAhead;
      if (isFull) end(connection);
      return isFull;
    },

    vouchFor(socket) {
      const connection = open.get(socket);
      if (connection) connection.known = connection.atWork;
    },

    sweep,

    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}

/** There is one: the newest is nobody's yet, and goes where all others are at work for somebody known. */
function firstToGo(connections: readonly Connection[]): Connection {
  return connections.reduce((first, other) => {
    const sooner = first.atWork === other.atWork ? other.since < first.since : !other.atWork;
    return sooner ? other : first;
  });
}

/** Bytes count from when they are given to the connection: all of an answer that is ready, or what a file has yielded. */
function isOverdue(connection: Connection, now: number, limits: ConnectionLimits): boolean {
  const { socket } = connection;
  // An end that is not taken is owed, too: nothing comes after it.
  if (socket.writableLength === 0 && !socket.writableEnded) {
    connection.owed = undefined;
    return false;
  }
  connection.owed ??= { since: now, after: socket.bytesWritten - socket.writableLength };
  const { since, after } = connection.owed;
  const allowedMs = limits.answerMs + ((socket.bytesWritten - after) / limits.bytesPerSecond) * 1_000;
  // Earlier than it began: the clock was set back.
  if (now < since) connection.owed = undefined;
  return now - since > allowedMs;
}

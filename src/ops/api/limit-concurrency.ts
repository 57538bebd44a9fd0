import type { Socket } from "node:net";

import type { FastifyInstance, FastifyRequest } from "fastify";

import { ENDLESS, type Patience, createPatience } from "../../store/events/patience.ts";
import { ApiError } from "./api-error.ts";

/** Of one token, waits for the feed included. A search may look through a long log: one caller must not fill a process. */
const MOST_UNDER_WAY = 32;

/** One request, until its answer is sent or given up and what was begun for it is over. */
interface UnderWay {
  /** Whose requests it is counted with. */
  readonly name: string;
  readonly leaving: AbortController;
  /** Handlers that are at work. */
  working: number;
  /** Nobody is to be answered any more. */
  answered: boolean;
  ended: boolean;
}

const underWay = new WeakMap<FastifyRequest, UnderWay>();

/** How long whoever asked waits: it ends when they leave. Hand it to everything that may take long. */
export function patienceOf(request: FastifyRequest): Patience {
  return createPatience(underWay.get(request)?.leaving.signal ?? ENDLESS.signal);
}

/**
 * So many requests at once of those that are counted together. The place belongs to the work: leaving does not free it while
 * the work goes on, or whoever asks and leaves would have as much done at once as it likes. For the routes that are added after.
 */
export function limitConcurrency(
  scope: FastifyInstance,
  countedAs: (request: FastifyRequest) => string,
  most: number = MOST_UNDER_WAY,
): void {
  const counts = new Map<string, number>();
  const sockets = createSocketWatch();
  const settle = (work: UnderWay): void => {
    if (work.ended || work.working > 0 || !work.answered) return;
    work.ended = true;
    const left = (counts.get(work.name) ?? 1) - 1;
    if (left > 0) counts.set(work.name, left);
    else counts.delete(work.name);
  };
  scope.addHook("onRequest", async (request, reply) => {
    if (!request.caller) return;
    const name = countedAs(request);
    const count = counts.get(name) ?? 0;
    if (count >= most) {
      throw new ApiError("too_many_requests", `More than ${most} requests are under way.`, {
        headers: { "retry-after": "1" },
      });
    }
    counts.set(name, count + 1);
    const work = { name, leaving: new AbortController(), working: 0, answered: false, ended: false };
    underWay.set(request, work);
    const over = (): void => {
      letGo();
      if (!reply.raw.writableFinished) work.leaving.abort();
      work.answered = true;
      settle(work);
    };
    const letGo = sockets.whenClosed(request.raw.socket, over);
    reply.raw.once("close", over);
  });
  scope.addHook("onRoute", (route) => {
    const { handler } = route;
    route.handler = async function handle(request, reply) {
      const work = underWay.get(request);
      if (!work) return await handler.call(this, request, reply);
      const { signal } = work.leaving;
      work.working += 1;
      try {
        // It left while it was looked at who it is.
        signal.throwIfAborted();
        return await handler.call(this, request, reply);
      } catch (error) {
        if (error !== signal.reason) throw error;
        // The work was given up because nobody waits for it: there is nobody to tell, and nothing is wrong.
        return await reply.hijack();
      } finally {
        work.working -= 1;
        settle(work);
      }
    };
  });
}

/** A connection may carry many requests, of which those that still queue have no answer that could be seen to close. */
function createSocketWatch(): { whenClosed(socket: Socket, tell: () => void): () => void } {
  const watched = new WeakMap<Socket, Set<() => void>>();
  return {
    whenClosed(socket, tell) {
      let waiting = watched.get(socket);
      if (!waiting) {
        const all = new Set<() => void>();
        socket.once("close", () => {
          for (const each of all) each();
        });
        watched.set(socket, all);
        waiting = all;
      }
      waiting.add(tell);
      return () => waiting.delete(tell);
    },
  };
}

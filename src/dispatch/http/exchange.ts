import type { Socket } from "node:net";

import { type AttemptFailure, exchangeFailure, unreachable } from "../worker/attempt-failure.ts";
import type { Ending } from "./deadline.ts";
import { type CallbackRequest, formatRequest } from "./format-request.ts";
import type { DeliveryOutcome } from "../worker/outcome.ts";
import { type AnswerParser, type FormerHead, type ParsedAnswer, createAnswerParser } from "./parse-answer.ts";
import { unpackAnswer } from "./read-answer.ts";
import { parseRetryAfter } from "../policy/retry-after.ts";

/** An open connection. It is never opened again. */
export interface Connection {
  readonly socket: Socket;
  readonly openedAtMs: number;
  /** Whether another request may go over it. */
  readonly usable: () => boolean;
  /**
   * Writes a request and waits for the answer to it, for the end of the connection, or for `signal`. One at a time.
   * What comes from the other side between two requests ends the connection: nobody asked for it.
   */
  ask(request: Buffer, signal: Ending): Promise<Reply>;
}

type Reply =
  | ParsedAnswer
  /** The signal fired first. */
  | { readonly kind: "late"; readonly headCame: boolean }
  | { readonly kind: "error"; readonly error: Error };

export type Exchange =
  | {
      readonly kind: "answered";
      readonly outcome: Extract<DeliveryOutcome, { kind: "delivered" | "rejected" }>;
      /** Whether the connection is good for another request. */
      readonly reusable: boolean;
    }
  /** The connection had been used before, and ended without a byte of an answer. */
  | { readonly kind: "stale" }
  | AttemptFailure;

interface Asking {
  readonly parser: AnswerParser;
  readonly settle: (reply: Reply) => void;
}

export function createConnection(socket: Socket, openedAtMs: number): Connection {
  const former: FormerHead = {};
  let asking: Asking | undefined;
  let ended = false;

  function take(reply: Reply | undefined): void {
    if (reply) asking?.settle(reply);
  }

  socket.on("data", (chunk: Buffer) => {
    if (asking) take(asking.parser.add(chunk));
    else socket.destroy();
  });
  socket.on("end", () => {
    ended = true;
    if (asking) take(asking.parser.end(false));
    else socket.destroy();
  });
  socket.on("error", (error) => {
    ended = true;
    const cut = asking?.parser.end(true);
    take(cut?.kind === "answer" ? cut : { kind: "error", error });
  });
  socket.on("close", () => {
    ended = true;
    take(asking?.parser.end(true));
  });
  socket.on("timeout", () => {
    if (!asking) socket.destroy();
  });

  return {
    socket,
    openedAtMs,
    usable: () => !ended && !socket.destroyed,
    async ask(request, signal) {
      return await new Promise((resolve) => {
        const parser = createAnswerParser(former);
        const settle = (reply: Reply): void => {
          asking = undefined;
          signal.removeEventListener("abort", giveUp);
          // The rest of an answer that is not read to its end is not even taken from the network.
          if (reply.kind === "answer" && reply.idleMs > 0) socket.setTimeout(reply.idleMs);
          else socket.pause();
          resolve(reply);
        };
        const giveUp = (): void => {
          settle({ kind: "late", headCame: parser.headCame() });
        };
        asking = { parser, settle };
        if (signal.aborted) {
          giveUp();
        } else if (ended || socket.destroyed) {
          settle(parser.end(true));
        } else {
          signal.addEventListener("abort", giveUp);
          socket.setTimeout(0);
          socket.write(request);
        }
      });
    },
  };
}

/**
 * Sends one request and reads the answer. Never rejects. After anything but a reusable answer the caller closes the
 * connection, whatever is still under way on it.
 * @param host value of the Host header
 * @param reused whether the connection has brought an answer before
 */
export async function exchange(
  connection: Connection,
  host: string,
  request: CallbackRequest,
  { signal, reused, nowMs }: { readonly signal: Ending; readonly reused: boolean; readonly nowMs: number },
): Promise<Exchange> {
  const bytes = formatRequest(host, request);
  if (!bytes) return { kind: "refused", detail: "a header that cannot be sent" };
  const bytesBefore = connection.socket.bytesRead;
  const reply = await connection.ask(bytes, signal);
  const silent = connection.socket.bytesRead === bytesBefore;
  switch (reply.kind) {
    case "answer": {
      const { status, headers } = reply;
      const { excerpt, whole } = await unpackAnswer(reply.bytes, headers.get("content-encoding") ?? "");
      const reusable = reply.idleMs > 0 && whole;
      if (status >= 200 && status < 300) {
        return { kind: "answered", outcome: { kind: "delivered", status, excerpt }, reusable };
      }
      const retryAfterMs = parseRetryAfter(headers.get("retry-after"), nowMs, headers.get("date"));
      return { kind: "answered", outcome: { kind: "rejected", status, retryAfterMs, excerpt }, reusable };
    }
    case "late":
      return reply.headCame
        ? unreachable("body_too_slow", "the answer's body was not whole at the deadline")
        : unreachable("timeout", "no answer");
    case "bad":
      return unreachable("bad_answer", reply.detail);
    case "broken_off":
      return reused && silent ? { kind: "stale" } : unreachable("broken_off", reply.detail);
    case "error":
      return reused && silent ? { kind: "stale" } : exchangeFailure(reply.error);
  }
}

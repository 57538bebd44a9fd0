import type { Socket } from "node:net";

import { Client, type Dispatcher } from "undici";

import { type AttemptFailure, exchangeFailure, unreachable } from "./attempt-failure.ts";
import type { DeliveryOutcome } from "./outcome.ts";
import { createAnswerCollector, unpackAnswer } from "./read-answer.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** One POST. */
export interface CallbackRequest {
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An open connection, and what speaks HTTP on it. It is never opened again. */
export interface Connection {
  readonly socket: Socket;
  readonly client: Client;
  readonly openedAtMs: number;
}

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

/** How long a connection may lie idle where the receiver does not say (Keep-Alive). */
const IDLE_MS = 20_000;
/** Beyond what any receiver of callbacks has to say in a head. */
const MAX_HEAD_BYTES = 16 * 1_024;

export function createConnection(origin: string, socket: Socket, openedAtMs: number): Connection {
  let taken = false;
  const client = new Client(origin, {
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    maxHeaderSize: MAX_HEAD_BYTES,
    // One deadline of ours covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, callback) => {
      queueMicrotask(() => {
        // Undici asks for another one when the first has died under a waiting request. The same again would have it ask
        // for ever: an ended socket is not an error that it passes on.
        if (taken) callback(new Error("the connection has ended"), null);
        else callback(null, socket);
        taken = true;
      });
    },
  });
  return { client, socket, openedAtMs };
}

/**
 * Sends one request and reads the answer. Never rejects. After anything but a reusable answer the caller closes the
 * connection, whatever is still under way on it.
 * @param reused whether the connection has brought an answer before
 */
export async function exchange(
  { client, socket }: Connection,
  request: CallbackRequest,
  {
    signal,
    reused,
    nowMs,
  }: { readonly signal: AbortSignal; readonly reused: boolean; readonly nowMs: number },
): Promise<Exchange> {
  const bytesBefore = socket.bytesRead;
  const reply = await post(client, request, signal);
  switch (reply.kind) {
    case "answer": {
      const { status, headers, bytes } = reply;
      const { excerpt, whole } = await unpackAnswer(bytes, textOf(headers["content-encoding"]));
      const reusable = reply.whole && whole;
      if (status >= 200 && status < 300) {
        return { kind: "answered", outcome: { kind: "delivered", status, excerpt }, reusable };
      }
      const retryAfterMs = parseRetryAfter(headers["retry-after"], nowMs);
      return { kind: "answered", outcome: { kind: "rejected", status, retryAfterMs, excerpt }, reusable };
    }
    case "late":
      return reply.headCame
        ? unreachable("body_too_slow", "the answer's body was not whole at the deadline")
        : unreachable("timeout", "no answer");
    case "error": {
      const failure = exchangeFailure(reply.error);
      const silent = socket.bytesRead === bytesBefore;
      return reused && silent && failure.kind === "unreachable" ? { kind: "stale" } : failure;
    }
  }
}

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

type Reply =
  /** `whole`: false when there was more than is read. */
  | (Head & { readonly kind: "answer"; readonly bytes: Buffer; readonly whole: boolean })
  | { readonly kind: "late"; readonly headCame: boolean }
  | { readonly kind: "error"; readonly error: Error };

/** By undici's handler: its `request` makes a stream of each answer, for some characters that we keep. */
async function post(client: Client, request: CallbackRequest, signal: AbortSignal): Promise<Reply> {
  if (signal.aborted) return { kind: "late", headCame: false };
  return await new Promise((resolve) => {
    const body = createAnswerCollector();
    let head: Head | undefined;
    const settle = (reply: Reply): void => {
      signal.removeEventListener("abort", giveUp);
      resolve(reply);
    };
    const giveUp = (): void => {
      settle({ kind: "late", headCame: head !== undefined });
    };
    const finish = (whole: boolean): void => {
      if (head) settle({ kind: "answer", ...head, bytes: body.bytes(), whole });
    };
    const handler: Dispatcher.DispatchHandler = {
      // Undici knows the handlers of this kind by it.
      onRequestStart: () => undefined,
      onResponseStart: (_controller, status, headers) => {
        if (status >= 200) head = { status, headers };
      },
      onResponseData: (controller, chunk) => {
        if (body.add(chunk)) return;
        controller.pause();
        finish(false);
      },
      onResponseEnd: () => {
        finish(true);
      },
      onResponseError: (_controller, error) => {
        settle({ kind: "error", error });
      },
    };
    signal.addEventListener("abort", giveUp);
    client.dispatch({ ...request, method: "POST" }, handler);
  });
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

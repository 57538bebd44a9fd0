import { once } from "node:events";
import { type Socket, connect, isIP } from "node:net";
import { connect as connectTls } from "node:tls";

import { type Exchange, createConnection, exchange } from "../../dispatch/http/exchange.ts";
import { causeOf } from "../terminal/cause-of.ts";
import type { Post } from "./grade-case.ts";

export type Answer =
  /** `excerpt`: how its body begins, on one line. */
  | { readonly kind: "answered"; readonly status: number; readonly tookMs: number; readonly excerpt: string }
  | { readonly kind: "too_slow"; readonly tookMs: number }
  /** `detail`: an errno, or what else names the cause. */
  | { readonly kind: "unreachable"; readonly detail: string };

/** Of the service, by default. */
const TIMEOUT_MS = 15_000;
const EXCERPT_CHARACTERS = 200;

/**
 * Posts as the service does, and takes for an answer what the service does, without its guard: whoever grades names the URL
 * of a subscriber of their own, on loopback most of the time. Redirects are not followed. Never rejects.
 */
export async function sendPost(
  url: string,
  { headers, body }: Post,
  timeoutMs = TIMEOUT_MS,
): Promise<Answer> {
  const startedAtMs = performance.now();
  const target = new URL(url);
  if (target.username || target.password) {
    return { kind: "unreachable", detail: "a user and a password in the address are not sent" };
  }
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const { signal } = deadline;
  const socket = dial(target);
  try {
    await once(socket, target.protocol === "https:" ? "secureConnect" : "connect", { signal });
    const request = {
      path: target.pathname + target.search,
      headers: {
        "content-type": "application/json",
        "user-agent": "cliniko-webhooks",
        "accept-encoding": "identity",
        ...headers,
      },
      body,
    };
    const result = await exchange(createConnection(socket, 0), target.host, request, {
      signal,
      reused: false,
      nowMs: Date.now(),
    });
    if (result.kind !== "answered" && signal.aborted) return { kind: "too_slow", tookMs: timeoutMs };
    return toAnswer(result, Math.round(performance.now() - startedAtMs));
  } catch (error) {
    if (signal.aborted) return { kind: "too_slow", tookMs: timeoutMs };
    return { kind: "unreachable", detail: causeOf(error) };
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** By its name: all its addresses are tried, and the certificate is checked against the authorities that Node knows. */
function dial({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const socket =
    protocol === "https:"
      ? connectTls({
          host,
          port: Number(port || "443"),
          ALPNProtocols: ["http/1.1"],
          ...(isIP(host) ? {} : { servername: host }),
        })
      : connect({ host, port: Number(port || "80"), noDelay: true });
  // Told to whoever waits for it; between two of them nobody does.
  return socket.on("error", () => undefined);
}

function toAnswer(result: Exchange, tookMs: number): Answer {
  if (result.kind === "answered") {
    const { status, excerpt } = result.outcome;
    return { kind: "answered", status, tookMs, excerpt: onOneLine(excerpt) };
  }
  return { kind: "unreachable", detail: result.kind === "stale" ? "the connection ended" : result.detail };
}

function onOneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > EXCERPT_CHARACTERS ? `${line.slice(0, EXCERPT_CHARACTERS)}…` : line;
}

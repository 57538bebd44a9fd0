import { z } from "zod";

import { toError } from "../../errors.ts";
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
 * Posts as the service does, without its guard: whoever grades names the URL of a subscriber of their own, on loopback most
 * of the time. Redirects are not followed. Never rejects.
 */
export async function sendPost(
  url: string,
  { headers, body }: Post,
  timeoutMs = TIMEOUT_MS,
): Promise<Answer> {
  const startedAtMs = performance.now();
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "cliniko-webhooks", ...headers },
      body,
      redirect: "manual",
      signal,
    });
    // The service waits for the whole answer too.
    const text = await response.text();
    const tookMs = Math.round(performance.now() - startedAtMs);
    return { kind: "answered", status: response.status, tookMs, excerpt: onOneLine(text) };
  } catch (error) {
    if (signal.aborted) return { kind: "too_slow", tookMs: timeoutMs };
    return { kind: "unreachable", detail: causeOf(error) };
  }
}

function onOneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > EXCERPT_CHARACTERS ? `${line.slice(0, EXCERPT_CHARACTERS)}…` : line;
}

const codedSchema = z.object({ code: z.string() });

/** Fetch says "fetch failed" and keeps the reason one level below; for a name with two addresses, two below. */
export function causeOf(thrown: unknown): string {
  const { cause } = toError(thrown);
  const coded = [cause, cause instanceof AggregateError ? cause.errors[0] : undefined]
    .map((error) => codedSchema.safeParse(error).data?.code)
    .find((code) => code !== undefined);
  return coded ?? toError(cause ?? thrown).message;
}

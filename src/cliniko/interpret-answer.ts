import { isRecord } from "../shared/is-record.ts";
import type { Failure, Outcome } from "./outcome.ts";

/** A complete HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** No failure: an answer with status 200. A failure has an answer when the upstream gave one. */
export type Reply =
  | { readonly failure: undefined; readonly answer: Answer }
  | { readonly failure: Failure; readonly answer: Answer | undefined };

/** Without a usable reset time, and the bounds against a skewed clock. Source: docs/upstream.md §2. */
const DEFAULT_WAIT_MS = 60_000;
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 300_000;

/** What a status other than 200 means; undefined for 200. */
export function interpretFailure(answer: Answer, nowMs: number): Failure | undefined {
  const { status } = answer;
  const detail = [`HTTP ${status}`, requestId(answer)].filter(Boolean).join(" ");
  if (status === 200) return undefined;
  if (status === 400) return { kind: "bad_filter", detail: `${detail}: ${shortMessage(answer)}` };
  if (status === 401) return { kind: "unauthorized", detail };
  if (status === 403) return { kind: "forbidden", detail };
  if (status === 404) return { kind: "not_found", detail };
  if (status === 429) return { kind: "rate_limited", resetAtMs: resetTime(answer, nowMs), detail };
  // Everything else, redirects included (the key is never sent to another host), is the upstream being unwell.
  const redirect =
    status >= 300 && status < 400 ? ": a redirect, perhaps the account has moved to another shard" : "";
  return { kind: "unavailable", status, detail: detail + redirect, ...(status === 504 && { tooLate: true }) };
}

/**
 * How long X-RateLimit-Reset (unix seconds) is ahead of the same answer's own Date, so that no clock of ours has a say; a
 * Date that is missing or cannot be meant gives way to our clock. Then Retry-After (seconds), else a minute. Clamped.
 */
function resetTime(answer: Answer, nowMs: number): number {
  const reset = firstNumber(answer, "x-ratelimit-reset") * 1_000;
  const date = (serverDate(answer) ?? Number.NaN) * 1_000;
  const waits = [reset - date, reset - nowMs].filter((wait) => Number.isFinite(wait));
  const retryAfter = firstNumber(answer, "retry-after") * 1_000;
  const wanted =
    waits.find((wait) => wait >= -MIN_WAIT_MS && wait <= MAX_WAIT_MS) ??
    [retryAfter, ...waits, DEFAULT_WAIT_MS].find((wait) => Number.isFinite(wait)) ??
    DEFAULT_WAIT_MS;
  return nowMs + Math.min(Math.max(wanted, MIN_WAIT_MS), MAX_WAIT_MS);
}

/** The body as JSON, never looked at before its content type. */
export function parseJson(answer: Answer): Outcome<{ readonly value: unknown }> {
  const type = header(answer, "content-type") ?? "";
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) {
    return { kind: "malformed", detail: `content type ${type.slice(0, 40) || "missing"} instead of JSON` };
  }
  try {
    const value: unknown = JSON.parse(answer.body.toString("utf8"));
    return { kind: "ok", value };
  } catch {
    return { kind: "malformed", detail: `JSON broken off or torn (${answer.body.length} bytes)` };
  }
}

/** HTTP Date as unix seconds. */
export function serverDate(answer: Answer): number | undefined {
  const time = Date.parse(header(answer, "date") ?? "");
  return Number.isFinite(time) ? Math.floor(time / 1_000) : undefined;
}

/** Of a header that came several times, also where something on the way has joined them by commas. Not there: NaN. */
function firstNumber(answer: Answer, name: string): number {
  const [first = ""] = (header(answer, name) ?? "").split(",");
  return first.trim() === "" ? Number.NaN : Number(first);
}

function header(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name];
  return (Array.isArray(value) ? value[0] : value)?.trim() || undefined; // blank is absent: Number("") is 0
}

function requestId(answer: Answer): string | undefined {
  const id = header(answer, "x-request-id");
  return id && /^[\w-]{1,64}$/.test(id) ? `(request ${id})` : undefined;
}

/** Cliniko's 400 names the column ("notes is not filterable"): worth showing, once stripped of ids and cut short. */
function shortMessage(answer: Answer): string {
  const body = parseJson(answer);
  const message = body.kind === "ok" && isRecord(body.value) ? body.value["message"] : undefined;
  if (typeof message !== "string") return "no reason given";
  return message
    .replace(/\d{5,}/g, "…")
    .replace(/[^\w .,:'…-]/g, "")
    .slice(0, 120);
}

import { setMaxListeners } from "node:events";

import type { Dispatcher } from "undici";

import type { Secret } from "../config/secret.ts";
import { isRecord } from "../shared/is-record.ts";
import { type TimesAnswer, type TimesRequest, readAvailableTimes } from "./available-times.ts";
import type { RequestBudget } from "./budget.ts";
import { type Connections, openConnections } from "./connections.ts";
import { findInList, findInSet } from "./find-in-list.ts";
import { type PageRequest, pagePath, recordPath, showAll } from "./list-query.ts";
import type { Failure, Outcome, Page, Row } from "./outcome.ts";
import { parsePage, parseRow } from "./parse-page.ts";
import { readSingle } from "./read-single.ts";
import type { Resource } from "../resources/resource.ts";
import { type Answer, type Reply, interpretFailure, parseJson, serverDate } from "./interpret-answer.ts";

/** A page of 100 records is about 200 kB; anything far beyond is not a list. */
const MAX_BODY_BYTES = 32 * 1_024 * 1_024;
/** Of a client that shares none. */
const OWN_CONNECTIONS = 4;

export interface FoundRecord {
  readonly found: boolean;
  /** Upstream's clock when it answered, unix seconds. */
  readonly date: number;
  readonly record?: Readonly<Record<string, unknown>>;
  /** The same with its stamps read out, where it carries them. */
  readonly row?: Row | undefined;
}

/**
 * Nothing here rejects for what the upstream does; a request that `signal` cuts short comes back as unavailable.
 * `timeoutMs` of a call: less patience than `ClientOptions.timeoutMs`, for what must not keep others waiting.
 */
export interface ClinikoClient extends AsyncDisposable {
  /** How long until a request of this key may be sent, ms, as far as can be foreseen; 0: now. */
  freeInMs(): Promise<number>;
  /** Takes what the next request needs of the budget, where there is room: it is there when it is sent, and is kept until then. */
  takeAhead(): void;
  /** The cheapest check of a key: who it belongs to (`GET /user`). */
  currentUser(signal?: AbortSignal): Promise<Outcome<{ readonly userId: string; readonly role?: string }>>;
  /** Which clinic answers (`GET /settings/public`, which any user may read). Undefined: it does not say. */
  clinic(signal?: AbortSignal): Promise<Outcome<{ readonly place: string | undefined }>>;
  /** Whether a record exists, hidden or not, and the record when it does. `shows`: what shows it, by default all wildcards. */
  findRecord(
    resource: Resource,
    id: string,
    signal?: AbortSignal,
    timeoutMs?: number,
    shows?: readonly string[],
  ): Promise<Outcome<FoundRecord>>;
  /** What can be booked online; `not_found`: it is not offered there. */
  availableTimes(request: TimesRequest, signal?: AbortSignal): Promise<TimesAnswer>;
  listPage(
    resource: Resource,
    request: PageRequest,
    signal?: AbortSignal,
    timeoutMs?: number,
  ): Promise<Outcome<{ readonly page: Page }>>;
}

export interface ClientOptions {
  readonly apiKey: Secret;
  /** Without a trailing slash. The key is sent to this origin and nowhere else: redirects are not followed. */
  readonly baseUrl: string;
  /** Vendor name and e-mail: Cliniko demands both in the User-Agent. */
  readonly contact: { readonly name: string; readonly email: string };
  readonly budget: RequestBudget;
  /** Shared with other clients, who close them; of its own when left out. */
  readonly connections?: Connections;
  /** One deadline over connecting, the answer's head and its whole body. */
  readonly timeoutMs: number;
  /** How long to wait for a free request in the budget before giving up with `budget_spent`. */
  readonly maxBudgetWaitMs: number;
  readonly now: () => number;
  /** Resolves after `ms`, or at once when the signal fires. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** People are told of it as it stands: whatever else a clinic's answer holds there is no role. */
const ROLE_NAME = /^[\p{L}\d][\p{L}\d _-]{0,59}$/u;

export function createClinikoClient(options: ClientOptions): ClinikoClient {
  const { budget, now, baseUrl } = options;
  const connections = options.connections ?? openConnections(options.timeoutMs, OWN_CONNECTIONS);
  const base = new URL(baseUrl);
  const headers = {
    accept: "application/json",
    authorization: `Basic ${Buffer.from(`${options.apiKey.reveal()}:`).toString("base64")}`,
    "user-agent": `${options.contact.name} (${options.contact.email})`,
  };

  /** Whether a request was taken that nobody has sent. */
  let ahead: Promise<boolean> | undefined;

  async function send(path: string, signal?: AbortSignal, timeoutMs = Infinity): Promise<Reply> {
    const isTaken = ahead;
    ahead = undefined;
    const spent = (await isTaken) ? undefined : await waitForBudget(options, signal);
    if (spent) return { failure: spent, answer: undefined };
    const fullPath = base.pathname.replace(/\/$/, "") + path;
    const reply = await within(
      Math.min(timeoutMs, options.timeoutMs),
      signal,
      async (deadline) => await exchange(connections.dispatcher, base, fullPath, headers, deadline),
    );
    if (reply.kind !== "ok") return { failure: reply, answer: undefined };
    const failure = interpretFailure(reply.answer, now());
    if (failure?.kind === "rate_limited") await budget.blockUntil(failure.resetAtMs);
    return { failure, answer: reply.answer };
  }

  const client: ClinikoClient = {
    freeInMs: async () => await budget.freeInMs(),

    takeAhead() {
      // Whoever sends asks again, and meets what failed.
      ahead ??= budget.take().then(
        (waitMs) => waitMs === 0,
        () => false,
      );
    },

    async currentUser(signal) {
      const { failure, answer } = await send("/user", signal);
      if (failure) return failure;
      const body = parseJson(answer);
      if (body.kind !== "ok") return body;
      const id = isRecord(body.value) ? body.value["id"] : undefined;
      if (typeof id !== "string" && typeof id !== "number") {
        return { kind: "malformed", detail: "a user without id" };
      }
      const role = isRecord(body.value) ? body.value["role"] : undefined;
      const isNamed = typeof role === "string" && ROLE_NAME.test(role);
      return { kind: "ok", userId: String(id), ...(isNamed && { role }) };
    },

    async clinic(signal) {
      const { failure, answer } = await send("/settings/public", signal);
      if (failure) return failure;
      const body = parseJson(answer);
      return body.kind === "ok" ? { kind: "ok", place: placeOf(body.value) } : body;
    },

    async findRecord(resource, id, signal, timeoutMs, shows = showAll(resource)) {
      if (!resource.hasStamps) return await findInSet(client, resource, id, signal, timeoutMs);
      if (resource.askedInList) {
        // Not in an order: who refuses to sort can be asked as well.
        const list = { pass: { since: undefined, shows, variant: undefined }, order: "page" } as const;
        return await findInList(client, resource, list, id, signal, timeoutMs);
      }
      return interpretRecord(id, await send(recordPath(resource, id, shows), signal, timeoutMs));
    },

    async listPage(resource, request, signal, timeoutMs) {
      if (resource.publicly !== undefined)
        return await readSingle(async (path) => await send(path, signal, timeoutMs), resource);
      const { failure, answer } = await send(pagePath(resource, request), signal, timeoutMs);
      if (failure) return failure;
      const date = serverDate(answer);
      if (date === undefined) {
        return { kind: "malformed", detail: "no Date header: a proxy may have removed it" };
      }
      const body = parseJson(answer);
      return body.kind === "ok" ? parsePage(resource, request, body.value, date) : body;
    },

    async availableTimes(request, signal) {
      return await readAvailableTimes(async (path) => await send(path, signal), request);
    },

    async [Symbol.asyncDispose]() {
      if (!options.connections) await connections[Symbol.asyncDispose]();
    },
  };
  return client;
}

/** An account's id, or the part of its address that no other account has. */
function placeOf(settings: unknown): string | undefined {
  const account = isRecord(settings) ? settings["account"] : undefined;
  if (!isRecord(account)) return undefined;
  const { id, subdomain } = account;
  if (typeof id === "string" || typeof id === "number") return `id ${id}`;
  return typeof subdomain === "string" && subdomain !== "" ? `subdomain ${subdomain}` : undefined;
}

function interpretRecord(id: string, { failure, answer }: Reply): Outcome<FoundRecord> {
  const date = answer && serverDate(answer);
  if (failure?.kind === "not_found" && date !== undefined) return { kind: "ok", found: false, date };
  if (failure) return failure;
  const body = parseJson(answer);
  if (body.kind !== "ok") return body;
  const record = isRecord(body.value) ? body.value : undefined;
  if (record && String(record["id"]) === id && date !== undefined) {
    return { kind: "ok", found: true, date, record, row: parseRow(record) };
  }
  return { kind: "malformed", detail: "another record than asked for" };
}

async function waitForBudget(options: ClientOptions, signal?: AbortSignal): Promise<Failure | undefined> {
  const { budget, now, sleep, maxBudgetWaitMs } = options;
  const giveUpAtMs = now() + maxBudgetWaitMs;
  for (;;) {
    if (signal?.aborted) return { kind: "unavailable", detail: "stopped before asking" };
    const waitMs = await budget.take();
    if (waitMs === 0) return undefined;
    const resetAtMs = now() + waitMs;
    if (resetAtMs > giveUpAtMs) {
      return { kind: "budget_spent", resetAtMs, detail: "this key's share of the request budget is spent" };
    }
    await sleep(waitMs, signal);
  }
}

/** A timer of our own holds the deadline: a signal made of others may be collected as garbage, and never fire (Node 20). */
async function within<Result>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController();
  const stop = (): void => {
    deadline.abort(outer?.reason);
  };
  const timer = setTimeout(() => {
    deadline.abort(new DOMException("no complete answer in time", "TimeoutError"));
  }, ms);
  if (outer) {
    // Of a thousand accounts many are asked at once: more than ten listeners on one signal are no leak here.
    setMaxListeners(0, outer);
    outer.addEventListener("abort", stop, { once: true });
  }
  if (outer?.aborted) stop();
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", stop);
  }
}

async function exchange(
  dispatcher: Dispatcher,
  base: URL,
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<{ kind: "ok"; answer: Answer } | Failure> {
  try {
    const response = await dispatcher.request({ origin: base.origin, path, method: "GET", headers, signal });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        response.body.destroy();
        return { kind: "malformed", detail: `an answer of more than ${MAX_BODY_BYTES} bytes` };
      }
      chunks.push(chunk);
    }
    const { statusCode: status, headers: answered } = response;
    return { kind: "ok", answer: { status, headers: answered, body: Buffer.concat(chunks) } };
  } catch (error) {
    const detail = `${shownHost(base)}: ${faultCode(error)}`;
    return isTimeout(error)
      ? { kind: "unavailable", detail, tooLate: true }
      : { kind: "unavailable", detail };
  }
}

/** Subscribers are told of it: Cliniko's own hosts are known to all, and a host that `base_url` names is the operator's affair. */
function shownHost({ host, hostname }: URL): string {
  return hostname.endsWith(".cliniko.com") ? host : "base_url";
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

/** undici's and the socket's codes say enough and carry no URL. */
function faultCode(error: unknown): string {
  if (isTimeout(error)) return "no complete answer in time";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "the connection failed";
}

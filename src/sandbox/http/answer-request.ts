import { answerEmpty, answerMessage, answerPage, type Answer } from "./answers.ts";
import type { Call } from "./call.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import type { Fault } from "../faults/faults.ts";
import { toPageBase } from "../wire/links.ts";
import { parseQueryString } from "./query-string.ts";
import { matchRoute, type Route } from "./route.ts";
import { isAtHome } from "../clinic/shard.ts";
import { takeUpload, UPLOADS } from "./upload-routes.ts";
import { toHttpDate } from "../wire/time.ts";

export interface ClinicRequest {
  readonly method: string;
  /** With the query string, as it was sent: `/v1/patients?page=2`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

export interface ClinicResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Wait so long before answering. */
  readonly delayMs?: number;
  /** Never answer. */
  readonly hang?: true;
  /** Reset the connection instead of answering. */
  readonly reset?: true;
  /** Announce the whole body, send so many bytes of it and close the connection. */
  readonly truncateAt?: number;
}

/** Answers one request: what goes wrong first, then the gate, then the route. */
export function answerRequest(
  state: ClinicState,
  routes: readonly Route[],
  request: ClinicRequest,
): ClinicResponse {
  const headers = lowerCased(request.headers);
  const userId = state.keys.authenticate(headers["authorization"]);
  const isUpload = request.method === "POST" && request.path === UPLOADS;
  const work = (): Answer =>
    isUpload ? takeUpload(state, request.body) : passGate(state, routes, request, headers, userId);
  state.background.catchUp();
  const fault = state.faults.take(request.path);
  const answer = fault === undefined ? work() : answerFaulty(state, fault, work);
  const response: ClinicResponse = {
    ...answer,
    headers: {
      date: toHttpDate(state.now()),
      "x-request-id": toRequestId(state),
      ...answer.headers,
    },
    ...toTransport(fault, answer),
  };
  const { method, path } = request;
  state.traffic.record({ at: state.now(), method, path, status: response.status, userId });
  return response;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** Who may ask at all. The order of the checks is the sandbox's own; upstream it is not documented. */
function passGate(
  state: ClinicState,
  routes: readonly Route[],
  request: ClinicRequest,
  headers: Headers,
  userId: string | undefined,
): Answer {
  // "May be blocked" is all that is documented; which status a blocked client gets is the sandbox's choice.
  if (!/\S.*\s\(?[^\s@()]+@[^\s@()]+\.[^\s@()]+\)?/.test(headers["user-agent"] ?? "")) {
    return answerMessage(400, "A User-Agent header with your name and a valid email address is required");
  }
  if (headers["accept"]?.includes("application/json") !== true) {
    return answerMessage(406, "An Accept header of application/json is required");
  }
  if (!isAtHome(state.shard, headers["host"])) return answerMessage(401, "The API key is not valid");
  if (userId === undefined || state.tables.users.current(userId)?.row.active !== true) {
    return answerMessage(401, "The API key is not valid");
  }
  const rate = state.rateLimit.take(userId, state.now());
  if (!rate.allowed) return answerLimited(rate.resetAt);
  const answer = answerRoute(state, routes, request, headers, userId);
  if (!state.unknowns.rateHeadersOnSuccess) return answer;
  return {
    ...answer,
    headers: {
      ...answer.headers,
      "x-ratelimit-limit": String(rate.limit),
      "x-ratelimit-remaining": String(rate.remaining),
      "x-ratelimit-reset": String(rate.resetAt),
    },
  };
}

function answerRoute(
  state: ClinicState,
  routes: readonly Route[],
  request: ClinicRequest,
  headers: Headers,
  userId: string,
): Answer {
  const [fullPath, rawQuery] = splitOnce(request.path, "?");
  if (!fullPath.startsWith("/v1/")) return answerPage(404);
  const path = fullPath.slice("/v1".length);
  for (const candidate of routes) {
    const parameters = matchRoute(candidate, request.method, path);
    if (parameters === undefined) continue;
    // What the user's role may not see at all is refused with an empty body.
    const restriction = state.faults.restrictionOf(candidate.resource ?? path.split("/")[1] ?? "", userId);
    if (restriction === "forbidden") return answerEmpty(403);
    if (restriction === "missing") return answerPage(404);
    const call: Call = {
      state,
      path,
      parameters,
      userId,
      body: request.body,
      query: parseQueryString(rawQuery),
      pageBase: toPageBase(state.format.links, headers["host"]),
    };
    return candidate.answer(call);
  }
  return answerPage(404);
}

function answerLimited(resetAt: number): Answer {
  const answer = answerMessage(429, "Too many requests");
  return { ...answer, headers: { ...answer.headers, "x-ratelimit-reset": String(resetAt) } };
}

function answerFaulty(state: ClinicState, fault: Fault, work: () => Answer): Answer {
  switch (fault.kind) {
    case "status":
      if (fault.afterWork === true) work();
      return answerPage(fault.status);
    case "unauthorized":
      return answerMessage(401, "The API key is not valid");
    case "rate_limited":
      return answerLimited(Math.ceil((state.now() + fault.resetInMs) / 1000));
    case "wrong_content_type":
      return answerPage(200);
    case "torn_json": {
      const answer = work();
      return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
    }
    case "slow":
    case "cut_connection":
      return work();
    case "hang":
    case "reset":
      return { status: 0, headers: {}, body: "" };
  }
}

function toTransport(
  fault: Fault | undefined,
  answer: Answer,
): Pick<ClinicResponse, "delayMs" | "hang" | "reset" | "truncateAt"> {
  if (fault?.kind === "slow") return { delayMs: fault.delayMs };
  if (fault?.kind === "hang") return { hang: true };
  if (fault?.kind === "reset") return { reset: true };
  if (fault?.kind === "cut_connection") return { truncateAt: Math.floor(Buffer.byteLength(answer.body) / 2) };
  return {};
}

function toRequestId(state: ClinicState): string {
  const hex = Array.from({ length: 32 }, () => state.requestRandom.integer(0, 15).toString(16)).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}

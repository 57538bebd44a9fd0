import { z } from "zod";

import type { Problem } from "../../shared/errors.ts";
import type { FeedAnswer, FeedFilter } from "./feed-client.ts";

/** One event a line: the bytes of callbacks. Source: GET /v1/feed in /v1/openapi.json. */
export const FEED_TYPE = "application/x-ndjson";

const problemSchema = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string(), remedy: z.string() })).optional(),
  request_id: z.string().optional(),
});

type ProblemAnswer = z.infer<typeof problemSchema>;

const NAME_IT = "name the address of the running service (its ops.port): --server http://127.0.0.1:8321";

/** Options of the command by the name that they have in a request. */
const OPTIONS: Readonly<Record<string, string>> = {
  "query.after": "the kept position",
  "query.from": "--from",
  "query.types": "--events",
  "query.accounts": "--accounts",
  "query.payload": "--payload",
  "query.include": "--include",
  "query.expand": "--expand",
  "query.local_time": "--local-time",
  "query.endpoint": "--endpoint",
};

/** Why there is no page, and what to do about it. */
export function describeRefusal(
  server: URL,
  filter: FeedFilter,
  response: Pick<Response, "status" | "headers">,
  text: string,
): FeedAnswer {
  const { status, headers } = response;
  const ours = toProblem(headers.get("content-type"), text);
  if (status === 429 || status >= 500) {
    const request = ours?.request_id === undefined ? "" : ` (request ${ours.request_id} in its log)`;
    const detail = `answered ${status}${ours ? `: ${ours.detail}${request}` : ""}`;
    return { kind: "unavailable", detail, retryAfterMs: retryAfterMsOf(headers) };
  }
  if (!ours) {
    return { kind: "unusable", problems: [stranger(server, status, headers)], surely: false };
  }
  if (ours.code === "gone") return { kind: "gap", detail: ours.detail };
  return { kind: "unusable", problems: problemsOf(server, filter, status, ours), surely: true };
}

/** Something answers that is not the service, or is not the service of this release. */
function stranger({ host }: URL, status: number, headers: Headers): Problem {
  const location = headers.get("location");
  const path = "--server";
  if (status >= 300 && status < 400) {
    const message = `${host} answers with a redirect`;
    return { path, message, remedy: location === null ? NAME_IT : `name the address itself: ${location}` };
  }
  if (status === 401 || status === 407) {
    const message = `${host} asks for another password than ours: something stands before the service`;
    return { path, message, remedy: NAME_IT };
  }
  return {
    path,
    message: `${host} answers (${status}), but it has no feed: it is not cliniko-webhooks, or an older release of it`,
    remedy: `${NAME_IT}; or update the service`,
  };
}

function problemsOf(
  { host }: URL,
  filter: FeedFilter,
  status: number,
  { code, detail, errors = [] }: ProblemAnswer,
): readonly Problem[] {
  if (code === "unauthorized" || code === "forbidden") {
    const remedy =
      "make one where the service runs (cliniko-webhooks tokens create) and put it into the variable that --token-env names";
    return [{ path: "--token-env", message: `${host} does not take this token: ${detail}`, remedy }];
  }
  if (code === "not_found" && filter.endpoint !== undefined) {
    const remedy = "name one that this token may see, or say --events instead";
    return [{ path: "--endpoint", message: detail, remedy }];
  }
  if (code === "not_found") {
    const message = `${host} has no feed: the service is of an older release`;
    return [{ path: "--server", message, remedy: "update the service" }];
  }
  if (errors.length === 0)
    return [{ path: "--server", message: `${host} says ${status}: ${detail}`, remedy: NAME_IT }];
  return errors.map(({ path, message, remedy }) => ({
    path: optionOf(path),
    message,
    remedy: path === "query.after" ? "begin again: --from now, --from oldest or --from 2h" : remedy,
  }));
}

/** `query.types.0` is one of several that `--events` holds. */
function optionOf(path: string): string {
  return OPTIONS[path.replace(/\.\d+$/, "")] ?? path;
}

function toProblem(contentType: string | null, text: string): ProblemAnswer | undefined {
  if (!contentType?.startsWith("application/problem+json")) return undefined;
  try {
    return problemSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Seconds alone: that is what the service says. */
function retryAfterMsOf(headers: Headers): number | undefined {
  // A proxy before it may have added its own: they come joined.
  const seconds = Number(headers.get("retry-after")?.split(",")[0] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

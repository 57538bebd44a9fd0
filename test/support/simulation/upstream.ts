import type { ClinikoClient } from "../../../src/cliniko/client.ts";
import {
  type Answer,
  interpretFailure,
  parseJson,
  serverDate,
} from "../../../src/cliniko/interpret-answer.ts";
import { pagePath } from "../../../src/cliniko/list-query.ts";
import type { Failure, Outcome } from "../../../src/cliniko/outcome.ts";
import { parsePage } from "../../../src/cliniko/parse-page.ts";
import type { ClinicResponse } from "../../../src/sandbox/http/answer-request.ts";
import type { Clinic } from "../../../src/sandbox/clinic/clinic.ts";

export interface UpstreamOptions {
  readonly clinic: Pick<Clinic, "handle">;
  readonly apiKey: string;
  /** Our own clock: only what a 429 means may depend on it. */
  readonly ourNow: () => number;
  /** Called before each request is answered and after: time passes here. */
  readonly beforeAnswer?: () => void;
  readonly afterAnswer?: () => void;
  /** The server chooses smaller pages than were asked for, so that few records make many pages. */
  readonly pageSize?: number;
}

/** The upstream without a network: the real query, the real reading of answers, a clinic that is called directly. */
export interface Upstream {
  readonly client: Pick<ClinikoClient, "listPage">;
  /** Any path, for designs that ask in their own way. */
  readonly getJson: (path: string) => Outcome<{ readonly value: unknown; readonly date: number }>;
  /** Requests so far. */
  readonly requests: () => number;
}

export function createUpstream(options: UpstreamOptions): Upstream {
  let requests = 0;
  const send = (path: string): Outcome<{ readonly answer: Answer }> => {
    requests += 1;
    options.beforeAnswer?.();
    const response = options.clinic.handle({
      method: "GET",
      path: `/v1${options.pageSize === undefined ? path : path.replace(/per_page=\d+/, `per_page=${options.pageSize}`)}`,
      headers: {
        authorization: `Basic ${Buffer.from(`${options.apiKey}:`).toString("base64")}`,
        "user-agent": "cliniko-webhooks tests (tests@example.com)",
        accept: "application/json",
      },
    });
    options.afterAnswer?.();
    const fault = transportFault(response);
    if (fault) return fault;
    const answer = { ...response, body: Buffer.from(response.body) };
    return interpretFailure(answer, options.ourNow()) ?? { kind: "ok", answer };
  };
  const getJson: Upstream["getJson"] = (path) => {
    const result = send(path);
    return result.kind === "ok" ? readJson(result.answer) : result;
  };
  return {
    client: {
      listPage: async (resource, request, signal) => {
        await Promise.resolve(); // a caller must not be able to count on an answer within its own turn
        if (signal?.aborted) return { kind: "unavailable", detail: "stopped before asking" };
        const body = getJson(pagePath(resource, request));
        return body.kind === "ok" ? parsePage(resource, request, body.value, body.date) : body;
      },
    },
    getJson,
    requests: () => requests,
  };
}

/** As `ClinikoClient.listPage` reads an answer, once it is complete. */
export function readJson(answer: Answer): Outcome<{ readonly value: unknown; readonly date: number }> {
  const date = serverDate(answer);
  if (date === undefined) return { kind: "malformed", detail: "no Date header" };
  const body = parseJson(answer);
  return body.kind === "ok" ? { ...body, date } : body;
}

/** What the network does to an answer, as the client would tell it. */
function transportFault(response: ClinicResponse): Failure | undefined {
  if (response.hang) return { kind: "unavailable", detail: "no complete answer in time" };
  if (response.reset) return { kind: "unavailable", detail: "ECONNRESET" };
  return response.truncateAt === undefined ? undefined : { kind: "unavailable", detail: "UND_ERR_SOCKET" };
}

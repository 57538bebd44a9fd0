import { BASE_PATH } from "./base-path.ts";
import { ProblemError } from "./problem.ts";

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the API of the service that served this page; the browser adds the session's cookie. An answer is taken as it
 * comes: the service has held it against its schema before sending it, and both are of one build.
 * @throws ProblemError
 */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const { body } = await send(`/v1${path}`, options);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return body as Answer;
}

/** As `request`, for the few addresses outside of /v1, and with the answer's head. @throws ProblemError */
export async function send(
  path: string,
  { method = "GET", query, body, headers, signal }: RequestOptions = {},
): Promise<{ readonly body: unknown; readonly headers: Headers }> {
  const response = await fetch(`${BASE_PATH}${path}${toSearch(query)}`, {
    method,
    credentials: "same-origin",
    headers: {
      accept: "application/json",
      // Another site cannot send it without being allowed to: see docs/decisions/0017-dashboard-sign-in.md.
      "x-dashboard": "1",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ProblemError({ status: 0, detail: "The service does not answer." }, { cause: error });
  });
  const answer: unknown = response.status === 204 ? undefined : await readJson(response);
  if (!response.ok) throw toProblem(response.status, answer);
  return { body: answer, headers: response.headers };
}

export function toSearch(query: Query | undefined): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

async function readJson(response: Response): Promise<unknown> {
  return await response.json().catch(() => undefined);
}

function toProblem(status: number, answer: unknown): ProblemError {
  if (
    typeof answer === "object" &&
    answer !== null &&
    "detail" in answer &&
    typeof answer.detail === "string"
  ) {
    return new ProblemError({ ...answer, detail: answer.detail, status });
  }
  // A proxy in between may answer in its own words: then the status is all there is.
  return new ProblemError({ status, detail: `The service answered with status ${status}.` });
}

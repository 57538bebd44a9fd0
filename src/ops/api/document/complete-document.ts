import { isRecord } from "../../../shared/is-record.ts";
import { PROBLEMS, type ProblemCode } from "../api-error.ts";
import type { DeclaredRoute } from "./declared-routes.ts";
import { exampleProblem } from "../problem-examples.ts";
import { keepUsedComponents } from "./used-components.ts";
import type { DocumentPart } from "./webhooks.ts";

/**
 * Adds to the document what schemas alone do not say: who may call an operation (`x-roles`), what its answers mean, an
 * example of each, and the callbacks.
 * @throws TypeError when a route has no example
 */
export function completeDocument(
  document: DocumentPart,
  routes: readonly DeclaredRoute[],
  webhooks: DocumentPart,
): DocumentPart {
  const paths = structuredClone(partOf(document, "paths"));
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, "{$1}");
    const operation = partOf(partOf(paths, path), route.method.toLowerCase());
    completeOperation(operation, route);
  }
  return keepUsedComponents({ ...document, paths, webhooks });
}

/** The document is ours alone by now: `structuredClone` made it. */
type Writable = Record<string, unknown>;

function completeOperation(
  operation: Writable,
  { method, url, operation: declared, problems }: DeclaredRoute,
): void {
  const { roles, examples = {}, answers = {} } = declared;
  const where = `${method} ${url}`;
  operation["x-roles"] = roles === "anyone" ? [] : [...roles];
  if (isRecord(operation["requestBody"])) {
    setExample(partOf(operation, "requestBody"), examples.body, `${where} body`);
  }
  const responses = partOf(operation, "responses");
  for (const status of Object.keys(responses)) {
    const response = partOf(responses, status);
    const code = problems.find((problem) => String(PROBLEMS[problem]) === status);
    if (code) {
      response["description"] = describeProblem(problems, status);
      setExample(response, exampleProblem(code, method), `${where} ${status}`);
    } else {
      response["description"] = answers[Number(status)] ?? "It is done.";
      setExample(response, examples.answer, `${where} ${status}`, examples.others);
    }
  }
}

function setExample(
  holder: Writable,
  example: unknown,
  where: string,
  others: Readonly<Record<string, unknown>> = {},
): void {
  // Nothing is sent with a 204.
  if (holder["content"] === undefined) return;
  if (example === undefined) throw new TypeError(`${where} has no example`);
  for (const [type, media] of Object.entries(partOf(holder, "content")))
    if (isWritable(media)) media["example"] = others[type] ?? example;
}

export const MEANINGS: Readonly<Record<ProblemCode, string>> = {
  bad_request: "The request is not as it should be: `errors` names every field.",
  unauthorized: "There is no token, or it is unknown, revoked or expired.",
  forbidden: "Not for a token of this role.",
  not_found: "There is no such thing, or it is not for you to see.",
  method_not_allowed: "The path does not take this method.",
  conflict: "It does not go with what is there already.",
  under_way: "The same request is under way.",
  gone: "It was there, and is not kept any more.",
  stale: "It has changed since the version that you named.",
  too_large: "The body is too large.",
  unsupported_media_type: "The body is not sent as JSON.",
  key_reused: "The Idempotency-Key was used for another request.",
  too_many_requests: "Too many requests: wait for as long as `retry-after` says.",
  too_much_kept: "This token has left too much behind in the last day: `detail` says until when to wait.",
  internal: "A fault of ours.",
  unavailable: "The service cannot reach its store: try again.",
  search_too_long: "It took too long to look for: `detail` says what to ask instead.",
};

function describeProblem(problems: readonly ProblemCode[], status: string): string {
  return problems
    .filter((problem) => String(PROBLEMS[problem]) === status)
    .map((problem) => MEANINGS[problem])
    .join(" Or: ");
}

function partOf(whole: DocumentPart, name: string): Writable {
  const part = whole[name];
  if (isWritable(part)) return part;
  throw new TypeError(`the OpenAPI document has no ${name}`);
}

function isWritable(value: unknown): value is Writable {
  return isRecord(value);
}

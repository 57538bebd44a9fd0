import type { FastifyInstance } from "fastify";

import { isRecord } from "../../shared/is-record.ts";
import { parseJson } from "../../shared/parse-json.ts";
import { ApiError } from "./api-error.ts";

/**
 * How bodies are read. An empty one is none, whatever Content-Type says: programs name the type of every request that they
 * send. A body that has to be there is missed by its schema.
 */
export function readBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<string>("application/json", { parseAs: "string" }, (_request, text, done) => {
    if (text.trim() === "") {
      done(null, undefined);
      return;
    }
    const value = parseJson(text);
    if (value === undefined) done(new ApiError("bad_request", "The body is not JSON."), undefined);
    else if (isPoisoned(value)) done(POISONED, undefined);
    else done(null, value);
  });
  scope.addContentTypeParser<string>("*", { parseAs: "string" }, (_request, text, done) => {
    if (text === "") done(null, undefined);
    else done(FOREIGN, undefined);
  });
}

const FOREIGN = new ApiError("unsupported_media_type", "The body is to be sent as application/json.");
const POISONED = new ApiError(
  "bad_request",
  'The body has a key "__proto__" or "constructor.prototype", which some programs take for more than data: leave it out.',
);

/** JSON.parse makes plain keys of these; whoever copies them makes more of them. At most as deep as the text is long. */
function isPoisoned(value: unknown): boolean {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue;
    if (Object.hasOwn(next, "__proto__")) return true;
    const constructor = isRecord(next) ? next["constructor"] : undefined;
    if (
      Object.hasOwn(next, "constructor") &&
      isRecord(constructor) &&
      Object.hasOwn(constructor, "prototype")
    )
      return true;
    for (const part of Object.values(next)) open.push(part);
  }
  return false;
}

import { isRecord } from "../shared/is-record.ts";
import { flatten } from "../shared/sections.ts";
import type { Resource } from "../resources/resource.ts";
import { type Reply, parseJson, serverDate } from "./interpret-answer.ts";
import type { Outcome, Page } from "./outcome.ts";

/** What the one object of its kind is known by. */
export const ONLY_ID = "account";

/**
 * The one object as a page with one row: the whole, or, where it is refused to this user or not there, what everybody is served
 * of it. Its fields are flat, by their paths.
 */
export async function readSingle(
  send: (path: string) => Promise<Reply>,
  resource: Pick<Resource, "fields" | "noise" | "path" | "publicly">,
): Promise<Outcome<{ readonly page: Page }>> {
  const { path, publicly = "" } = resource;
  const whole = await send(`/${path}`);
  const isRefused = whole.failure?.kind === "forbidden" || whole.failure?.kind === "not_found";
  if (!isRefused) return toPage(resource, whole, "");
  const part = await send(`/${path}/${publicly}`);
  // Of two refusals the first one says more of the user.
  const isBoth = part.failure?.kind === "forbidden" || part.failure?.kind === "not_found";
  return toPage(resource, isBoth ? whole : part, publicly);
}

function toPage(
  { fields, noise, path }: Pick<Resource, "fields" | "noise" | "path">,
  { answer, failure }: Reply,
  source: string,
): Outcome<{ readonly page: Page }> {
  if (failure) return failure;
  const date = serverDate(answer);
  if (date === undefined) {
    return { kind: "malformed", detail: "no Date header: a proxy may have removed it" };
  }
  const body = parseJson(answer);
  if (body.kind !== "ok") return body;
  const names = [...Object.keys(fields), ...noise];
  const record = isRecord(body.value) ? flatten(body.value, names) : {};
  // An error page in JSON has none of them, and would leave everything as it is without a word.
  if (names.every((name) => !Object.hasOwn(record, name))) {
    return { kind: "malformed", detail: `no ${path} in the answer` };
  }
  const row = { id: ONLY_ID, createdAt: date, updatedAt: date, record, source };
  return { kind: "ok", page: { rows: [row], date, next: undefined, totalEntries: undefined } };
}

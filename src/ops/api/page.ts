import { z } from "zod";

import { parseJson } from "../../shared/parse-json.ts";
import { ApiError } from "./api-error.ts";

const MOST = 100;
const BY_DEFAULT = 50;

/** What a list is asked with. Spread it into the route's `querystring`. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1, `use 1 to ${MOST}`)
    .max(MOST, `use 1 to ${MOST}`)
    .default(BY_DEFAULT)
    .meta({ description: "How many at most.", examples: [20] }),
  cursor: z
    .string()
    .max(2_000, "use what `next` of the former page says")
    .optional()
    .meta({ description: "`next` of the former page. Left out: from the beginning." }),
};

/** A page of a list. Follow `next` until it is null. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z
    .strictObject({
      data: z.array(item),
      next: z.string().nullable().meta({ description: "Cursor of the next page. Null: this is the last." }),
    })
    .meta({ id, description: "A page of a list." });
}

/** A place in a list as a cursor. What is in it is ours to change: to a caller it is a word. */
export function toCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** The place that a cursor of ours names; undefined: there is none. @throws ApiError when it is not one of ours */
export function parseCursor<Place>(cursor: string | undefined, schema: z.ZodType<Place>): Place | undefined {
  if (cursor === undefined) return undefined;
  const parsed = schema.safeParse(parseJson(Buffer.from(cursor, "base64url").toString("utf8")));
  if (parsed.success) return parsed.data;
  const problem = {
    path: "query.cursor",
    message: "is not a cursor of this list",
    remedy: "use what `next` of the former page says, or leave it out to begin again",
  };
  throw new ApiError("bad_request", "The request is not as it should be.", { problems: [problem] });
}

/** A page of a list that is at hand as a whole and ordered by `keyOf`. */
export function cutPage<Item>(
  items: readonly Item[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  keyOf: (item: Item) => string,
): { readonly items: readonly Item[]; readonly next: string | null } {
  const after = parseCursor(cursor, z.string());
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: last && rest.length > page.length ? toCursor(keyOf(last)) : null };
}

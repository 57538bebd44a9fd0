import { z } from "zod";

import { parseJson } from "../../shared/parse-json.ts";
import { isPosition } from "../../store/events/position.ts";

/** How far somebody has read the feed. Opaque to them: they hand back what they were given. */
export interface FeedCursor {
  /** Where a log begins for them that they have not read from yet: one of an account that came later. */
  readonly start: string;
  /** Per account, the last entry that they were given or that was passed over. */
  readonly places: ReadonlyMap<string, string>;
}

/** First letter of a cursor: another form gets another. */
const FORM = "a";

const position = z.string().refine(isPosition);
const cursorSchema = z.tuple([position, z.record(z.string(), position)]);

export function formatFeedCursor({ start, places }: FeedCursor): string {
  return FORM + Buffer.from(JSON.stringify([start, Object.fromEntries(places)])).toString("base64url");
}

/** Undefined: it is none of ours. */
export function parseFeedCursor(text: string): FeedCursor | undefined {
  if (!text.startsWith(FORM)) return undefined;
  const parsed = cursorSchema.safeParse(
    parseJson(Buffer.from(text.slice(FORM.length), "base64url").toString()),
  );
  if (!parsed.success) return undefined;
  const [start, places] = parsed.data;
  return { start, places: new Map(Object.entries(places)) };
}

import type { z } from "zod";

/** When one event type is told, as the ends of the sentences "told when …" and "not when …". */
export interface Occasion {
  /** Two to five words, for lists. */
  readonly title: string;
  readonly when: string;
  readonly notWhen?: string;
}

/** What the catalogue says of one subject. Its event types are the diff room's; the words and shapes are here. */
export interface SubjectWords {
  /** The part of `type` before the dot. */
  readonly subject: string;
  /** Heading of its section. */
  readonly title: string;
  /** What the names of its types begin with, for those who program against it. */
  readonly name: string;
  /** What a subscriber must know of it besides its types, in Markdown. */
  readonly about: string;
  /** `data.object`. Its metadata's `id` is the name of its type. */
  readonly record: z.ZodObject;
  /** By transition: the part of `type` after the dot. */
  readonly occasions: Readonly<Record<string, Occasion>>;
}

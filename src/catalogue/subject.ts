import type { z } from "zod";

import type { Occasion } from "../resources/transition.ts";

/** What the catalogue says of one subject. */
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

import type { SampleEvents } from "./sample-events.ts";

/** Who signs: the holder of the subscriber's secret, or somebody with another one. */
export type Signatory = "subscriber" | "stranger";

/** What goes over the wire, apart from the two headers that every callback has. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One callback before it is signed, which happens when it leaves: a signature is good for five minutes. */
export interface Shot {
  /** `webhook-id`. */
  readonly id: string;
  /** The text that is signed and, unless `spoil` says otherwise, sent. */
  readonly body: string;
  /** How far `webhook-timestamp` is from now, seconds; default 0. */
  readonly skewSeconds?: number;
  /** One signature each, in this order; default the subscriber alone. */
  readonly signedBy?: readonly Signatory[];
  /** What happens to it after it was signed. */
  readonly spoil?: (post: Post) => Post;
}

/** Headings of docs/receiving.md, as its table of contents links to them. */
export const SECTIONS = [
  "what-to-answer",
  "answer-first-then-work",
  "verify-the-bytes-as-they-came",
  "refuse-what-is-not-ours",
  "refuse-old-attempts",
  "duplicates",
  "order",
  "late-events",
  "what-may-be-added",
  "changing-the-secret",
] as const;

export type Section = (typeof SECTIONS)[number];

/** One thing that a good subscriber does, and how to see from outside whether this one does it. */
export interface GradeCase {
  readonly name: string;
  /** What is sent, for somebody who cannot see it. */
  readonly sent: string;
  readonly expected: "taken" | "refused";
  readonly why: string;
  /** One sentence. */
  readonly mend: string;
  /** Where docs/receiving.md says more. */
  readonly section: Section;
  /** What no answer can show. */
  readonly unseen?: string;
  /** One wave goes after the other; what is in one wave goes at once. */
  readonly waves: (sample: SampleEvents) => readonly (readonly Shot[])[];
}

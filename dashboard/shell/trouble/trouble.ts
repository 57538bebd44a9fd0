/** Something that is not as it should be. */
export interface Trouble {
  /** bad: it needs a person · warn: it works or mends itself, and somebody should look. */
  readonly tone: "bad" | "warn";
  /** What it is about. */
  readonly name: string;
  /** What is wrong with it, after its name. */
  readonly words: string;
  readonly since: string | null;
  /** Why, or what follows from it. */
  readonly more?: string | undefined;
  /** The page that shows it and lets one act. */
  readonly path: string;
  /** Where many suffer from the same: what they are together, and the list of them. */
  readonly among?: { readonly many: string; readonly path: string };
}

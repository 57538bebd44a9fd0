import type { FieldValue } from "./field.ts";

/** When one event type is told, as the ends of the sentences "told when …" and "not when …". */
export interface Occasion {
  /** Two to five words, for lists. `{it}` is the record's noun. */
  readonly title: string;
  readonly when: string;
  readonly notWhen?: string;
}

export type Served = Readonly<Record<string, unknown>>;

/** What happened to a record in an example. Only what differs from the ordinary record is written down. */
export interface Happening {
  /** ISO, whole seconds; a day after the record was made when left out. */
  readonly at?: string;
  readonly before?: Served;
  readonly after?: Served;
  /**
   * new: nobody had seen it before · gone: Cliniko has answered twice that it is not there · back: it is there again after
   * that. A change of the record otherwise.
   */
  readonly how?: "new" | "gone" | "back";
}

/** One transition: its words, the stamp that it leaves and its example. */
export interface Transition extends Occasion {
  /** The column that says when it happened. */
  readonly stamp?: string;
  /** What first sight is called where it applies, in place of `created`, which stands beside it. */
  readonly appearance?: true;
  /** How it comes about. @param ordinary the resource's sample. @param at the moment of the example */
  readonly example: (ordinary: Served, at: string) => Happening;
}

/** Reads a field of one version of a record; null when it is unset. */
export type Read = (field: string) => FieldValue;

/**
 * One kind of thing that can happen to a record, told from its two versions alone. `detect` can only tell what is in `tells` or
 * in `remarks`, so that nothing is told without its rank and its words.
 */
export interface Rule<Told extends string = string, Column extends string = string> {
  /** Every transition that is an event type, from the most to the least telling. */
  readonly tells: Readonly<Record<Told, Transition>>;
  /** Facts that say which part of an update it was; they are no event types of their own. */
  readonly remarks?: readonly string[];
  /** Watched fields that it reads. Their change is explained by what it tells. */
  readonly fields: readonly Column[];
  /** Fields whose change it explains where they are watched. */
  readonly also?: readonly string[];
  /** `before` is undefined on first sight: then only the states that differ from a fresh record's are told. */
  readonly detect: (before: Read | undefined, after: Read) => readonly string[];
  /** What it says beside `deleted` that the record is gone without a stamp; nothing when left out. */
  readonly gone?: (before: Read) => readonly string[];
}

/** Holds `detect` to what the rule tells. */
export function defineRule<
  Told extends string,
  const Column extends string = never,
  const Remark extends string = never,
>(
  rule: Omit<Rule<Told, Column>, "detect" | "gone" | "remarks"> & {
    readonly remarks?: readonly Remark[];
    readonly detect: (before: Read | undefined, after: Read) => readonly (NoInfer<Told> | NoInfer<Remark>)[];
    readonly gone?: (before: Read) => readonly NoInfer<Told>[];
  },
): Rule<Told, Column> {
  return rule;
}

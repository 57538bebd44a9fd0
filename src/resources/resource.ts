import type { z } from "zod";

import type { Tier } from "../shared/tier.ts";
import type { Field, FieldKind, Fields } from "./field.ts";
import type { Happening, Occasion, Rule, Served, Transition } from "./transition.ts";

/** Sections of the docs, in their order; a configuration may be told to read a whole one. */
export const GROUPS = {
  visits: "Visits",
  people: "People",
  money: "Money",
  clinical: "Clinical",
  setup: "Setup",
} as const;

/** How the upstream lists a resource, whichever way it is read. Source: docs/upstream.md §4, §5. */
interface Listed<Column extends string> {
  /** Columns whose wildcard lifts a default exclusion: rows with a value here are hidden unless asked for. */
  readonly hiddenBy: readonly Column[];
  /** `deleted_at` is a documented filter, and may hide rows too: very likely it is the older name of `archived_at`. */
  readonly deletedHides: boolean;
  /** By column: old lists that still answer (`/patients/archived`), for accounts that refuse to filter by it. */
  readonly variants: Readonly<Partial<Record<Column, string>>>;
  /** The link that is a record's id for accounts whose rows have none, and no stamps: their whole list is then read each time. */
  readonly idOtherwise?: Column;
  /** There is no path of a single record by its id: it is asked for in the list, by `id:=`. */
  readonly askedInList?: boolean;
}

/** What is ordinary at a resource and would be strange at others: docs/decisions/0032-what-brings-others-along.md. */
interface Habits<Column extends string> {
  /** There are so many that a first sync takes long: an account may have them read from now on (docs/decisions/0006-first-sync.md). */
  readonly isHuge?: boolean;
  /** Many are made at once: however many appear, and however late, that is no sign of a changed permission. */
  readonly comesInBursts?: boolean;
  /** A link: of what it leads to, records are replaced by others. Those that go as others come are not counted as deletions. */
  readonly replacedWithin?: Column | undefined;
  /**
   * Links to records that one of these changes, perhaps without moving their stamp: they are read again. What they lead to names
   * no patient.
   */
  readonly moves?: readonly Column[];
  /** Paths of resources whose records may have changed along with one of these: they are read at once. So is what is moved. */
  readonly followedBy?: readonly string[];
}

/** In records of some kinds, or of a kind that is not said, these fields let anybody in: neither stored nor delivered. */
export interface SecretWhen<Column extends string = string> {
  /** The watched column of whole numbers that says the kind. */
  readonly column: Column;
  readonly among: readonly number[];
  readonly fields: readonly Column[];
}

/** Each row says when it changed: what has changed since is asked for. */
interface WindowReading<Column extends string> extends Listed<Column> {
  readonly reading: "window";
}

/** Rows do not reliably say that they changed, or vanish without a trace: the whole list is read at each poll. */
interface WholeReading<Column extends string> extends Listed<Column> {
  readonly reading: "whole";
  /**
   * Where no single list holds them all: the lists by the end of their path, "" for the resource's own, and what a row of each
   * says of fields that it leaves unset.
   */
  readonly parts?: Readonly<Record<string, Readonly<Partial<Record<Column, boolean>>>>>;
}

/** What a row's place in a list says of fields that it leaves unset. */
export type Says = Readonly<Record<string, boolean | undefined>>;

/** Rows have neither an id nor stamps: the whole list is read each time, and what is not in it any longer is gone. */
interface SetsReading<Column extends string> extends Listed<Column> {
  readonly reading: "sets";
  /** The links that make a row what it is: no two rows have the same. Their ids, with ":" between them, are its id. */
  readonly identifiedBy: readonly [Column, ...Column[]];
}

/**
 * One object without an id or stamps, whose fields are in sections: they are named by their path, `online_bookings.enabled`. What
 * it leaves out is not cleared (diff/sections.ts).
 */
interface SingleReading<Column extends string> extends Listed<Column> {
  readonly reading: "single";
  /** End of the path where everybody is served a part of it: it is read by who may not read the whole. */
  readonly publicly: string;
}

/**
 * What is computed for three records together and has no list: it is read for those that the configuration names. Time alone
 * changes it (diff/available-times.ts).
 */
interface ParentReading<Column extends string> extends Listed<Column> {
  readonly reading: "perParent";
  /** See `SetsReading`. */
  readonly identifiedBy: readonly [Column, ...Column[]];
}

type Reading<Column extends string> =
  | ParentReading<Column>
  | WindowReading<Column>
  | WholeReading<Column>
  | SetsReading<Column>
  | SingleReading<Column>;

/** Whether every poll reads all there is. */
export function isReadWhole({ reading }: { readonly reading?: Reading<string>["reading"] }): boolean {
  return reading === "whole" || reading === "sets" || reading === "single";
}

/** Only rows whose link leads to a record of one resource are kept: another one tells of the rest. */
export interface KeptIf {
  /** The watched link that decides. */
  readonly link: string;
  /** Path of the resource that it must lead to. */
  readonly leadsTo: string;
  /** Path of the one that it leads to otherwise. */
  readonly otherwise: string;
  /** For whoever asks for a record that is not kept. */
  readonly hint: string;
}

type StampedFields = { readonly id: string; readonly created_at: string };
type Output<Of> = Of extends Field<infer Schema> ? z.output<Schema> : never;
type OptionalNames<Of extends Fields> = {
  [Name in keyof Of]: Of[Name] extends Field<z.ZodExactOptional<z.ZodType>> ? Name : never;
}[keyof Of];

/** A record as Cliniko serves it, by the kinds of its fields. */
export type Sample<Of extends Fields> = StampedFields & {
  readonly [Name in Exclude<keyof Of, OptionalNames<Of>>]: Output<Of[Name]>;
} & { readonly [Name in OptionalNames<Of>]?: Output<Of[Name]> };

type ToldBy<Rules extends readonly Rule[]> = Rules[number]["tells"] extends infer Tells
  ? Tells extends unknown
    ? keyof Tells & string
    : never
  : never;

interface Example<Of extends Fields> extends Happening {
  readonly before?: Partial<Sample<Of>>;
  readonly after?: Partial<Sample<Of>>;
}

/** Everything that is known of one resource. What follows from it, follows: see `Resource`. */
export type Definition<
  Path extends string,
  Watched extends Fields,
  Noise extends Fields,
  Rules extends readonly Rule<string, keyof Watched & string>[],
> = (
  | (Exclude<Reading<keyof Watched & string>, { readonly identifiedBy: unknown }> & {
      /** An update is always of one's own. */
      readonly examples: { readonly updated: Example<Watched & Noise> };
    })
  | Extract<Reading<keyof Watched & string>, { readonly identifiedBy: unknown }>
) &
  Habits<keyof Watched & string> &
  Described<Path, Watched, Noise, Rules>;

interface Described<
  Path extends string,
  Watched extends Fields,
  Noise extends Fields,
  Rules extends readonly Rule<string, keyof Watched & string>[],
> {
  /** Path under the base URL; also the key of the rows in a list's envelope. */
  readonly path: Path;
  /** The event subject: the part of `type` before the dot. */
  readonly subject: string;
  readonly group: keyof typeof GROUPS;
  /** Read by an account that does not name its resources. An upgrade never begins to read more. */
  readonly byDefault?: boolean;
  /** What somebody waits for: this gets half of the requests of an account's live resources. */
  readonly urgent?: boolean;
  readonly tier: Tier;
  /** What was said or written in confidence: an endpoint gets it only by its name, never by `*`. */
  readonly confidential?: boolean;
  /** Heading of its section. */
  readonly title: string;
  /** What one is called: "class". */
  readonly noun: string;
  /** What one is, with its article: "One patient's place in a class". */
  readonly one: string;
  /** What a subscriber must know of it besides its types, in Markdown. */
  readonly about: string;
  /** The column that says when it takes place: what is near in time is read again often. */
  readonly takesPlaceAt?: keyof Watched & string;
  /**
   * Short lists, each by its conditions, that show what may have changed without moving `updated_at`: they are read now and
   * then, whatever the stamps say. @param yesterday an instant in Cliniko's words
   */
  readonly rereads?: (yesterday: string) => readonly (readonly string[])[];
  readonly keptIf?: KeptIf & { readonly link: keyof Watched };
  /** What first sight is called. */
  readonly createdAs?: Exclude<CreatedAs, "created" | "updated">;
  /** What its end is called. One that comes back after that is then called as on first sight. */
  readonly deletedAs?: "withdrawn" | "unpublished";
  /** Raise it when `watched` changes, and keep the names of the fields it had under `former`. */
  readonly version: number;
  readonly former?: Readonly<Record<number, readonly string[]>>;
  /** Fields whose change makes an event. */
  readonly watched: Watched;
  /** Other fields that the upstream is known to serve: none of them is news (reminder flags, values derived from other records). */
  readonly noise: Noise;
  /** Links and codes with which anybody gets in without a key: neither stored nor delivered, and no news. */
  readonly secret?: readonly string[];
  /** What is such a code in some records only. */
  readonly secretWhen?: SecretWhen<keyof Watched & string>;
  /** What its own fields can tell, from the most to the least telling. */
  readonly rules: Rules;
  /** Words where those of the rules do not do. */
  readonly events: {
    readonly [Told in ToldBy<Rules> | CreatedAs]?: Partial<Occasion>;
  };
  /** An ordinary record, for examples: of nobody. */
  readonly sample: Sample<Watched & Noise>;
  /** Where what the rules make of the sample does not do. */
  readonly examples: { readonly updated?: Example<Watched & Noise> } & {
    readonly [Told in ToldBy<Rules> | Exclude<CreatedAs, "updated">]?: Example<Watched & Noise>;
  };
}

type CreatedAs = "created" | "added" | "offered" | "published" | "updated";

/**
 * What we watch in one resource and what a change of it means. A field that is not in `fields` is noise: it never makes an event.
 */
export interface Projection {
  readonly subject: string;
  readonly createdAs: CreatedAs;
  readonly deletedAs: "deleted" | "withdrawn" | "unpublished";
  /** What it is called that one is there again after it was told as gone. */
  readonly restoredAs: string;
  /** Its rows say when they were made and when they changed; otherwise what is known of that is when they were read. */
  readonly hasStamps: boolean;
  /** See `ParentReading`. */
  readonly isComputed?: boolean;
  /** See `SingleReading`; undefined: a record is a row of a list. */
  readonly publicly?: string | undefined;
  /** Every transition that first sight may be called, from the most to the least telling. */
  readonly appearances: readonly string[];
  readonly version: number;
  /**
   * Names of the fields of each earlier version, in their order: a snapshot of it is compared in the fields that both know, so
   * that a change made while we were deployed is told and the new fields are not. A version that is not here is taken over
   * silently.
   */
  readonly former?: Readonly<Record<number, readonly string[]>> | undefined;
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** Every field of a record besides those that all records have. */
  readonly shape: Fields;
  /** Older forms of fields, each with the newer one that decides where it is served. */
  readonly standIns: readonly (readonly [older: string, newer: string])[];
  readonly noise: readonly string[];
  readonly leftOut: readonly string[];
  readonly rules: readonly Rule[];
  /** Names of `tells`. */
  readonly transitions: readonly string[];
  /** Facts that are no event types, and may stand among an event's transitions. */
  readonly remarks: readonly string[];
  /** Transitions that leave a stamp of their own, with its column, in the same order. */
  readonly stamps: ReadonlyMap<string, string>;
  readonly sensitive: readonly string[];
  readonly secret: readonly string[];
  readonly secretWhen?: SecretWhen | undefined;
  readonly replacedWithin?: string | undefined;
  /** Watched fields that name a patient or were written about one. */
  readonly aboutPatient: readonly string[];
  /** Those of them that name the patient. */
  readonly patientLinks: readonly string[];
  /** Those of these that a record may be without for no other reason than that the clinic took the name away. */
  readonly nameLinks: readonly string[];
  /** Links that nearly every record has: those, and such as say where, and with whom. One that goes away takes a witness. */
  readonly witnessedLinks: readonly string[];
  /** Links to a patient by which the list is not filtered. */
  readonly unfiltered: readonly string[];
}

/** A resource with all that follows from its definition. */
export interface Resource<Path extends string = string, Shape extends Fields = Fields>
  extends Projection, Listed<string>, Habits<string> {
  readonly reading: Reading<string>["reading"];
  /** See `SetsReading`; empty: rows have an id. */
  readonly identifiedBy: readonly string[];
  /** See `WholeReading`; empty: one list holds them all. */
  readonly parts: Readonly<Record<string, Says>>;
  readonly path: Path;
  readonly group: keyof typeof GROUPS;
  readonly byDefault: boolean;
  readonly urgent: boolean;
  readonly tier: Tier;
  readonly confidential: boolean;
  readonly title: string;
  readonly noun: string;
  readonly one: string;
  readonly about: string;
  readonly takesPlaceAt: string | undefined;
  readonly rereads: ((yesterday: string) => readonly (readonly string[])[]) | undefined;
  readonly keptIf: KeptIf | undefined;
  readonly moves: readonly string[];
  readonly followedBy: readonly string[];
  readonly shape: Shape;
  /** Every transition that is an event type, from the most to the least telling. */
  readonly tells: Readonly<Record<string, Transition>>;
  /** Words and examples where those of `tells` do not do. */
  readonly events: Readonly<Record<string, Partial<Occasion> | undefined>>;
  readonly examples: Readonly<Record<string, Happening | undefined>>;
  readonly sample: Served & StampedFields;
}

import type { OpenQuestion, Unknowns } from "../clinic/unknowns.ts";
import { moment, type Columns, type RowOf } from "../storage/columns.ts";
import type { WireFormat } from "../wire/format.ts";
import { isSame, type WireRecord } from "../wire/record.ts";

/** One resource of the API, said once: how it is listed, what is on it, what can be done to it. */
export interface TableSpec<Of extends Columns = Columns> {
  /** Of its list, and the key of the rows in it. */
  readonly path: string;
  /** What its events are about. Without one nobody is called for it, and the ledger does not follow it. */
  readonly subject?: string;
  readonly columns: Of;
  /** Where one is read and written, when not by its id: at the end of the path of what this link leads to. */
  readonly under?: { readonly parent: string; readonly end: string };
  /**
   * Its records have no id, no stamps and no place of their own on the wire. No two have the same values here: these are what a
   * record is, and its id for whoever is called for it. Such a list takes neither filters nor a sort.
   */
  readonly identifiedBy?: readonly string[];
  /** The open question whether its records have an id and stamps on the wire. */
  readonly idsIf?: OpenQuestion;
  /**
   * There is one, always, and it is no list: an object of sections, in which a column's name is its path. Its id for whoever is
   * called for it is `ONLY_ID`.
   */
  readonly single?: Single;
  /** Fields that follow from the others: links to lists, names, descriptions. */
  extras?(row: RowOf<Of>, print: Print): WireRecord;
  /** Columns that may be filtered besides id, created_at and updated_at. */
  readonly filters: readonly (keyof Of & string)[];
  /** Filters that stand or fall with an open question. */
  readonly doubted?: Partial<Readonly<Record<string, OpenQuestion>>>;
  /** Records with a value here are left out, unless a condition names the column. */
  readonly hiddenBy: readonly HidingColumn[];
  /** Lists of the old documentation: whole records, or stubs with a link and nothing else. */
  readonly oldLists?: Partial<Readonly<Record<OldList, "whole" | "stubs">>>;
  /** What a made-up record needs beyond its blanks and its links. @param seconds now */
  sample?(seconds: number): Partial<RowOf<Of>>;
  /** Lists of a part of the records, by the end of their path; "" is the main list. */
  readonly parts?: Readonly<Record<string, Part<RowOf<Of>>>>;
  /** Does one that is in none of the parts answer by its id? Default: it does. */
  readonly answersUnlisted?: OpenQuestion;
  readonly api?: Api<Of>;
  /** From the most to the least telling, below `deleted` and above `updated`. */
  readonly facts?: Facts;
  /** Fields, and columns, nobody is called for: they move by themselves, or follow another record. */
  readonly noise?: readonly string[];
  /** Columns that say who a patient is, or were written about one, besides the link to them. */
  readonly personal?: readonly string[];
  /** What can be done to a record, in an order in which one can follow the other. */
  readonly acts?: Acts<RowOf<Of>>;
  /** Acts after which no list may show the record: of them nothing is told, or that it is gone. */
  readonly endings?: Acts<RowOf<Of>>;
  /** What is told beside `deleted` of a record that is taken away. */
  readonly goneWith?: (record: WireRecord) => readonly string[];
  /** Does this record owe events? One that only follows another does not. Default: every one does. */
  owes?(row: RowOf<Of>): boolean;
  /** The fact of a record that appears. Default `created`. */
  readonly appearance?: string;
  /** The fact of a record that is taken away. Default `deleted`. */
  readonly disappearance?: string;
}

export interface Single {
  /** End of the path at which everybody is served it. */
  readonly publicly: string;
  /** Paths that are served to those only who may see the whole. */
  readonly onlyWhole: readonly string[];
}

export const ONLY_ID = "account";

/** What a record without an id is called by; undefined: it has an id. */
export function identityOf(
  { identifiedBy, single }: { readonly identifiedBy?: readonly string[]; readonly single?: Single },
  row: object,
): string | undefined {
  if (single) return ONLY_ID;
  return identifiedBy?.map((column) => String(Reflect.get(row, column))).join(":");
}

export type HidingColumn = "archived_at" | "cancelled_at";
export type OldList = "deleted" | "cancelled" | "archived";

export interface Print {
  /** Path of the record. */
  readonly self: string;
  readonly links: WireFormat["links"];
}

/** What a client may write. */
export interface Api<Of extends Columns> {
  /** Columns a new record must have. Left out: it cannot be made. */
  readonly required?: readonly (keyof Of & string)[];
  /** Columns that may be written; any other is ignored, as strong parameters do. None: it cannot be changed. */
  readonly writable?: readonly string[];
  /** PUT as well as PATCH. */
  readonly put?: true;
  readonly archive?: true;
  readonly unarchive?: true;
  /** Mostly deprecated, and archives; where it is not, the record is gone without a trace. */
  readonly delete?: "archives" | "for_good";
  /** What is wrong with a whole record that is about to be written. */
  check?(row: RowOf<Of>): Complaints;
  /** Why a client may not do it to this record. */
  refuses?(row: RowOf<Of>, deed: "archive" | "unarchive" | "cancel"): Complaints;
}

export type Complaints = Readonly<Record<string, string>>;

export interface FactRule {
  /** Fields whose difference it accounts for: what is left over is an update. */
  readonly explains: readonly string[];
  /** Would somebody who saw only these two states know? Without a before, the record has just appeared. */
  readonly shows: (before: WireRecord | undefined, after: WireRecord) => boolean;
  /** It is told beside `updated` and does not stand for it. */
  readonly aside?: true;
  /** It is what the appearance of a record is called where it shows. */
  readonly leads?: true;
}

export type Facts = Readonly<Record<string, FactRule>>;

/** What is done to a record, with what is told of it; undefined where it is not in a state for it. */
export interface Deed<Row> {
  readonly writes: Partial<Row>;
  readonly tells: readonly string[];
  /** The open question whether updated_at moves. Without one it does. */
  readonly moves?: OpenQuestion;
  /** The record is taken away by it. */
  readonly isGone?: true;
}

export interface ActContext {
  /** Now, in epoch seconds. */
  readonly seconds: number;
  readonly unknowns: Unknowns;
}

// The types of methods: what takes a narrower row may stand where one that takes any row is wanted.
type Part<Row> = { holds(row: Row, unknowns: Unknowns): boolean }["holds"];
export type Act<Row> = { act(row: Row, at: ActContext): Deed<Row> | undefined }["act"];
export type Acts<Row> = Readonly<Record<string, Act<Row>>>;

/** What names its patient may lose the name, too. */
export function defineTable<const Of extends Columns>(spec: TableSpec<Of>): TableSpec<Of> {
  if (!Object.hasOwn(spec.columns, "patient_id")) return spec;
  return { ...spec, facts: { ...spec.facts, anonymised: ANONYMISED } };
}

/** It named a patient and names nobody. What else changed with it is an update, as that is. */
const ANONYMISED: FactRule = {
  explains: [],
  aside: true,
  shows: (before, after) => before !== undefined && isSet(before["patient"]) && !isSet(after["patient"]),
};

/** The record has become so. One that appears so has, too. */
export function turnsOn(is: (record: WireRecord) => boolean, explains: readonly string[]): FactRule {
  return {
    explains,
    shows: (before, after) => is(after) && (before === undefined || !is(before)),
  };
}

/** Two facts, one the reverse of the other. */
export function turning(
  [on, off]: readonly [string, string],
  is: (record: WireRecord) => boolean,
  explains: readonly string[],
): Facts {
  return {
    [on]: turnsOn(is, explains),
    [off]: { explains, shows: (before, after) => before !== undefined && is(before) && !is(after) },
  };
}

/** Any of the fields differs. */
export function moved(...explains: readonly string[]): FactRule {
  return {
    explains,
    shows: (before, after) =>
      before !== undefined && explains.some((field) => !isSame(before[field], after[field])),
  };
}

export function isSet(value: unknown): boolean {
  return value !== null && value !== undefined && value !== "";
}

interface Archivable {
  readonly archived_at: number | null;
  readonly deleted_at?: number | null;
}

/** Columns, facts and acts of what can be archived. */
export const ARCHIVABLE = {
  columns: { archived_at: moment(), deleted_at: moment() },
  facts: turning(["archived", "unarchived"], ({ archived_at }) => isSet(archived_at), [
    "archived_at",
    "deleted_at",
  ]),
  acts: {
    archive: (row: Archivable, { seconds, unknowns }: ActContext): Deed<Archivable> | undefined => {
      if (row.archived_at !== null) return undefined;
      const mirror =
        row.deleted_at === undefined || !unknowns.archiveSetsDeletedAt ? {} : { deleted_at: seconds };
      const writes = { archived_at: seconds, ...mirror };
      return { writes, tells: ["archived"], moves: "archiveMovesUpdatedAt" };
    },
    unarchive: (row: Archivable): Deed<Archivable> | undefined => {
      if (row.archived_at === null) return undefined;
      const mirror = row.deleted_at === undefined ? {} : { deleted_at: null };
      return { writes: { archived_at: null, ...mirror }, tells: ["unarchived"] };
    },
  },
} as const;

import type { FieldValue } from "./field.ts";
import {
  type Occasion,
  type Read,
  type Rule,
  type Served,
  type Transition,
  defineRule,
} from "./transition.ts";

// Kinds of rules: what can be told of one column, or of a few, whatever the resource.

/** A transition and its words. */
type Told<Name extends string> = readonly [name: Name, words: Occasion];

/** What goes along with a change of a column. */
interface Along {
  /** A column that says the same by being true, where the moment is not served. */
  readonly orBy?: string;
  /** Columns whose change it explains as well, where they are watched. */
  readonly also?: readonly string[];
  /** What is set with it, in examples. */
  readonly beside?: (at: unknown) => Served;
}

function byName<Name extends string, Value>(
  entries: readonly (readonly [Name, Value])[],
): Readonly<Record<Name, Value>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each name is one of the entries
  return Object.fromEntries(entries) as Record<Name, Value>;
}

function entriesOf<Name extends string, Value>(record: Readonly<Record<Name, Value>>): [Name, Value][] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a table that is written down has the keys of its type
  return Object.entries(record) as [Name, Value][];
}

/** Two transitions of one column, told from whether it is in a state or not. */
function turning<On extends string, Off extends string, const Column extends string>(
  column: Column,
  isOn: (read: Read) => boolean,
  transitions: Readonly<Record<On | Off, Transition>>,
  [on, off]: readonly [On, Off],
  also: readonly string[] = [],
): Rule<On | Off, Column> {
  return defineRule<On | Off, Column>({
    tells: transitions,
    fields: [column],
    also,
    detect(before, after) {
      const was = before !== undefined && isOn(before);
      const is = isOn(after);
      if (was === is) return [];
      return [is ? on : off];
    },
  });
}

/** A moment that is set or not: its setting, which it stamps, and its clearing. */
export function moment<Set extends string, Cleared extends string, const Column extends string>(
  column: Column,
  [set, made]: Told<Set>,
  [cleared, undone]: Told<Cleared>,
  { also = [], beside, orBy }: Along = {},
): Rule<Set | Cleared, Column> {
  const whole = (ordinary: Served, at: unknown): Served =>
    Object.fromEntries(
      Object.entries({ [column]: at, ...beside?.(at) }).filter(([name]) => Object.hasOwn(ordinary, name)),
    );
  const tells = byName<Set | Cleared, Transition>([
    [set, { ...made, stamp: column, example: (ordinary, at) => ({ after: whole(ordinary, at) }) }],
    [
      cleared,
      {
        ...undone,
        example: (ordinary) => ({ before: whole(ordinary, ordinary["created_at"]), after: ordinary }),
      },
    ],
  ]);
  const isSet = (read: Read): boolean => read(column) !== null || (orBy !== undefined && read(orBy) === true);
  return turning(column, isSet, tells, [set, cleared], orBy === undefined ? also : [...also, orBy]);
}

/** A mark that is made and taken back: the column becomes this value, and is not it any longer. Whatever else it becomes is neither. */
export function turns<On extends string, Off extends string, const Column extends string>(
  column: Column,
  value: boolean | number | string,
  [on, made]: Told<On>,
  [off, undone]: Told<Off>,
): Rule<On | Off, Column> {
  const without = (ordinary: Served): Served => ({
    [column]:
      ordinary[column] === value ? (typeof value === "boolean" ? !value : null) : (ordinary[column] ?? null),
  });
  const tells = byName<On | Off, Transition>([
    [
      on,
      {
        ...made,
        example: (ordinary) => ({
          ...(ordinary[column] === value && { before: without(ordinary) }),
          after: { [column]: value },
        }),
      },
    ],
    [off, { ...undone, example: (ordinary) => ({ before: { [column]: value }, after: without(ordinary) }) }],
  ]);
  const isOn = (read: Read): boolean => read(column) === value;
  return turning(column, isOn, tells, [on, off]);
}

/** When a column of few values is told to have become one of them. */
interface Becoming extends Occasion {
  readonly to: readonly FieldValue[];
  /** Told only of what was one of these before, and so never on first sight. Default: whatever it was. */
  readonly from?: readonly FieldValue[];
}

function has(list: readonly unknown[], value: unknown): boolean {
  return list.includes(value);
}

/** A column that takes one of a few values, some of which are told; those that are not are an update. */
export function becomes<Name extends string, const Column extends string>(
  column: Column,
  values: Readonly<Record<Name, Becoming>>,
  { also = [] }: Pick<Along, "also"> = {},
): Rule<Name, Column> {
  const all = entriesOf(values);
  const told = all.map(([name, { to, from, ...words }]): [Name, Transition] => [
    name,
    {
      ...words,
      example: () => ({ ...(from && { before: { [column]: from[0] } }), after: { [column]: to[0] } }),
    },
  ]);
  return defineRule<Name, Column>({
    tells: byName(told),
    fields: [column],
    also,
    detect(before, after) {
      const [was, is] = [before?.(column), after(column)];
      const reached = all.filter(
        ([, { to, from }]) => has(to, is) && !has(to, was) && (from === undefined || has(from, was)),
      );
      return reached.map(([name]) => name);
    },
  });
}

/** How one of several columns differs from what it was. */
interface Differing<Column extends string> extends Pick<Transition, "example"> {
  readonly columns: readonly Column[];
  /** Columns whose change it explains as well, where they are watched. */
  readonly also?: readonly string[];
  /** Told only if this column is as it was. */
  readonly unless?: Column;
  /** Which differences count; every one when left out. */
  readonly counts?: (was: FieldValue, is: FieldValue) => boolean;
}

/** One of the columns is not what it was: told of a record that is known, never on first sight. */
export function differs<Name extends string, const Column extends string>(
  [name, words]: Told<Name>,
  { columns, also = [], unless, counts = () => true, example }: Differing<Column>,
): Rule<Name, Column> {
  return defineRule<Name, Column>({
    tells: byName([[name, { ...words, example }]]),
    fields: columns,
    also,
    detect(before, after) {
      if (before === undefined) return [];
      if (unless !== undefined && before(unless) !== after(unless)) return [];
      const isTold = (column: Column): boolean =>
        before(column) !== after(column) && counts(before(column), after(column));
      return columns.some(isTold) ? [name] : [];
    },
  });
}

/** What a change of a column is called beside the update that it is; every change of it unless told which. */
export function remarks<const Column extends string>(
  named: readonly (readonly [
    column: Column,
    remark: string,
    counts?: (was: FieldValue, is: FieldValue) => boolean,
  ])[],
): Rule<never, Column> {
  return defineRule<never, Column, string>({
    tells: {},
    remarks: named.map(([, remark]) => remark),
    fields: named.map(([column]) => column),
    detect(before, after) {
      if (before === undefined) return [];
      const isSo = ([column, , counts = () => true]: (typeof named)[number]): boolean =>
        before(column) !== after(column) && counts(before(column), after(column));
      return named.filter(isSo).map(([, remark]) => remark);
    },
  });
}

/** Later, or more: of dates and of whole numbers. What has no limit, or has one for the first time, is neither. */
export function isGreater(was: FieldValue, is: FieldValue): boolean {
  return was !== null && is !== null && typeof was === typeof is && is > was;
}

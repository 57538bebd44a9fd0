import { answerJson, answerMessage, answerNotFound, answerPage, type Answer } from "./answers.ts";
import { toHiddenMask } from "../storage/blocks.ts";
import type { Call } from "./call.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import type { HidingColumn } from "../tables/define-table.ts";
import { specs, tableOf, type TableName } from "../tables/tables.ts";
import type { Miscount, Restriction } from "../faults/faults.ts";
import { columnValue } from "../storage/columns.ts";
import { FILTER_TYPES, parseConditions, type Condition, type FilterColumns } from "../storage/filters.ts";
import { hashText } from "../clinic/random.ts";
import { planReading, scan } from "../storage/scan.ts";
import { type Strictness, applySort, applyStrictness } from "../faults/strictness.ts";
import { parseSort, type SortResult } from "../storage/sorting.ts";
import type { AnyRow, ReadableTable, Stored } from "../storage/table.ts";
import type { WireRecord } from "../wire/record.ts";

/** How one resource is read: as a list, and one by one. */
export interface Listing {
  readonly plural: string;
  readonly columns: FilterColumns;
  /** Records with a value here are left out, unless a condition names the column. */
  readonly hiddenBy: readonly HidingColumn[];
  readonly table: ReadableTable<AnyRow>;
  /** Another look at each row of a list, or undefined to leave it out: for lists of a part of the records. */
  readonly derive?: (stored: Stored<AnyRow>) => Stored<AnyRow> | undefined;
  /** Columns whose absence of a condition hides a single record; like `hiddenBy` when left out. */
  readonly hiddenByIdBy?: readonly HidingColumn[];
  /** `deleted_at` is documented as a filter of it, whether or not it is one here. */
  readonly namesDeleted?: boolean;
  readonly print?: (stored: Stored<AnyRow>) => WireRecord;
  /** There is no other way to ask for one: who is asked for by id is not left out. */
  readonly isAskedForOne?: boolean;
}

const PLAIN_COLUMNS: FilterColumns = { created_at: "datetime", id: "numeric", updated_at: "datetime" };

/** The main list of a table: its filterable columns as documented, as far as the open questions allow. */
export function toListing({ tables, unknowns }: ClinicState, name: TableName): Listing {
  const { path, columns, filters, doubted = {}, hiddenBy, identifiedBy, idsIf, under } = specs[name];
  const isBare = identifiedBy !== undefined || (idsIf !== undefined && !unknowns[idsIf]);
  const allowed = filters.flatMap((column) => {
    const type = FILTER_TYPES[columns[column]?.kind ?? "json"];
    const question = doubted[column];
    return type === undefined || (question !== undefined && !unknowns[question])
      ? []
      : [[column, type] as const];
  });
  return {
    plural: path,
    columns: isBare ? {} : { ...PLAIN_COLUMNS, ...Object.fromEntries(allowed) },
    hiddenBy,
    hiddenByIdBy: unknowns.cancelledHiddenById
      ? hiddenBy
      : hiddenBy.filter((column) => column !== "cancelled_at"),
    namesDeleted: filters.includes("deleted_at"),
    table: tableOf(tables, name),
    isAskedForOne: under !== undefined,
  };
}

const DEFAULT_PER_PAGE = 50;
const LARGEST_PAGE = 100;

/** A page of the live data: offsets are counted anew on every request, so rows move between pages. */
export function answerList(call: Call, listing: Listing): Answer {
  const { state, query } = call;
  const rules = state.faults.strictnessOf(listing.plural);
  const conditions = readConditions(call, listing, rules);
  if (!Array.isArray(conditions)) return conditions;
  const { id, ...withoutId } = { ...PLAIN_COLUMNS, ...listing.columns };
  const sortable: FilterColumns =
    state.unknowns.sortById && id !== undefined ? { id, ...withoutId } : withoutId;
  if (Object.keys(listing.columns).length === 0 && query.get("sort") !== undefined)
    return answerMessage(400, "Sorting is not available");
  const allowed = applySort(query.get("sort"), rules);
  if ("refused" in allowed) return answerMessage(400, allowed.refused);
  const sort = parseSort(allowed.sort, query.get("order"), sortable);
  if (sort.kind === "refused") return answerMessage(400, sort.message);

  const page = rules.page === "ignored" ? 1 : readNumber(query.get("page"), 1, Infinity, 1);
  const largest = rules.largestPage ?? LARGEST_PAGE;
  const perPage = readNumber(query.get("per_page"), 1, largest, Math.min(largest, DEFAULT_PER_PAGE));
  const window = { from: (page - 1) * perPage, to: page * perPage };
  const found = readPage(call, listing, conditions, sort, window);
  const deletedAt = state.faults.deletedAtOf(listing.plural);
  const linkTo = (target: number): string =>
    `${call.pageBase}${call.path}?${query.withPage(target, perPage)}`;
  return answerJson(200, {
    [listing.plural]: found.rows.map((stored) => ({
      ...(listing.print?.(stored) ?? stored.render()),
      ...(deletedAt === undefined ? {} : { deleted_at: deletedAt }),
    })),
    ...toTotal(found.total, state.faults.currentMiscount()),
    links: {
      self: linkTo(page),
      ...(window.to < found.count ? { next: linkTo(page + 1) } : {}),
      ...toNextLink(rules, linkTo, page),
      ...(page > 1 ? { previous: linkTo(page - 1) } : {}),
    },
  });
}

function toNextLink(
  { nextLink }: Strictness,
  linkTo: (page: number) => string,
  page: number,
): { readonly next?: string | undefined } {
  switch (nextLink) {
    case "missing":
      return { next: undefined };
    case "itself":
      return { next: linkTo(page) };
    case "first":
      return { next: linkTo(1) };
    case "elsewhere":
      return { next: linkTo(page + 1).replace(/^https?:\/\/[^/]+/, "https://api.elsewhere.example") };
    case undefined:
      break;
  }
  return {};
}

function toTotal(
  total: number,
  miscount: Miscount | undefined,
): { readonly total_entries?: number | string } {
  switch (miscount?.kind) {
    case "missing":
      return {};
    case "text":
      return { total_entries: String(total) };
    case "capped":
      return { total_entries: Math.min(total, miscount.at) };
    case "constant":
      return { total_entries: miscount.value };
    case "unfiltered":
    case undefined:
      return { total_entries: total };
  }
}

/** Every record is kept in the order of its id; any other order means to look at all of them. */
function readPage(
  { state, userId }: Call,
  listing: Listing,
  conditions: readonly Condition[],
  sort: Extract<SortResult, { kind: "order" }>,
  window: { readonly from: number; readonly to: number },
): { readonly rows: readonly Stored<AnyRow>[]; readonly count: number; readonly total: number } {
  const { table, hiddenBy, isAskedForOne = false, plural, derive } = listing;
  const restriction = state.faults.restrictionOf(plural, userId);
  const isOne =
    isAskedForOne && conditions.some(({ column, operator }) => column === "id" && operator === "=");
  const unlisted = isOne ? [] : state.faults.unlistedOf(plural);
  const rest = {
    momentMs: state.faults.listMomentMs(plural, state.now(), window.from === 0),
    hiddenMask: toHiddenMask(hiddenBy.filter((column) => !isNamed(column, conditions))),
    tests: [
      ...(restriction === undefined ? [] : [(row: AnyRow) => isPermitted(row, restriction)]),
      ...(unlisted.length === 0 ? [] : [(row: AnyRow) => !unlisted.includes(row.id)]),
      ...(isDeletedHidden(state.faults.strictnessOf(plural), listing, conditions) ? [isNotDeleted] : []),
    ],
    derive,
  };
  const reading = planReading(conditions, rest);
  const total = (count: number): number =>
    state.unknowns.totalEntriesHonourFilters && state.faults.currentMiscount()?.kind !== "unfiltered"
      ? count
      : scan(table, planReading([], rest), { from: 0, to: 0 }).count;
  if (sort.byId) {
    const { rows, count } = scan(table, reading, window);
    return { rows, count, total: total(count) };
  }
  const { rows, count } = scan(table, reading, { from: 0, to: Infinity });
  return { rows: rows.toSorted(sort.compare).slice(window.from, window.to), count, total: total(count) };
}

/** One record by id. The same filters apply as to the list, so a hidden record needs a condition to be seen. */
export function answerOne(call: Call, listing: Listing, id: string): Answer {
  const rules = call.state.faults.strictnessOf(listing.plural);
  const conditions = readConditions(call, listing, rules);
  if (!Array.isArray(conditions)) return conditions;
  const stored = listing.table.seenAt(id, call.state.now());
  const restriction = call.state.faults.restrictionOf(listing.plural, call.userId);
  const hiddenBy = listing.hiddenByIdBy ?? listing.hiddenBy;
  if (
    stored === undefined ||
    !isPermitted(stored.row, restriction) ||
    !isShown(stored.row, conditions, hiddenBy) ||
    (isDeletedHidden(rules, listing, conditions) && !isNotDeleted(stored.row)) ||
    !conditions.every((condition) => condition.accepts(stored.row))
  ) {
    return answerNotFound();
  }
  return answerJson(200, stored.render());
}

/** The old lists hold what is hidden. Where no filter of it is documented it cannot hide: nothing would ever show. */
function isDeletedHidden(
  { deletedHides = false }: Strictness,
  { derive, namesDeleted = false }: Listing,
  conditions: readonly Condition[],
): boolean {
  return deletedHides && namesDeleted && derive === undefined && !isNamed("deleted_at", conditions);
}

function isNotDeleted(row: AnyRow): boolean {
  return (columnValue(row, "deleted_at") ?? null) === null;
}

function readConditions(call: Call, { columns }: Listing, rules: Strictness): Condition[] | Answer {
  const { query, state } = call;
  if (query.malformed) return answerPage(500);
  const result = parseConditions(query.conditions, columns);
  if (result.kind === "malformed") return answerPage(500);
  if (result.kind === "refused") return answerMessage(400, result.message);
  const left = applyStrictness(result.conditions, rules, call.path);
  if ("refused" in left) return answerMessage(400, left.refused);
  const conditions = left;
  const wildcard = conditions.find((condition) => condition.operator === "*");
  if (
    !state.unknowns.wildcardsCombine &&
    wildcard !== undefined &&
    conditions.some((condition) => condition.column === "updated_at")
  ) {
    return answerMessage(400, `${wildcard.column} cannot be combined with updated_at`);
  }
  if (
    !state.unknowns.compareIds &&
    conditions.some((condition) => condition.column === "id" && /[<>]/.test(condition.operator))
  ) {
    return answerMessage(400, "Filter value for id must be a list of numbers");
  }
  return [...conditions];
}

function isShown(row: AnyRow, conditions: readonly Condition[], hiddenBy: Listing["hiddenBy"]): boolean {
  return hiddenBy.every((column) => columnValue(row, column) === null || isNamed(column, conditions));
}

function isNamed(column: string, conditions: readonly Condition[]): boolean {
  return conditions.some((condition) => condition.column === column);
}

function isPermitted(row: AnyRow, restriction: Restriction | undefined): boolean {
  if (restriction === undefined) return true;
  if (typeof restriction === "string") return restriction !== "empty";
  if ("hiddenIds" in restriction) return !restriction.hiddenIds.includes(row.id);
  return (hashText(row.id) % 1000) / 1000 >= restriction.hiddenShare;
}

/** Out of range is pulled into range, and nonsense is the default: nothing here is an error upstream. */
function readNumber(text: string | undefined, min: number, max: number, fallback: number): number {
  if (text === undefined || !/^-?\d+$/.test(text)) return fallback;
  return Math.min(max, Math.max(min, Number(text)));
}

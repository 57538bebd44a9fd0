import { z } from "zod";

import { isRecord } from "../shared/is-record.ts";
import { readUsualSeconds } from "../shared/iso-time.ts";
import { PAGE_SIZE, type PageRequest, formatAnchor, isAnchored, parseAnchor } from "./list-query.ts";
import type { Failure, Outcome, Page, Row } from "./outcome.ts";
import type { Resource, Says } from "../resources/resource.ts";

/** Ids are strings that hold an int64; old accounts serve integers, which are exact only up to 2^53. */
const idSchema = z
  .union([z.string().regex(/^\d{1,20}$/), z.int().positive()])
  .transform((id) => String(id).replace(/^0+(?=\d)/, ""));

const instantSchema = z.iso.datetime({ offset: true }).transform(toSeconds);

const rowSchema = z.object({ id: idSchema, created_at: instantSchema, updated_at: instantSchema });

/** A subset of what the schema takes, as nearly every record is written. */
const USUAL_ID = /^[1-9]\d{0,18}$/;

/** What the schema would read, in a third of the time: every record of every scan passes here. Undefined: ask the schema. */
function readUsual(item: unknown): Row | undefined {
  if (!isRecord(item)) return undefined;
  const { id, created_at: created, updated_at: updated } = item;
  if (typeof id !== "string" || typeof created !== "string" || typeof updated !== "string") return undefined;
  const [createdAt, updatedAt] = [readUsualSeconds(created), readUsualSeconds(updated)];
  if (!USUAL_ID.test(id) || createdAt === undefined || updatedAt === undefined) return undefined;
  return { id, createdAt, updatedAt, record: item };
}

/** A single record; undefined: it carries no stamps that can be read. */
export function parseRow(item: unknown): Row | undefined {
  const row = readStamped(item);
  return typeof row === "string" ? undefined : row;
}

/** A row without id and stamps: it is what its links lead to, as it is at the moment of the answer. */
function readUnstamped(
  { idOtherwise, identifiedBy }: Pick<Resource, "idOtherwise" | "identifiedBy">,
  item: unknown,
  date: number,
): Row | string {
  if (!isRecord(item)) return "the row itself";
  const ids = identifiedBy.map((name) => idIn(item[name]));
  const unknown = identifiedBy.find((_, index) => ids[index] === undefined);
  const id = ids.join(":");
  const at = new Date(date * 1_000).toISOString().replace(".000Z", "Z");
  // Whoever is told of it counts on those; where it has none, it is as old as the answer that shows it.
  const record =
    idOtherwise === undefined ? item : { created_at: at, updated_at: at, links: {}, ...item, id };
  return unknown ?? { id, createdAt: date, updatedAt: date, record };
}

function idIn(link: unknown): string | undefined {
  const links = isRecord(link) ? link["links"] : undefined;
  const self = isRecord(links) ? links["self"] : undefined;
  return typeof self === "string" ? /\/(\d{1,20})\/?(?:[?#].*)?$/.exec(self)?.[1] : undefined;
}

function readStamped(item: unknown): Row | string {
  const usual = readUsual(item);
  if (usual) return usual;
  const parsed = rowSchema.safeParse(item);
  if (!parsed.success || !isRecord(item)) return fieldOf(parsed.error);
  const { id, created_at: createdAt, updated_at: updatedAt } = parsed.data;
  return { id, createdAt, updatedAt, record: item };
}

/**
 * A list's body as a page. A page is believed whole or not at all: one row that cannot be read, that is out of order or
 * that the filter should have left out makes it `malformed` or `bad_filter`, since what is missing cannot be known.
 */
export function parsePage(
  resource: Resource,
  request: PageRequest,
  body: unknown,
  date: number,
): Outcome<{ readonly page: Page }> {
  const envelope = parseEnvelope(resource, body);
  if (!envelope) return { kind: "malformed", detail: `no list "${resource.path}" in the answer` };
  const { pageSize = PAGE_SIZE } = request;
  if (envelope.rows.length > pageSize) return { kind: "bad_filter", detail: "per_page was ignored" };

  const rows: Row[] = [];
  for (const [index, item] of envelope.rows.entries()) {
    const row = resource.hasStamps ? readStamped(item) : readUnstamped(resource, item, date);
    if (typeof row === "string") {
      const detail = `row ${index}: ${row} is missing or not of its kind`;
      const isBare = resource.idOtherwise !== undefined && isRecord(item) && item["id"] === undefined;
      return { kind: "malformed", detail, ...(isBare && { isBare }) };
    }
    rows.push(row);
  }
  const ignored = ignoredFilter(request, rows) ?? ignoredOrder(request, rows);
  if (ignored) return ignored;
  const { says } = request.pass;
  // A full page may be the last one; a short page that names a next one is not (the server chose smaller pages).
  const more = rows.length === pageSize || envelope.hasNext;
  if (more && rows.length === 0) return { kind: "malformed", detail: "an empty page names a next one" };
  const next = more ? nextPage(request, rows) : undefined;
  const served = says ? rows.map((row) => ({ ...row, record: withSaid(says, row.record) })) : rows;
  return { kind: "ok", page: { rows: served, date, next, totalEntries: envelope.totalEntries } };
}

/** What a record leaves unset is what its list says. */
function withSaid(says: Says, record: Row["record"]): Row["record"] {
  return { ...record, ...Object.fromEntries(Object.entries(says).filter(([name]) => isUnset(record[name]))) };
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function parseEnvelope(
  resource: Resource,
  body: unknown,
): { rows: readonly unknown[]; hasNext: boolean; totalEntries: number | undefined } | undefined {
  if (!isRecord(body)) return undefined;
  const rows = body[resource.path];
  const links = body["links"];
  const total = body["total_entries"];
  const hasNext = isRecord(links) && Boolean(links["next"]);
  const totalEntries =
    typeof total === "number" && Number.isSafeInteger(total) && total >= 0 ? total : undefined;
  return Array.isArray(rows) ? { rows, hasNext, totalEntries } : undefined;
}

/** The server ignores what it does not understand without an error: each row is held against what was asked. */
function ignoredFilter({ pass, since }: PageRequest, rows: readonly Row[]): Failure | undefined {
  const shown = pass.shows.filter((condition) => !condition.endsWith(":*"));
  for (const row of rows) {
    if (since !== undefined && pass.since !== undefined && (stampOf(row, pass.since) ?? 0) < since) {
      return { kind: "bad_filter", detail: `a row is older than asked for: ${pass.since}:>= was ignored` };
    }
    const missed = shown.find((condition) => !row.record[condition.slice(0, condition.indexOf(":"))]);
    if (missed !== undefined) {
      return { kind: "bad_filter", detail: `a row that was not asked for: ${missed} was ignored` };
    }
  }
  return undefined;
}

/** Where the rows are not in the order that was asked for, or do not move on, reading would skip some or never end. */
function ignoredOrder(request: PageRequest, rows: readonly Row[]): Failure | undefined {
  if (request.order === "id") {
    let previous = request.after;
    for (const { id } of rows) {
      if (previous !== undefined && compareIds(id, previous) <= 0) {
        return { kind: "bad_filter", detail: "rows are not in order of id: sort=id or id:> was ignored" };
      }
      previous = id;
    }
    return undefined;
  }
  const anchor = parseAnchor(request.after);
  const last = rows.at(-1);
  if (anchor && anchor.page > 1 && last?.id === anchor.last) {
    return { kind: "bad_filter", detail: "the same page again: page was ignored" };
  }
  if (!isAnchored(request)) return undefined;
  let previous = anchor?.from;
  for (const { createdAt } of rows) {
    if (previous !== undefined && createdAt < previous) {
      return {
        kind: "bad_filter",
        detail: "rows are not in order of created_at, or created_at:>= was ignored",
      };
    }
    previous = createdAt;
  }
  return undefined;
}

/** Where to go on. By creation: from the last row's second, or at the next page when the whole page shares it. */
export function nextPage(request: PageRequest, rows: readonly Row[]): string {
  const last = rows.at(-1);
  if (!last) throw new RangeError("an empty page has no next one");
  if (request.order === "id") return last.id;
  const before = parseAnchor(request.after);
  const from = isAnchored(request) ? last.createdAt : undefined;
  const page = from === before?.from ? (before?.page ?? 1) + 1 : 1;
  return formatAnchor({ from, page, last: last.id });
}

function stampOf(row: Row, column: string): number | undefined {
  if (column === "updated_at") return row.updatedAt;
  // The list of what was deleted may serve the older name or the newer one.
  const value = row.record[column] ?? (column === "deleted_at" ? row.record["archived_at"] : undefined);
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(ms) ? Math.floor(ms / 1_000) : undefined;
}

function toSeconds(instant: string): number {
  return Math.floor(Date.parse(instant) / 1_000);
}

function fieldOf(error: z.ZodError | undefined): string {
  return error?.issues[0]?.path.join(".") || "the row itself";
}

/** Order of two decimal ids as the upstream orders them: by value. */
export function compareIds(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

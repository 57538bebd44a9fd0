import { isRecord } from "../shared/is-record.ts";
import { type Reply, parseJson, serverDate } from "./interpret-answer.ts";
import type { Failure } from "./outcome.ts";

/** Of one type of appointment with one practitioner in one place: ids. */
export interface Triple {
  readonly business: string;
  readonly practitioner: string;
  readonly appointmentType: string;
}

/** Days in one request. "Not more than seven days apart": one less is that in any reading. Source: docs/upstream.md §5. */
export const DAYS_A_REQUEST = 7;

const PER_PAGE = 100;
const MOST_PAGES = 20;

export interface TimesRequest {
  readonly triple: Triple;
  /** The first day and the last one, YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
  /** The earliest one alone. */
  readonly nextOnly: boolean;
}

export type TimesAnswer =
  /** Times are unix seconds, in order; `date`: Cliniko's clock when it answered first. */
  | {
      readonly kind: "ok";
      readonly times: readonly number[];
      readonly date: number;
      /** Requests that it took. */
      readonly pages: number;
    }
  /** They are not offered online. */
  | { readonly kind: "not_found"; readonly date: number; readonly detail: string }
  | Exclude<Failure, { kind: "not_found" }>;

type Send = (path: string) => Promise<Reply>;

/** What is offered in these days, of all pages. 404: it is not offered online at all. */
export async function readAvailableTimes(send: Send, request: TimesRequest): Promise<TimesAnswer> {
  const { from, nextOnly, to, triple } = request;
  const parts = [
    ["businesses", triple.business],
    ["practitioners", triple.practitioner],
    ["appointment_types", triple.appointmentType],
  ];
  const of = parts.map(([list, id = ""]) => `/${list}/${encodeURIComponent(id)}`).join("");
  const end = nextOnly ? "next_available_time" : "available_times";
  const times = new Set<number>();
  let date: number | undefined;
  let pages = 0;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const rest = nextOnly ? "" : `&per_page=${PER_PAGE}${page > 1 ? `&page=${page}` : ""}`;
    const answer = await send(`${of}/${end}?from=${from}&to=${to}${rest}`);
    const at = answer.answer && serverDate(answer.answer);
    const { failure } = answer;
    if (failure && failure.kind !== "not_found") return failure;
    if (at === undefined) return { kind: "malformed", detail: "no Date header: a proxy may have removed it" };
    if (failure) return { kind: "not_found", date: at, detail: failure.detail };
    date ??= at;
    pages = page;
    const body = parseJson(answer.answer);
    if (body.kind !== "ok") return { kind: "malformed", detail: body.detail };
    const rows = rowsOf(body.value, nextOnly);
    if (!rows) return { kind: "malformed", detail: "no available times in the answer" };
    const known = times.size;
    for (const row of rows) times.add(row);
    const isMore =
      isRecord(body.value) && isRecord(body.value["links"]) && Boolean(body.value["links"]["next"]);
    // A page that shows nothing new does not move on.
    if (nextOnly || !isMore || times.size === known) break;
  }
  return { kind: "ok", times: [...times].toSorted((a, b) => a - b), date: date ?? 0, pages };
}

function rowsOf(body: unknown, nextOnly: boolean): readonly number[] | undefined {
  if (!isRecord(body)) return undefined;
  const rows = nextOnly ? [body] : body["available_times"];
  if (!Array.isArray(rows)) return undefined;
  const starts = rows.map((row: unknown) => (isRecord(row) ? row["appointment_start"] : undefined));
  // There is no next one.
  if (nextOnly && (starts[0] === undefined || starts[0] === null || starts[0] === "")) return [];
  const times = starts.map((start) => (typeof start === "string" ? Date.parse(start) / 1_000 : Number.NaN));
  return times.every((time) => Number.isFinite(time)) ? times : undefined;
}

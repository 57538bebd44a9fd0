import { isRecord } from "../../shared/is-record.ts";

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
/** What lies so near to the moment of the event is its own stamp. */
const OWN_MS = 60_000;
/** Times of appointments stay on the grid of a calendar. */
const GRID_MS = 15 * 60_000;

/**
 * A copy of an event that happened at `from`, with all its times moved as if it had happened at `to` (unix ms). What was
 * stamped by the event is moved exactly, other times by whole quarters of an hour.
 */
export function moveTimes(value: unknown, from: number, to: number): unknown {
  if (typeof value === "string" && MOMENT.test(value)) return moved(value, from, to);
  if (Array.isArray(value)) return value.map((item: unknown) => moveTimes(item, from, to));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, moveTimes(item, from, to)]));
}

function moved(text: string, from: number, to: number): string {
  const time = Date.parse(text);
  const shift = to - from;
  const by = Math.abs(time - from) <= OWN_MS ? shift : Math.round(shift / GRID_MS) * GRID_MS;
  return new Date(Math.floor((time + by) / 1_000) * 1_000).toISOString().replace(".000Z", "Z");
}

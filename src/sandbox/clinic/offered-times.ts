import { tableOf } from "../tables/tables.ts";
import { toEpochSeconds } from "../wire/time.ts";
import type { ClinicState } from "./clinic-state.ts";
import { localTimeIn } from "./local-time.ts";
import { ONLY_ID } from "../tables/define-table.ts";

export interface OfferOf {
  readonly businessId: string;
  readonly practitionerId: string;
  readonly typeId: string;
}

/** Seconds, from and to. */
type Slot = readonly [from: number, to: number];

const DAY_MS = 86_400_000;
const HOUR_SECONDS = 3_600;

/** The zone of a place, as far as it is known. */
export function zoneOf({ tables, timeZone }: ClinicState, businessId: string): string {
  return tables.businesses.current(businessId)?.row.time_zone ?? timeZone;
}

/** Start times in seconds, in order, by the clinic's hours, its diary and its settings; undefined: they are not shown online. */
export function offeredTimes(
  state: ClinicState,
  { businessId, practitionerId, typeId }: OfferOf,
): readonly number[] | undefined {
  const { tables } = state;
  const settings = tables.settings.current(ONLY_ID)?.row;
  const business = tables.businesses.current(businessId)?.row;
  const practitioner = tables.practitioners.current(practitionerId)?.row;
  const type = tables.appointment_types.current(typeId)?.row;
  if (!settings || !business || !practitioner || !type) return undefined;
  const shown = [business, practitioner, type].every((one) => one.show_in_online_bookings === true);
  const isEnded = business.archived_at !== null || type.archived_at !== null || practitioner.active !== true;
  if (!shown || isEnded || settings["online_bookings.enabled"] !== true) return undefined;
  const nowSeconds = toEpochSeconds(state.now());
  const usual = settings["online_bookings.min_hours_advance_required_to_book"];
  const own = type.online_bookings_lead_time_hours ?? usual;
  const leadHours = state.unknowns.typeLeadTimeStands ? own : Math.max(usual, own);
  const first = nowSeconds + leadHours * HOUR_SECONDS;
  const last = nowSeconds + settings["online_bookings.allow_bookings_days_in_advance"] * 86_400;
  const step = settings["calendar.timeslot_size_in_minutes"] * 60;
  const length = type.duration_in_minutes * 60;
  const busy = busyOf(state, practitionerId);
  const free = openOf(state, businessId, practitionerId).flatMap(([from, to]) => {
    const starts: number[] = [];
    for (let at = from; at + length <= to; at += step) starts.push(at);
    return starts;
  });
  const open = free.filter(
    (at) =>
      at >= first &&
      at <= last &&
      busy.every(([from, to]) => at + length <= from || at >= to) &&
      !state.faults.isHeld(practitionerId, at * 1_000, state.now()),
  );
  const sorted = [...new Set(open)].toSorted((left, right) => left - right);
  const limit = settings["online_bookings.max_appointments_per_day_segment"];
  return limit === null ? sorted : fewOfEach(sorted, limit, zoneOf(state, businessId));
}

/** When the practitioner is there, as far ahead as anything is offered. */
function openOf(state: ClinicState, businessId: string, practitionerId: string): readonly Slot[] {
  const local = localTimeIn(zoneOf(state, businessId));
  const isTheirs = (row: { business_id: string; practitioner_id: string }): boolean =>
    row.business_id === businessId && row.practitioner_id === practitionerId;
  const week = state.tables.daily_availabilities.currentRows().filter(isTheirs);
  const days = Array.from({ length: 60 }, (_, offset) => offset).flatMap((offset) => {
    const noon = local.at(state.now(), offset, 720);
    const hours = week.filter(({ day_of_week: day }) => day === local.weekday(noon));
    return hours
      .flatMap(({ availabilities }) => availabilities)
      .map(({ starts_at: from, ends_at: to }): Slot => [
        toEpochSeconds(local.at(noon, 0, minutesOf(from))),
        toEpochSeconds(local.at(noon, 0, minutesOf(to))),
      ]);
  });
  const extra = state.tables.availability_blocks.currentRows().filter(isTheirs);
  return [...days, ...extra.map((row): Slot => [row.starts_at, row.ends_at])];
}

/** When they see somebody, or nobody. */
function busyOf({ now, tables }: ClinicState, practitionerId: string): readonly Slot[] {
  const from = toEpochSeconds(now() - DAY_MS);
  const diaries = ["individual_appointments", "group_appointments", "unavailable_blocks"] as const;
  return diaries
    .flatMap((name) => tableOf(tables, name).currentRows())
    .filter(
      (row) =>
        row["practitioner_id"] === practitionerId &&
        (row["archived_at"] ?? null) === null &&
        (row["cancelled_at"] ?? null) === null &&
        Number(row["ends_at"]) > from,
    )
    .map((row): Slot => [Number(row["starts_at"]), Number(row["ends_at"])]);
}

/** The first few of every morning, afternoon and evening. */
function fewOfEach(times: readonly number[], limit: number, timeZone: string): readonly number[] {
  const local = localTimeIn(timeZone);
  const counts = new Map<string, number>();
  return times.filter((at) => {
    const minutes = local.minutesAfterMidnight(at * 1_000);
    const part = minutes < 720 ? "morning" : minutes < 1_020 ? "afternoon" : "evening";
    const key = `${local.at(at * 1_000, 0, 0)} ${part}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= limit;
  });
}

/** "09:30" → 570. */
function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

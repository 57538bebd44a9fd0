import { CANCELLATION_REASONS } from "../../src/sandbox/tables/cancellation-reasons.ts";
import { createIdSource } from "../../src/sandbox/clinic/ids.ts";
import { type Random, createRandom } from "../../src/sandbox/clinic/random.ts";
import {
  individualAppointments,
  type AppointmentRow,
} from "../../src/sandbox/tables/individual-appointments.ts";
import { toNewRow } from "../../src/sandbox/tables/tables.ts";
import { createShard } from "../../src/sandbox/clinic/shard.ts";
import { LIKELY_ANSWERS } from "../../src/sandbox/clinic/unknowns.ts";
import { createPrinter } from "../../src/sandbox/wire/print.ts";
import { createWireFormat } from "../../src/sandbox/wire/format.ts";
import type { WireRecord } from "../../src/sandbox/wire/record.ts";

const DAY = 86_400;
const OPENED = Date.UTC(2023, 0, 9) / 1_000;
/** An hour after the last appointment was touched: a scan that starts now finds nothing that is newer. */
export const NOW = Date.UTC(2026, 2, 2) / 1_000;

/** Words of free text: notes are of any length, and no two need be the same. */
const WORDS = [
  ..."left right knee shoulder hip neck lower back pain worse better after running desk work stairs sleeping".split(
    " ",
  ),
  ..."prefers morning room ground floor bring scan report referral call before visit running late daughter".split(
    " ",
  ),
  ..."interpreter booked insurer approved sessions remaining follow up exercises twice daily review progress".split(
    " ",
  ),
];

/**
 * Three years of a clinic's appointments, in order of id, as the API prints them. Every id is random in 19 digits;
 * 30 % carry notes, 9 % are cancelled, 6 % did not arrive, 4 % are archived, 7 % are in a series, 12 % in a case.
 */
export function* inventAppointments(count: number, seed = 1): Generator<WireRecord> {
  const random = createRandom(seed);
  const nextId = createIdSource(random, false);
  const print = createPrinter(individualAppointments, createWireFormat(createShard("au4"), LIKELY_ANSWERS));
  const people = inventIds(nextId, 2_500, OPENED - 300 * DAY);
  const clinic: Furniture = {
    patients: people,
    practitioners: inventIds(nextId, 12, OPENED - 400 * DAY),
    businesses: inventIds(nextId, 3, OPENED - 400 * DAY),
    types: inventIds(nextId, 18, OPENED - 400 * DAY),
    cases: inventIds(nextId, 800, OPENED - 200 * DAY),
  };
  const step = (NOW - 3_600 - 30 * DAY - OPENED) / count;
  let former = "";
  for (let index = 0; index < count; index += 1) {
    const created = Math.floor(OPENED + index * step);
    const id = nextId(created * 1_000 + random.integer(0, 999));
    yield print(inventRow(random, clinic, id, former || id, created));
    former = id;
  }
}

interface Furniture {
  readonly patients: readonly string[];
  readonly practitioners: readonly string[];
  readonly businesses: readonly string[];
  readonly types: readonly string[];
  readonly cases: readonly string[];
}

function inventIds(nextId: (createdAtMs: number) => string, count: number, from: number): string[] {
  return Array.from({ length: count }, (_, index) => nextId(from * 1_000 + index * 7_211_003));
}

function inventRow(
  random: Random,
  clinic: Furniture,
  id: string,
  former: string,
  created_at: number,
): AppointmentRow {
  const starts_at = created_at - (created_at % 900) + random.integer(0, 40 * 96) * 900;
  const touched = Math.min(created_at + random.integer(0, 20 * DAY), NOW - 3_600);
  const inSeries = random.chance(0.07);
  const base = { id, created_at, updated_at: touched };
  const basics = {
    starts_at,
    ends_at: starts_at + random.pick([1_200, 1_800, 1_800, 1_800, 2_700, 3_600]),
    appointment_type_id: random.pick(clinic.types),
    business_id: random.pick(clinic.businesses),
    practitioner_id: random.pick(clinic.practitioners),
    patient_id: random.pick(clinic.patients),
    patient_name: `${random.pick(["Ada", "Bo", "Chidinma", "Dolores"])} ${random.pick(["Quill", "Marsh-Okafor"])}`,
  };
  return toNewRow("individual_appointments", base, {
    ...basics,
    patient_case_id: random.chance(0.12) ? random.pick(clinic.cases) : null,
    repeated_from_id: inSeries ? former : null,
    repeat_rule: inSeries
      ? { repeat_type: "Weekly", repeating_interval: random.integer(1, 4), number_of_repeats: 6 }
      : null,
    booking_ip_address: random.chance(0.25) ? `203.0.113.${random.integer(1, 254)}` : null,
    notes: random.chance(0.3) ? inventText(random, 60) : null,
    email_reminder_sent: random.chance(0.8),
    sms_reminder_sent: random.chance(0.8),
    ...inventFate(random, touched),
  });
}

function inventFate(random: Random, at: number): Partial<AppointmentRow> {
  const draw = random.next();
  if (draw < 0.09) {
    return {
      cancelled_at: at,
      cancellation_reason: random.pick(CANCELLATION_REASONS),
      cancellation_note: random.chance(0.5) ? inventText(random, 30) : null,
    };
  }
  if (draw < 0.15) return { did_not_arrive: true };
  if (draw < 0.19) return { archived_at: at, deleted_at: at };
  return draw < 0.85 ? { patient_arrived: true, invoice_status: 20 } : {};
}

/** Free text of about `length` characters, from a third to three times as many. */
function inventText(random: Random, length: number): string {
  const wanted = length * 3 ** (random.next() * 2 - 1);
  let text = random.pick(WORDS);
  while (text.length < wanted) text += `${random.chance(0.15) ? "," : ""} ${random.pick(WORDS)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

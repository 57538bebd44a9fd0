import { describe, expect, test } from "vitest";
import { auditDeliveries } from "../../src/sandbox/audit/audit.ts";
import type { AuditedDelivery } from "../../src/sandbox/audit/deliveries.ts";
import type { AuditReport } from "../../src/sandbox/audit/report.ts";
import { createClinic, type Clinic } from "../../src/sandbox/clinic/clinic.ts";
import { createReceptionist } from "../../src/sandbox/staff/receptionist.ts";
import { seedClinic } from "../../src/sandbox/staff/seed-clinic.ts";
import type { WireRecord } from "../../src/sandbox/wire/record.ts";
import { authorization, START } from "../unit/sandbox/clinic-fixture.ts";

/**
 * A small reader of the API, written here from the documents alone, polls a busy clinic and reports what it finds.
 * It agrees with the ledger only as long as it reads as the documents demand; each way to cut a corner is caught.
 */
interface ReaderOptions {
  readonly wildcards: boolean;
  readonly overlapSeconds: number;
  /** Classes and their attendees too. */
  readonly classes: boolean;
}

const GOOD: ReaderOptions = { wildcards: true, overlapSeconds: 120, classes: true };

const PER_PAGE = 20;

const LISTS = [
  { name: "individual_appointments", subject: "appointment", wildcards: ["archived_at:*", "cancelled_at:*"] },
  { name: "patients", subject: "patient", wildcards: ["archived_at:*"] },
  { name: "group_appointments", subject: "group_appointment", wildcards: ["archived_at:*"] },
  { name: "attendees", subject: "attendee", wildcards: ["archived_at:*", "cancelled_at:*"] },
] as const;

const NOISE = new Set([
  "updated_at",
  "links",
  "email_reminder_sent",
  "sms_reminder_sent",
  "telehealth_url",
  "patient_name",
  "invoice_status",
  "treatment_note_status",
  "patient_ids",
  "sent_email_reminders_count",
  "sent_sms_reminders_count",
]);

describe("under a busy receptionist", () => {
  test("a careful reader gets a clean audit", () => {
    const report = run(GOOD);
    expect(report).toMatchObject({ lost: [], invented: [], wrong: [], sequenceGaps: [], clean: true });
    expect(report.transitions).toBeGreaterThan(300);
    expect(report.coalesced).toBeGreaterThan(0);
    expect(report.covered + report.coalesced).toBe(report.transitions);
  });

  test("a reader of appointments and patients alone is held to account for nothing else", () => {
    const report = run({ ...GOOD, classes: false });
    expect(report).toMatchObject({ lost: [], invented: [], wrong: [], ignored: 0, clean: true });
    expect(report.transitions).toBeGreaterThan(100);
  });

  test("a careful reader stays clean when commits are late and lists are stale, within its overlap", () => {
    const report = run(GOOD, (clinic) => {
      clinic.faults.delayCommits({ maxMs: 20_000 });
      clinic.faults.staleLists({ maxMs: 20_000 });
    });
    expect(report).toMatchObject({ lost: [], invented: [], wrong: [], clean: true });
  });

  test("a reader without the wildcards loses cancellations and archivings", () => {
    const report = run({ ...GOOD, wildcards: false });
    const facts = new Set(report.lost.flatMap((entry) => entry.facts));
    expect(facts).toContain("cancelled");
    expect(facts).toContain("archived");
    expect(report.clean).toBe(false);
  });

  test("a reader without an overlap loses what becomes visible late", () => {
    const report = run({ ...GOOD, overlapSeconds: 0 }, (clinic) => {
      clinic.faults.delayCommits({ maxMs: 20_000 });
    });
    expect(report.lost).not.toEqual([]);
  });
});

function run(options: ReaderOptions, prepare: (clinic: Clinic) => void = () => undefined): AuditReport {
  const clock = { now: START };
  const clinic = createClinic({ now: () => clock.now, seed: 3, requestsPerMinute: 1_000_000 });
  seedClinic(clinic, { patients: 80, appointments: 240 });
  const headers = {
    authorization: authorization(clinic.addKey()),
    "user-agent": "Example (dev@example.com)",
    accept: "application/json",
  };
  const receptionist = createReceptionist({ clinic, seed: 4 });
  const known = new Map<string, { record: WireRecord; sequence: number }>();
  const classes = new Set<string>();
  const deliveries: AuditedDelivery[] = [];
  let requests = 0;
  // The clinic goes on working while the reader waits for each page.
  const get = (path: string): { page: Record<string, unknown>; date: number } => {
    const response = clinic.handle({ method: "GET", path, headers });
    clock.now += 700;
    requests += 1;
    if (requests % 2 === 0) receptionist.step();
    return { page: JSON.parse(response.body), date: Date.parse(response.headers["date"] ?? "") / 1000 };
  };
  const adopt = (subject: string, record: WireRecord, isBaseline: boolean): void => {
    const id = String(record["id"]);
    // A place is one in a class: attendees of appointments, and of bookings not read yet, wait.
    if (subject === "attendee" && !classes.has(bookingOf(record))) return;
    if (subject === "group_appointment") classes.add(id);
    const before = known.get(id);
    if (before !== undefined && stampOf(record) < stampOf(before.record)) return;
    const transitions = isBaseline ? [] : compare(subject, before?.record, record);
    const sequence = (before?.sequence ?? 0) + (transitions.length > 0 ? 1 : 0);
    known.set(id, { record, sequence });
    const [leading] = transitions;
    if (leading === undefined) return;
    const eventId = `${id}-${sequence}`;
    const event = {
      type: `${subject}.${leading}`,
      id: eventId,
      subject: { type: subject, id },
      sequence,
      origin: "live",
      data: { object: record, transitions },
    };
    deliveries.push({ webhookId: eventId, receivedAt: clock.now, body: JSON.stringify(event), event });
  };

  const lists = options.classes ? LISTS : LISTS.slice(0, 2);
  const watermarks = new Map<string, number>(LISTS.map(({ name }) => [name, 0]));
  const poll = (isBaseline: boolean): void => {
    for (const list of lists) {
      const since = (watermarks.get(list.name) ?? 0) - options.overlapSeconds;
      const filters = [
        `updated_at:>=${new Date(Math.max(0, since) * 1000).toISOString().replace(/\.\d+/, "")}`,
        ...(options.wildcards ? list.wildcards : []),
      ].map((filter) => `q%5B%5D=${filter}`);
      let last = "0";
      let firstDate: number | undefined;
      for (;;) {
        const where = [`q%5B%5D=id:>${last}`, "sort=id"];
        const { page, date } = get(
          `/v1/${list.name}?${[...filters, ...where, `per_page=${PER_PAGE}`].join("&")}`,
        );
        firstDate ??= date;
        const records = page[list.name] as WireRecord[];
        for (const record of records) adopt(list.subject, record, isBaseline);
        if (records.length < PER_PAGE) break;
        last = String(records.at(-1)?.["id"]);
      }
      watermarks.set(list.name, firstDate);
    }
  };

  // The clinic sleeps through the first sync, and then opens.
  const asleep = { weights: {} };
  const index = clinic.ledger.entries.length;
  const step = receptionist.step;
  Object.assign(receptionist, { step: () => asleep });
  poll(true);
  Object.assign(receptionist, { step });
  prepare(clinic);
  for (let round = 0; round < 70; round += 1) {
    clock.now += 5000;
    receptionist.step();
    poll(false);
  }
  clinic.faults.heal();
  Object.assign(receptionist, { step: () => asleep });
  for (let round = 0; round < 6; round += 1) {
    clock.now += 10_000;
    poll(false);
  }
  const resources = options.classes ? { resources: LISTS.map(({ name }) => name) } : {};
  return auditDeliveries({ entries: clinic.ledger.entries, deliveries, from: { index }, ...resources });
}

function compare(subject: string, before: WireRecord | undefined, after: WireRecord): string[] {
  const differs = (field: string): boolean =>
    JSON.stringify(before?.[field] ?? null) !== JSON.stringify(after[field] ?? null);
  const facts: string[] = before === undefined ? [subject === "attendee" ? "added" : "created"] : [];
  const explained = new Set(NOISE);
  const note = (fact: string, holds: boolean, ...fields: string[]): void => {
    if (!holds) return;
    facts.push(fact);
    for (const field of fields) explained.add(field);
  };
  const wentOn = (field: string): boolean => differs(field) && Boolean(after[field]) && !before?.[field];
  const wentOff = (field: string): boolean => differs(field) && !after[field] && Boolean(before?.[field]);
  note("merged", wentOn("merged_at"), "merged_at", "merged_with_patient");
  note("archived", wentOn("archived_at"), "archived_at", "deleted_at");
  note("unarchived", wentOff("archived_at"), "archived_at", "deleted_at");
  const reasons = ["cancellation_reason", "cancellation_reason_description", "cancellation_note"];
  note("cancelled", wentOn("cancelled_at"), "cancelled_at", ...reasons);
  const marks = ["did_not_arrive", "patient_arrived"];
  note("did_not_arrive", wentOn("did_not_arrive"), ...marks);
  note("did_not_arrive_reverted", wentOff("did_not_arrive"), ...marks);
  note("arrived", wentOn("patient_arrived"), ...marks);
  note("arrival_reverted", wentOff("patient_arrived"), ...marks);
  const [was, is] = [before?.["arrived"] ?? null, after["arrived"] ?? null];
  note("arrived", is === true && was !== true, "arrived");
  note("did_not_arrive", is === false && was !== false, "arrived");
  if (before === undefined) return facts;
  note("rescheduled", differs("starts_at") || differs("ends_at"), "starts_at", "ends_at");
  const isToldOf = facts.length > 0;
  const practitionerChanged = differs("practitioner");
  // Null and false say the same of an arrival.
  const rest = Object.keys(after).filter(
    (field) =>
      !explained.has(field) && field !== "practitioner" && differs(field) && (before[field] || after[field]),
  );
  if (rest.length > 0 || (practitionerChanged && !isToldOf)) facts.push("updated");
  if (practitionerChanged) facts.push("practitioner_changed");
  return facts;
}

function bookingOf(record: WireRecord): string {
  const booking = record["booking"] as { links: { self: string } };
  return booking.links.self.split("/").at(-1) ?? "";
}

function stampOf(record: WireRecord): number {
  return Date.parse(String(record["updated_at"]));
}

import { describe, expect, test } from "vitest";
import { auditDeliveries, type AuditOptions } from "../../../src/sandbox/audit/audit.ts";
import type { AuditedDelivery } from "../../../src/sandbox/audit/deliveries.ts";
import type { AuditReport } from "../../../src/sandbox/audit/report.ts";
import { formatAudit } from "../../../src/sandbox/audit/format.ts";
import { DAY, HOUR, MINUTE, openClinic, type OpenClinic } from "./clinic-fixture.ts";
import { tell, tellEverything, type Envelope } from "./reporter.ts";

interface Story {
  readonly open: OpenClinic;
  /** An appointment that is booked, moved, noted, cancelled and archived, a minute apart. */
  readonly id: string;
  readonly from: number;
  readonly deliveries: AuditedDelivery[];
  readonly audit: (deliveries: readonly AuditedDelivery[], more?: Partial<AuditOptions>) => AuditReport;
}

function tellStory(): Story {
  const open = openClinic();
  const { clinic, clock, ids } = open;
  const from = clinic.ledger.entries.length;
  const act = (what: () => unknown): void => {
    clock.now += MINUTE;
    what();
  };
  act(() => undefined);
  const id = open.bookIn(DAY);
  act(() => clinic.desk.move(id, clock.now + 2 * DAY));
  act(() => clinic.desk.sendReminders([id]));
  act(() => clinic.desk.editNote(id, "knee"));
  act(() => clinic.desk.changePatient(ids.ada, { email: "new@example.com" }));
  act(() => clinic.desk.cancel(id, { reason: 30, note: "rang" }));
  act(() => clinic.desk.archive(id));
  const { entries } = clinic.ledger;
  return {
    open,
    id,
    from,
    deliveries: tellEverything(entries, from),
    audit: (deliveries, more) => auditDeliveries({ entries, deliveries, from: { index: from }, ...more }),
  };
}

/** The story with one delivery changed. */
function withChange(story: Story, index: number, change: (event: Envelope) => void): AuditedDelivery[] {
  return story.deliveries.map((delivery, place) => {
    if (place !== index) return delivery;
    const event = structuredClone(delivery.event) as Envelope;
    change(event);
    return { ...delivery, webhookId: event.id, body: JSON.stringify(event), event };
  });
}

const CONNECTION = { type: "connection", id: "northside" };

const NOTHING_WRONG = {
  duplicates: 0,
  coalesced: 0,
  pending: 0,
  excluded: 0,
  lost: [],
  invented: [],
  wrong: [],
  sequenceGaps: [],
  clean: true,
};

test("a sender without fault gets a clean report", () => {
  const { audit, deliveries } = tellStory();
  const report = audit(deliveries);
  expect(report).toMatchObject({ ...NOTHING_WRONG, transitions: 6, delivered: 6, covered: 6 });
  expect(report.latencies).toEqual({ count: 6, medianMs: 1000, p95Ms: 1000, maxMs: 1000 });
});

test("a sender that tells that it forgot may begin with a number, and a state, of before", () => {
  const { audit, deliveries } = tellStory();
  const told = deliveries.at(-1)?.event as Envelope;
  const at = 1e13;
  const again = { ...told, id: "evt_again", sequence: 2, observed: { at: new Date(at).toISOString() } };
  const forgot = { type: "connection.degraded", data: { object: { sequence_reset: true } } };
  const later = [
    { webhookId: "evt_forgot", receivedAt: at, body: "", event: { ...told, ...forgot, subject: CONNECTION } },
    { webhookId: again.id, receivedAt: at + 1, body: JSON.stringify(again), event: again },
  ];

  expect(audit([...deliveries, ...later])).toMatchObject({ ...NOTHING_WRONG, covered: 6 });
  expect(audit([...deliveries, ...later.slice(1)])).toMatchObject({ clean: false });
  // It may also overtake what tells of it, and nothing else does.
  const overtaking = later.map((delivery, index) => ({ ...delivery, receivedAt: at - index }));
  expect(audit([...deliveries, ...overtaking])).toMatchObject({ ...NOTHING_WRONG, covered: 6 });
  const longBefore = later.map((delivery, index) => ({ ...delivery, receivedAt: at - 60_000 * index }));
  expect(audit([...deliveries, ...longBefore])).toMatchObject({ clean: false });
  // What it reads then is the present state: an older one is as wrong as ever.
  const older = { ...(deliveries[1]?.event as Envelope), id: "evt_older", observed: again.observed };
  const stale = { webhookId: older.id, receivedAt: at + 1, body: JSON.stringify(older), event: older };
  expect(audit([...deliveries, ...later.slice(0, 1), stale])).toMatchObject({ clean: false });
});

test("the order of arrival does not matter, only the sequence", () => {
  const { audit, deliveries } = tellStory();
  const late = deliveries.map((delivery, index) => ({ ...delivery, receivedAt: 1e13 - index }));
  expect(audit(late).clean).toBe(true);
});

test("the sender may leave out sensitive fields, and noise may differ", () => {
  const story = tellStory();
  const noisy = withChange(story, 2, ({ data }) => {
    if (data.object)
      Object.assign(data.object, { patient_name: "Someone", telehealth_url: "x", links: null });
  });
  expect(story.audit(noisy).clean).toBe(true);
});

test("watching may begin at a moment instead of a place", () => {
  const { open, deliveries } = tellStory();
  const { entries } = open.clinic.ledger;
  const at = entries.find((entry) => !entry.baseline)?.at ?? 0;
  expect(auditDeliveries({ entries, deliveries, from: { at } }).clean).toBe(true);
  const later = auditDeliveries({ entries, deliveries, from: { at: at + 1 } });
  expect(later.invented).toHaveLength(1);
});

describe("a dropped delivery", () => {
  test("at the end of a story is a lost change", () => {
    const { audit, deliveries, id } = tellStory();
    const report = audit(deliveries.slice(0, -1));
    expect(report).toMatchObject({ clean: false, sequenceGaps: [], wrong: [], delivered: 5 });
    expect(report.lost).toMatchObject([{ id, facts: ["archived"] }]);
  });

  test("in the middle is a lost change and a gap in the sequence", () => {
    const { audit, deliveries, id } = tellStory();
    const report = audit(deliveries.filter((_, index) => index !== 1));
    expect(report.lost).toMatchObject([{ id, facts: ["rescheduled"] }]);
    expect(report.sequenceGaps).toMatchObject([{ expected: 2, got: 3 }]);
    expect(report).toMatchObject({ covered: 5, coalesced: 0, wrong: [], clean: false });
  });

  test("of a whole record is all its changes lost", () => {
    const { audit, deliveries, open } = tellStory();
    const report = audit(deliveries.filter((one) => (one.event as Envelope).subject.type !== "patient"));
    expect(report.lost).toMatchObject([{ id: open.ids.ada, facts: ["updated"] }]);
  });

  test("of everything loses everything", () => {
    const { audit } = tellStory();
    expect(audit([])).toMatchObject({ delivered: 0, transitions: 6, clean: false });
    expect(audit([]).lost).toHaveLength(6);
  });
});

describe("an invented delivery", () => {
  test("that shows a state that never was", () => {
    const story = tellStory();
    const deliveries = withChange(story, 1, ({ data }) => {
      if (data.object) data.object["starts_at"] = "2031-01-01T00:00:00Z";
    });
    const report = story.audit(deliveries);
    expect(report.invented).toMatchObject([{ sequence: 2, reason: "it shows a state that never was" }]);
    expect(report.lost).toHaveLength(1);
  });

  test("whose updated_at is not the state's", () => {
    const story = tellStory();
    const deliveries = withChange(story, 0, ({ data }) => {
      if (data.object) data.object["updated_at"] = "2026-11-23T00:00:59Z";
    });
    expect(story.audit(deliveries).invented).toHaveLength(1);
  });

  test("without an updated_at", () => {
    const story = tellStory();
    const deliveries = withChange(story, 0, ({ data }) => {
      delete data.object?.["updated_at"];
    });
    expect(story.audit(deliveries).invented).toHaveLength(1);
  });

  test("whose object has no id, or another record's", () => {
    const story = tellStory();
    const without = withChange(story, 0, ({ data }) => {
      delete data.object?.["id"];
    });
    expect(story.audit(without)).toMatchObject({ clean: false, invented: [{ sequence: 1 }] });
    const other = withChange(story, 0, ({ data }) => {
      if (data.object) data.object["id"] = story.open.ids.ada;
    });
    expect(story.audit(other)).toMatchObject({ clean: false, invented: [{ sequence: 1 }] });
  });

  test("about a record that does not exist", () => {
    const story = tellStory();
    const deliveries = withChange(story, 0, (event) => {
      event.subject.id = "42";
    });
    expect(story.audit(deliveries).invented).toMatchObject([{ subject: "individual_appointments/42" }]);
  });

  test("that tells of noise", () => {
    const story = tellStory();
    const noise = story.open.clinic.ledger.entries.find(
      (entry) => entry.noise && entry.resource === "individual_appointments",
    );
    if (noise === undefined) throw new Error("the story has no noise");
    const [created, moved] = story.deliveries;
    if (created === undefined || moved === undefined) throw new Error("the story is too short");
    const told = tell(noise, 3, ({ data }) => data.transitions.push("updated"));
    const report = story.audit([created, moved, told], { until: noise.at });
    expect(report.invented).toMatchObject([{ reason: "nothing happened but noise" }]);
  });

  test("that tells a second time of a state already told, under another id", () => {
    const story = tellStory();
    const again = withChange(story, 5, (event) => {
      event.id = "evt_again";
      event.sequence = 6;
    }).at(-1);
    const report = story.audit([...story.deliveries, ...(again ? [again] : [])]);
    expect(report.invented).toMatchObject([{ reason: "it tells once more of a state already told" }]);
  });

  test("that tells of the baseline", () => {
    const { open, audit, deliveries } = tellStory();
    const planted = open.clinic.ledger.entries.find((entry) => entry.id === open.ids.bram);
    if (planted === undefined) throw new Error("nobody was planted");
    expect(audit(deliveries).clean).toBe(true);
    const storm = tell(planted, 1, (event) => {
      event.type = "patient.created";
      event.data.transitions.push("created");
    });
    expect(audit([...deliveries, storm])).toMatchObject({
      clean: false,
      lost: [],
      invented: [{ reason: "it tells of a state from before watching began" }],
    });
  });
});

describe("a wrong delivery", () => {
  test.each<[string, (event: Envelope) => void, RegExp]>([
    ["another type", (event) => (event.type = "appointment.cancelled"), /not among its transitions/],
    ["another fact", ({ data }) => (data.transitions = ["updated"]), /transitions updated where rescheduled/],
    [
      "a fact too many",
      ({ data }) => data.transitions.push("cancelled"),
      /transitions rescheduled, cancelled/,
    ],
    ["no fact", ({ data }) => (data.transitions = []), /where rescheduled happened/],
    ["another subject's type", (event) => (event.type = "patient.rescheduled"), /does not belong/],
    ["no object", ({ data }) => (data.object = null), /no object to judge by/],
    ["an object that is none", ({ data }) => Object.assign(data, { object: 5 }), /no object/],
    ["no transitions", ({ data }) => Object.assign(data, { transitions: "x" }), /no transitions/],
    ["no sequence", (event) => Object.assign(event, { sequence: "2" }), /no sequence/],
    ["no type", (event) => Object.assign(event, { type: null }), /no type/],
    ["no subject", (event) => Object.assign(event, { subject: "x" }), /no type or no subject/],
    ["no subject id", (event) => Object.assign(event.subject, { id: 5 }), /no id/],
  ])("has %s", (_, change, reason) => {
    const story = tellStory();
    const report = story.audit(withChange(story, 1, change));
    expect(report.wrong).toMatchObject([{ reason: expect.stringMatching(reason) }]);
    expect(report.clean).toBe(false);
  });

  test("has a less telling type than its transitions allow", () => {
    const { audit, deliveries, open, ids } = mergeStory();
    expect(audit(deliveries).clean).toBe(true);
    const story = { open, deliveries, audit, id: "", from: 0 };
    const swapped = withChange(story, 0, (event) => (event.type = "patient.archived"));
    expect(audit(swapped).wrong).toMatchObject([
      { subject: `patients/${ids.ada}`, reason: "type archived although merged is more telling" },
    ]);
  });

  test("carries another id in its header than in its body", () => {
    const { audit, deliveries } = tellStory();
    const report = audit(
      deliveries.map((one, index) => (index === 0 ? { ...one, webhookId: "evt_x" } : one)),
    );
    expect(report.wrong).toMatchObject([{ reason: "webhook-id is not the event's id" }]);
  });

  test("goes back to an earlier state when two sequences are swapped", () => {
    const story = tellStory();
    const swapped = withChange(
      { ...story, deliveries: withChange(story, 1, (event) => (event.sequence = 3)) },
      2,
      (event) => {
        event.sequence = 2;
      },
    );
    const report = story.audit(swapped);
    expect(report.wrong.map((one) => one.reason)).toContain("it goes back to an earlier state");
    expect(report.clean).toBe(false);
  });
});

describe("duplicates", () => {
  test("with the same id and bytes are counted and forgiven", () => {
    const { audit, deliveries } = tellStory();
    const report = audit([...deliveries, ...deliveries.slice(0, 2)]);
    expect(report).toMatchObject({ clean: true, duplicates: 2, delivered: 6 });
  });

  test("with the same id and other bytes are an error", () => {
    const { audit, deliveries } = tellStory();
    const [first] = deliveries;
    if (first === undefined) throw new Error("nothing was delivered");
    const report = audit([...deliveries, { ...first, body: `${first.body} ` }]);
    expect(report.wrong).toMatchObject([{ reason: "the same id came with other bytes" }]);
  });
});

describe("a sequence", () => {
  test("that skips a number is a gap", () => {
    const story = tellStory();
    const report = story.audit(withChange(story, 5, (event) => (event.sequence = 6)));
    expect(report.sequenceGaps).toEqual([
      { subject: `individual_appointments/${story.id}`, expected: 5, got: 6 },
    ]);
    expect(report.clean).toBe(false);
  });

  test("that does not start at 1, or repeats a number, is a gap", () => {
    const story = tellStory();
    const raised = story.deliveries.slice(0, 1).map((one) => tell(entryOf(story, one), 2));
    expect(story.audit(raised).sequenceGaps).toMatchObject([{ expected: 1, got: 2 }]);
    const repeated = withChange(story, 1, (event) => (event.sequence = 1));
    expect(story.audit(repeated).sequenceGaps).not.toEqual([]);
  });
});

test("events about other subjects and test events are not judged", () => {
  const { audit, deliveries } = tellStory();
  const [first] = deliveries;
  if (first === undefined) throw new Error("nothing was delivered");
  const event = first.event as Envelope;
  const others = [
    { ...event, id: "evt_a", subject: { type: "connection", id: "northside" }, type: "connection.recovered" },
    { ...event, id: "evt_b", origin: "test" },
  ].map((one) => ({ ...first, webhookId: one.id, body: "", event: one }));
  expect(audit([...deliveries, ...others])).toMatchObject({ ignored: 2, delivered: 6, clean: true });
});

test("a change younger than the limit is pending, not lost", () => {
  const { audit, deliveries, open } = tellStory();
  const report = audit(deliveries.slice(0, -1), { until: open.clock.now - 1 });
  expect(report).toMatchObject({ clean: true, pending: 1, transitions: 6 });
});

test("the report fits one line, and names what is out of order only when it is", () => {
  const { audit, deliveries } = tellStory();
  expect(formatAudit(audit(deliveries))).toBe(
    "upstream transitions 6 · callbacks verified 6 · coalesced 0 · duplicates 0 · lost 0 · invented 0 · median latency 1.0 s",
  );
  expect(formatAudit(audit(deliveries.slice(1)))).toContain("· sequence gaps 1 ·");
  expect(formatAudit(audit([]))).toContain("lost 6 · invented 0 · median latency 0.0 s");
});

test("latencies are counted to the first arrival, and the longest wait from the first change told", () => {
  const { audit, deliveries, open } = tellStory();
  const spread = deliveries.map((one, index) => ({ ...one, receivedAt: one.receivedAt + index * 1000 }));
  const again = spread.map((one) => ({ ...one, receivedAt: one.receivedAt + HOUR }));
  expect(audit([...again, ...spread]).latencies).toEqual({
    count: 6,
    medianMs: 3000,
    p95Ms: 6000,
    maxMs: 6000,
  });
  const last = deliveries.at(-1);
  const lone = last && tell(open.clinic.ledger.entries.at(-1) ?? entryOf({ open }, last), 1);
  expect(audit(lone ? [lone] : []).longestWaitMs).toBeGreaterThan(5 * MINUTE);
});

function entryOf({ open }: Pick<Story, "open">, delivery: AuditedDelivery) {
  const entry = open.clinic.ledger.entries.find((one) => `evt_${one.index}` === delivery.webhookId);
  if (entry === undefined) throw new Error("no such entry");
  return entry;
}

function mergeStory() {
  const open = openClinic();
  const from = open.clinic.ledger.entries.length;
  const { entries } = open.clinic.ledger;
  open.clinic.desk.mergePatients(open.ids.ada, open.ids.bram);
  const audit = (deliveries: readonly AuditedDelivery[]): AuditReport =>
    auditDeliveries({ entries, deliveries, from: { index: from } });
  return { open, ids: open.ids, audit, deliveries: tellEverything(entries, from) };
}

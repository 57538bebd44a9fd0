import { describe, expect, test } from "vitest";
import { DAY, openClinic } from "./clinic-fixture.ts";

describe("a fault of one request", () => {
  test.each([[500], [502], [503], [504]] as const)(
    "%i is a page for people, for as long as planned",
    (status) => {
      const { clinic, get } = openClinic();
      clinic.faults.failNext({ kind: "status", status }, { count: 2 });
      const replies = [get("/user"), get("/user"), get("/user")];
      expect(replies.map((reply) => reply.status)).toEqual([status, status, 200]);
      expect(replies[0]?.headers["content-type"]).toContain("text/html");
      expect(replies[0]?.headers["date"]).toBeDefined();
    },
  );

  test("hits only the paths it names", () => {
    const { clinic, get } = openClinic();
    clinic.faults.failNext({ kind: "status", status: 503 }, { path: "/patients" });
    expect(get("/user").status).toBe(200);
    expect(get("/patients").status).toBe(503);
    expect(get("/patients").status).toBe(200);
  });

  test("before the work nothing is written, after it everything is", () => {
    const open = openClinic();
    const body = { first_name: "Greta", last_name: "Marrow" };
    open.clinic.faults.failNext({ kind: "status", status: 502 });
    expect(open.call("POST", "/patients", body).status).toBe(502);
    expect(open.clinic.desk.patients()).toHaveLength(2);
    open.clinic.faults.failNext({ kind: "status", status: 502, afterWork: true });
    expect(open.call("POST", "/patients", body).status).toBe(502);
    expect(open.clinic.desk.patients()).toHaveLength(3);
  });

  test("torn JSON has a good status and type and cannot be parsed", () => {
    const { clinic, get } = openClinic();
    clinic.faults.failNext({ kind: "torn_json" });
    const reply = get("/patients");
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toContain("application/json");
    expect(() => reply.json).toThrow(SyntaxError);
  });

  test("a wrong content type is a page with status 200", () => {
    const { clinic, get } = openClinic();
    clinic.faults.failNext({ kind: "wrong_content_type" });
    const reply = get("/patients");
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toContain("text/html");
    expect(reply.text).toContain("<html>");
  });

  test("a spent budget is a 429 although nothing was spent", () => {
    const { clinic, clock, get } = openClinic();
    clinic.faults.failNext({ kind: "rate_limited", resetInMs: 30_000 });
    const reply = get("/user");
    expect(reply.status).toBe(429);
    expect(Number(reply.headers["x-ratelimit-reset"])).toBe(Math.ceil((clock.now + 30_000) / 1000));
  });

  test("timing and transport are described for a server to carry out", () => {
    const { clinic, get } = openClinic();
    clinic.faults.failNext({ kind: "hang" });
    clinic.faults.failNext({ kind: "slow", delayMs: 1234 });
    clinic.faults.failNext({ kind: "reset" });
    clinic.faults.failNext({ kind: "cut_connection" });
    expect(get("/user").response).toMatchObject({ hang: true });
    expect(get("/user").response).toMatchObject({ status: 200, delayMs: 1234 });
    expect(get("/user").response).toMatchObject({ reset: true });
    const cut = get("/user").response;
    expect(cut.status).toBe(200);
    expect(cut.truncateAt).toBeGreaterThan(0);
    expect(cut.truncateAt).toBeLessThan(Buffer.byteLength(cut.body));
    const well = get("/user").response;
    for (const name of ["hang", "delayMs", "reset", "truncateAt"]) expect(well).not.toHaveProperty(name);
  });

  test("comes at random with its probability, the same way for the same seed, until healed", () => {
    const first = statusesOfBadDay();
    const failed = first.filter((status) => status === 500).length;
    expect(failed).toBeGreaterThan(25);
    expect(failed).toBeLessThan(65);
    expect(statusesOfBadDay()).toEqual(first);
    const { clinic, get } = openClinic();
    clinic.faults.failRandomly({ kind: "status", status: 500 }, 1);
    expect(get("/user").status).toBe(500);
    clinic.faults.heal();
    expect(get("/user").status).toBe(200);
  });
});

describe("a late commit", () => {
  test("is stamped at once and seen later, by lists and by id", () => {
    const open = openClinic();
    open.clinic.faults.delayCommits({ minMs: 4000, maxMs: 4000 });
    const id = open.bookIn(DAY);
    const created = open.call("POST", "/patients", { first_name: "Greta", last_name: "Marrow" });
    expect(created.status).toBe(201);
    expect(open.get(`/individual_appointments/${id}`).status).toBe(404);
    open.clock.now += 3999;
    expect(open.get("/individual_appointments").json["total_entries"]).toBe(0);
    open.clock.now += 1;
    expect(open.get(`/individual_appointments/${id}`).json["updated_at"]).toBe("2026-11-23T00:00:00Z");
    expect(open.get("/patients").json["total_entries"]).toBe(3);
    const entry = open.clinic.ledger.entries.find((one) => one.id === id);
    expect((entry?.visibleAt ?? 0) - (entry?.at ?? 0)).toBe(4000);
  });

  test("of one record is never overtaken by a later one, but other records may be seen first", () => {
    const open = openClinic();
    const { faults, desk } = open.clinic;
    const id = open.bookIn(DAY);
    faults.delayCommits({ minMs: 5000, maxMs: 5000 });
    desk.editNote(id, "first");
    faults.heal();
    desk.editNote(id, "second");
    const other = open.bookIn(2 * DAY);
    const noteNow = (): unknown => open.get(`/individual_appointments/${id}`).json["notes"];
    expect(noteNow()).toBeNull();
    expect(open.get(`/individual_appointments/${other}`).status).toBe(200);
    open.clock.now += 5000;
    expect(noteNow()).toBe("second");
  });

  test("delays a permanent deletion too", () => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    open.clinic.desk.archivePatient(open.ids.ada);
    open.clinic.faults.delayCommits({ minMs: 2000, maxMs: 2000 });
    open.clinic.desk.deletePatientForGood(open.ids.ada);
    expect(open.get(`/individual_appointments/${id}`).status).toBe(200);
    open.clock.now += 2000;
    expect(open.get(`/individual_appointments/${id}`).status).toBe(404);
  });
});

test("a stale cache serves lists as they were and single records as they are", () => {
  const open = openClinic();
  const id = open.bookIn(DAY, { notes: "old" });
  open.clock.now += 60_000;
  open.clinic.desk.editNote(id, "new");
  open.clinic.faults.staleLists({ minMs: 5000, maxMs: 5000 });
  const listed = (): unknown => open.get("/individual_appointments").records()[0]?.["notes"];
  expect(listed()).toBe("old");
  expect(open.get(`/individual_appointments/${id}`).json["notes"]).toBe("new");
  expect(open.get("/patients").json["total_entries"]).toBe(2);
  open.clock.now += 5000;
  expect(listed()).toBe("new");
});

describe("a role that loses permission", () => {
  test("is forbidden a resource with an empty body, and no other", () => {
    const { clinic, get, ids } = openClinic();
    clinic.faults.restrict("patients", "forbidden");
    for (const path of ["/patients", `/patients/${ids.ada}`]) {
      expect(get(path)).toMatchObject({ status: 403, text: "" });
    }
    expect(get("/individual_appointments").status).toBe(200);
    clinic.faults.unrestrict("patients");
    expect(get("/patients").status).toBe(200);
  });

  test("sees an empty list and no record", () => {
    const { clinic, get, ids } = openClinic();
    clinic.faults.restrict("patients", "empty");
    expect(get("/patients").json).toMatchObject({ patients: [], total_entries: 0 });
    expect(get(`/patients/${ids.ada}`).status).toBe(404);
  });

  test("sees a share of the records, always the same", () => {
    const open = openClinic();
    for (let index = 0; index < 200; index += 1) open.clinic.plant.patient();
    open.clinic.faults.restrict("patients", { hiddenShare: 0.4 });
    const seen = (): string[] => open.idsOf(open.get("/patients?per_page=100"), "patients");
    const total = open.get("/patients").json["total_entries"] as number;
    expect(total).toBeGreaterThan(90);
    expect(total).toBeLessThan(150);
    expect(seen()).toEqual(seen());
  });

  test("may be one user only", () => {
    const { clinic, get } = openClinic();
    const other = clinic.plant.user();
    clinic.faults.restrict("patients", "forbidden", other);
    expect(get("/patients").status).toBe(200);
    clinic.faults.restrict("patients", "forbidden", clinic.ownerId);
    expect(get("/patients").status).toBe(403);
    clinic.faults.heal();
    expect(get("/patients").status).toBe(200);
  });
});

function statusesOfBadDay(): number[] {
  const { clinic, get } = openClinic();
  clinic.faults.failRandomly({ kind: "status", status: 500 }, 0.3);
  return Array.from({ length: 150 }, () => get("/user").status);
}

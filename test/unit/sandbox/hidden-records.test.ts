import { describe, expect, test } from "vitest";
import { openClinic, type OpenClinic } from "./clinic-fixture.ts";

interface Diary {
  readonly open: OpenClinic;
  readonly plain: string;
  readonly cancelled: string;
  readonly archived: string;
  readonly both: string;
  readonly list: (query: string) => string[];
}

function keepDiary(unknowns = {}): Diary {
  const open = openClinic({ unknowns });
  const [plain, cancelled, archived, both] = [
    open.bookIn(1000),
    open.bookIn(2000),
    open.bookIn(3000),
    open.bookIn(4000),
  ] as const;
  open.clinic.desk.cancel(cancelled, { reason: 10 });
  open.clinic.desk.archive(archived);
  open.clinic.desk.cancel(both, { reason: 20 });
  open.clinic.desk.archive(both);
  const list = (query: string): string[] =>
    open.idsOf(open.get(`/individual_appointments?${query}`)).toSorted();
  return { open, plain, cancelled, archived, both, list };
}

describe("a list", () => {
  test("leaves out what is cancelled or archived", () => {
    const { list, plain } = keepDiary();
    expect(list("")).toEqual([plain]);
    expect(list("q[]=updated_at:>=2020-01-01T00:00:00Z")).toEqual([plain]);
  });

  test("shows everything when both wildcards are given, beside updated_at too", () => {
    const { list, plain, cancelled, archived, both } = keepDiary();
    const all = [plain, cancelled, archived, both].toSorted();
    expect(list("q[]=archived_at:*&q[]=cancelled_at:*")).toEqual(all);
    const window = "q[]=updated_at:>=2026-11-23T00:00:00Z";
    expect(list(`${window}&q[]=archived_at:*&q[]=cancelled_at:*`)).toEqual(all);
  });

  test.each([["*"], ["?"], [">=2020-01-01T00:00:00Z"]])(
    "lifts the exclusion of one column only, with the operator %s",
    (operator) => {
      const { list, plain, cancelled, archived } = keepDiary();
      const withPlain = operator === "*" ? [plain] : [];
      expect(list(`q[]=cancelled_at:${operator}`)).toEqual([...withPlain, cancelled].toSorted());
      expect(list(`q[]=archived_at:${operator}`)).toEqual([...withPlain, archived].toSorted());
    },
  );

  test("finds what is both with both conditions", () => {
    const { list, both } = keepDiary();
    expect(list("q[]=cancelled_at:?&q[]=archived_at:?")).toEqual([both]);
  });
});

describe("a record by id", () => {
  test("is 404 while it is hidden and shown with a condition", () => {
    const { open, plain, cancelled, archived, both } = keepDiary();
    const status = (id: string, query = ""): number =>
      open.get(`/individual_appointments/${id}?${query}`).status;
    expect(status(plain)).toBe(200);
    expect(status(cancelled)).toBe(404);
    expect(status(cancelled, "q[]=cancelled_at:*")).toBe(200);
    expect(status(archived)).toBe(404);
    expect(status(archived, "q[]=archived_at:*")).toBe(200);
    expect(status(both, "q[]=archived_at:*")).toBe(404);
    expect(status(both, "q%5B%5D=archived_at:*&q%5B%5D=cancelled_at:*")).toBe(200);
    expect(status(plain, "q[]=starts_at:<2020-01-01T00:00:00Z")).toBe(404);
    expect(status(plain, "q[]=notes:~x")).toBe(400);
    expect(status(plain, "q=x")).toBe(500);
  });

  test("is 404 for ever once its patient was deleted for good", () => {
    const { open, plain } = keepDiary();
    open.clinic.desk.archivePatient(open.ids.ada);
    open.clinic.desk.deletePatientForGood(open.ids.ada);
    const wildcards = "q[]=archived_at:*&q[]=cancelled_at:*";
    expect(open.get(`/individual_appointments/${plain}?${wildcards}`).status).toBe(404);
    expect(open.get(`/individual_appointments?${wildcards}`).json["total_entries"]).toBe(0);
    expect(open.get(`/patients/${open.ids.ada}?q[]=archived_at:*`).status).toBe(404);
    expect(open.get("/individual_appointments/deleted").json["total_entries"]).toBe(0);
  });
});

describe("the old variant endpoints", () => {
  test("/deleted returns whole archived records, filtered by deleted_at or id only", () => {
    const { open, archived, both } = keepDiary();
    const reply = open.get("/individual_appointments/deleted");
    expect(open.idsOf(reply).toSorted()).toEqual([archived, both].toSorted());
    expect(reply.records()[0]).toHaveProperty("starts_at");
    expect(open.idsOf(open.get(`/individual_appointments/deleted?q[]=id:=${archived}`))).toEqual([archived]);
    const since = open.get("/individual_appointments/deleted?q[]=deleted_at:>=2026-11-23T00:00:01Z");
    expect(open.idsOf(since)).toEqual([]);
    expect(open.get("/individual_appointments/deleted?q[]=updated_at:>=2020-01-01T00:00:00Z").status).toBe(
      400,
    );
  });

  test("/deleted knows when, even where archiving sets no deleted_at", () => {
    const { open } = keepDiary({ archiveSetsDeletedAt: false });
    const since = open.get("/individual_appointments/deleted?q[]=deleted_at:>=2026-11-23T00:00:00Z");
    expect(since.json["total_entries"]).toBe(2);
    expect(since.records()[0]?.["deleted_at"]).toBeNull();
  });

  test("/cancelled returns whole records and takes the normal filters", () => {
    const { open, cancelled, both } = keepDiary();
    const list = (query: string): string[] =>
      open.idsOf(open.get(`/individual_appointments/cancelled?${query}`)).toSorted();
    expect(list("")).toEqual([cancelled]);
    expect(list("q[]=archived_at:*")).toEqual([cancelled, both].toSorted());
    expect(list("q[]=updated_at:>=2030-01-01T00:00:00Z")).toEqual([]);
  });

  test("/patients/deleted returns stubs, /patients/archived whole records", () => {
    const { open } = keepDiary();
    open.clinic.desk.archivePatient(open.ids.bram);
    expect(open.get("/patients/deleted").json["patients"]).toEqual([
      {
        deleted_at: "2026-11-23T00:00:00Z",
        links: { self: `https://api.au1.cliniko.com/v1/patients/${open.ids.bram}` },
      },
    ]);
    expect(open.get("/patients/archived").json["patients"]).toMatchObject([{ first_name: "Bram" }]);
    expect(open.get("/patients/deleted?q[]=first_name:=Bram").status).toBe(400);
  });

  test("may be switched off: then they are pages that do not exist", () => {
    const { open } = keepDiary({ oldVariantEndpoints: false });
    for (const path of [
      "individual_appointments/deleted",
      "individual_appointments/cancelled",
      "patients/deleted",
    ]) {
      const reply = open.get(`/${path}`);
      expect(reply.status).toBe(404);
      expect(reply.headers["content-type"]).toContain("text/html");
    }
  });
});

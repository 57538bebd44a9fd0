import { describe, expect, test } from "vitest";
import type { Unknowns } from "../../../src/sandbox/clinic/unknowns.ts";
import { DAY, openClinic, type OpenClinic } from "./clinic-fixture.ts";

const SINCE = "q[]=updated_at:>=2020-01-01T00:00:00Z";

function open(unknowns: Partial<Unknowns>): OpenClinic {
  return openClinic({ unknowns });
}

describe("each unknown can be answered either way", () => {
  test("wildcardsCombine", () => {
    const query = `/individual_appointments?${SINCE}&q[]=archived_at:*`;
    expect(open({}).get(query).status).toBe(200);
    const strict = open({ wildcardsCombine: false });
    expect(strict.get(query).status).toBe(400);
    expect(strict.get("/individual_appointments?q[]=archived_at:*&q[]=cancelled_at:*").status).toBe(200);
    expect(strict.get(`/individual_appointments?${SINCE}&q[]=archived_at:?`).status).toBe(200);
  });

  test("deletedAtFilterable", () => {
    for (const list of ["/individual_appointments", "/attendees", "/group_appointments"]) {
      const query = `${list}?q[]=deleted_at:?`;
      expect(open({}).get(query).status).toBe(200);
      const strict = open({ deletedAtFilterable: false });
      expect(strict.get(query).json).toEqual({ message: "deleted_at is not filterable" });
    }
    expect(open({}).get("/patients?q[]=deleted_at:?").json).toEqual({
      message: "deleted_at is not filterable",
    });
  });

  test("patientsArchivedAtFilterable", () => {
    expect(open({}).get("/patients?q[]=archived_at:*").status).toBe(200);
    expect(open({ patientsArchivedAtFilterable: false }).get("/patients?q[]=archived_at:*").status).toBe(400);
  });

  test("sortById", () => {
    expect(open({}).get("/patients?sort=id").status).toBe(200);
    expect(open({ sortById: false }).get("/patients?sort=id").json).toEqual({
      message: "id is not sortable",
    });
    expect(open({ sortById: false }).get("/patients?sort=updated_at").status).toBe(200);
  });

  test("compareIds", () => {
    expect(open({}).get("/patients?q[]=id:>5").status).toBe(200);
    const strict = open({ compareIds: false });
    expect(strict.get("/patients?q[]=id:>5").status).toBe(400);
    expect(strict.get("/patients?q[]=id:<=5").status).toBe(400);
    expect(strict.get(`/patients?q[]=id:=${strict.ids.ada}`).json["total_entries"]).toBe(1);
  });

  test.each([[true], [false]])("archiveSetsDeletedAt %s", (archiveSetsDeletedAt) => {
    const clinic = open({ archiveSetsDeletedAt });
    const id = clinic.bookIn(DAY);
    clinic.clinic.desk.archive(id);
    clinic.clinic.desk.archivePatient(clinic.ids.ada);
    const expected = archiveSetsDeletedAt ? "2026-11-23T00:00:00Z" : null;
    expect(clinic.get(`/individual_appointments/${id}?q[]=archived_at:*`).json["deleted_at"]).toBe(expected);
    expect(clinic.get(`/patients/${clinic.ids.ada}?q[]=archived_at:*`).json["deleted_at"]).toBe(expected);
  });

  test.each<[keyof Unknowns, (desk: OpenClinic["clinic"]["desk"], id: string) => void]>([
    ["cancelMovesUpdatedAt", (desk, id) => desk.cancel(id, { reason: 10 })],
    ["archiveMovesUpdatedAt", (desk, id) => desk.archive(id)],
    ["arrivalMovesUpdatedAt", (desk, id) => desk.markArrived(id)],
    ["arrivalMovesUpdatedAt", (desk, id) => desk.markDidNotArrive(id)],
  ])("%s", (name, act) => {
    const stampAfter = (moves: boolean): unknown => {
      const clinic = open({ [name]: moves });
      const id = clinic.bookIn(DAY);
      clinic.clock.now += 5000;
      act(clinic.clinic.desk, id);
      return clinic.clinic.ledger.entries.at(-1)?.record["updated_at"];
    };
    expect(stampAfter(true)).toBe("2026-11-23T00:00:05Z");
    expect(stampAfter(false)).toBe("2026-11-23T00:00:00Z");
  });

  test.each([[true], [false]])("mergeMovesUpdatedAt %s", (mergeMovesUpdatedAt) => {
    const clinic = open({ mergeMovesUpdatedAt });
    const id = clinic.bookIn(DAY);
    clinic.clock.now += 5000;
    clinic.clinic.desk.mergePatients(clinic.ids.ada, clinic.ids.bram);
    const record = clinic.get(`/individual_appointments/${id}`).json;
    expect(record["patient"]).toMatchObject({ links: { self: expect.stringContaining(clinic.ids.bram) } });
    expect(record["updated_at"]).toBe(mergeMovesUpdatedAt ? "2026-11-23T00:00:05Z" : "2026-11-23T00:00:00Z");
  });

  test.each([
    ["touch", "Ada Quilll", "2026-11-23T00:00:05Z"],
    ["silent", "Ada Quilll", "2026-11-23T00:00:00Z"],
    ["stale", "Ada Quill", "2026-11-23T00:00:00Z"],
  ] as const)("patientNameReaches %s", (patientNameReaches, name, stamp) => {
    const clinic = open({ patientNameReaches });
    const id = clinic.bookIn(DAY);
    clinic.clock.now += 5000;
    clinic.clinic.desk.renamePatient(clinic.ids.ada, "Ada", "Quilll");
    const record = clinic.get(`/individual_appointments/${id}`).json;
    expect([record["patient_name"], record["updated_at"]]).toEqual([name, stamp]);
    clinic.clinic.desk.editNote(id, "touched");
    expect(clinic.get(`/individual_appointments/${id}`).json["patient_name"]).toBe("Ada Quilll");
    const told = clinic.clinic.ledger.entries.filter((entry) => entry.facts.length > 0);
    expect(told.map((entry) => entry.facts)).toEqual([["created"], ["updated"], ["updated"]]);
  });

  test("totalEntriesHonourFilters", () => {
    const query = "/patients?q[]=first_name:=Ada";
    expect(open({}).get(query).json["total_entries"]).toBe(1);
    expect(open({ totalEntriesHonourFilters: false }).get(query).json["total_entries"]).toBe(2);
  });

  test("cancelledHiddenById", () => {
    expect([statusOfCancelled(true), statusOfCancelled(false)]).toEqual([404, 200]);
  });

  test("integerIds", () => {
    const clinic = open({ integerIds: true });
    const record = clinic.get(`/patients/${clinic.ids.ada}`).json;
    expect(record["id"]).toBe(Number(clinic.ids.ada));
    expect(record["id"]).toBeLessThan(100_000_000);
    expect(clinic.get(`/patients?q[]=id:=${String(record["id"])}`).json["total_entries"]).toBe(1);
  });

  test.each([
    ["seconds", "2026-11-23T00:00:00Z"],
    ["milliseconds", "2026-11-23T00:00:00.000Z"],
    ["offset", "2026-11-23T10:00:00+10:00"],
  ] as const)("timestampStyle %s", (timestampStyle, printed) => {
    const clinic = open({ timestampStyle });
    const record = clinic.get(`/patients/${clinic.ids.ada}`).json;
    expect(record["created_at"]).toBe(printed);
    expect(clinic.get("/patients?q[]=created_at:>=2026-11-23T00:00:00Z").json["total_entries"]).toBe(2);
  });
});

function statusOfCancelled(cancelledHiddenById: boolean): number {
  const clinic = open({ cancelledHiddenById });
  const id = clinic.bookIn(DAY);
  clinic.clinic.desk.cancel(id, { reason: 10 });
  return clinic.get(`/individual_appointments/${id}`).status;
}

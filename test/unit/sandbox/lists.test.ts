import { expect, test } from "vitest";
import { openClinic, type OpenClinic, type Reply } from "./clinic-fixture.ts";

/** So many appointments, each created in a second of its own. */
function withAppointments(count: number, open: OpenClinic): string[] {
  return Array.from({ length: count }, (_, index) => {
    open.clock.now += 1000;
    return open.bookIn(index * 1000);
  });
}

/** The part of a link that `get` takes. */
function pathOf(reply: Reply, name: string): string {
  const link = new URL(reply.link(name));
  return `${link.pathname.replace("/v1", "")}${link.search}`;
}

test("a list holds 50 records, counts all of them and links to its neighbours", () => {
  const open = openClinic();
  const ids = withAppointments(120, open);
  const first = open.get("/individual_appointments");
  expect(open.idsOf(first)).toEqual(ids.slice(0, 50));
  expect(first.json["total_entries"]).toBe(120);
  expect(first.json["links"]).not.toHaveProperty("previous");
  const second = open.get(pathOf(first, "next"));
  expect(open.idsOf(second)).toEqual(ids.slice(50, 100));
  const third = open.get(pathOf(second, "next"));
  expect(open.idsOf(third)).toEqual(ids.slice(100));
  expect(third.json["links"]).not.toHaveProperty("next");
  expect(open.idsOf(open.get(pathOf(third, "previous")))).toEqual(ids.slice(50, 100));
});

test("per_page goes up to 100 and no further, and pages start at 1", () => {
  const open = openClinic();
  const ids = withAppointments(105, open);
  expect(open.idsOf(open.get("/individual_appointments?per_page=100"))).toHaveLength(100);
  expect(open.idsOf(open.get("/individual_appointments?per_page=500"))).toHaveLength(100);
  expect(open.idsOf(open.get("/individual_appointments?per_page=1&page=0"))).toEqual([ids[0]]);
  expect(open.idsOf(open.get("/individual_appointments?per_page=1&page=3"))).toEqual([ids[2]]);
  expect(open.idsOf(open.get("/individual_appointments?per_page=many&page=x"))).toHaveLength(50);
  expect(open.idsOf(open.get("/individual_appointments?page=99"))).toEqual([]);
});

test("next keeps filters and sort and carries no credentials", () => {
  const open = openClinic();
  withAppointments(3, open);
  const query = "q%5B%5D=updated_at:>=2026-01-01T00:00:00Z&sort=starts_at:desc&per_page=2";
  const first = open.get(`/individual_appointments?${query}`);
  const next = new URL(first.link("next"));
  expect(next.searchParams.getAll("q[]")).toEqual(["updated_at:>=2026-01-01T00:00:00Z"]);
  expect(next.searchParams.get("sort")).toBe("starts_at:desc");
  expect(next.searchParams.get("per_page")).toBe("2");
  expect(next.username).toBe("");
  expect(open.idsOf(open.get(pathOf(first, "next")))).toHaveLength(1);
});

test("page links lead to the real host, or back to the stand-in that was asked", () => {
  const open = openClinic();
  withAppointments(2, open);
  const list = "/individual_appointments?per_page=1";
  expect(open.get(list).link("next")).toMatch(/^https:\/\/api\.au1\.cliniko\.com\/v1\/individual_/);
  const real = open.get(list, { host: "api.au1.cliniko.com" });
  expect(real.link("next")).toMatch(/^https:\/\/api\.au1\.cliniko\.com\/v1\//);
  const standIn = open.get(list, { host: "127.0.0.1:4010" });
  expect(standIn.link("next")).toMatch(/^http:\/\/127\.0\.0\.1:4010\/v1\//);
});

test("rows move between pages while somebody reads: an edited row slips to the end and one is missed", () => {
  const open = openClinic();
  const ids = withAppointments(4, open);
  const query = "/individual_appointments?sort=updated_at:asc&per_page=2";
  const first = open.idsOf(open.get(query));
  open.clock.now += 1000;
  open.clinic.desk.editNote(ids[0] ?? "", "moved to the end");
  const second = open.idsOf(open.get(`${query}&page=2`));
  expect(first).toEqual([ids[0], ids[1]]);
  expect(second).toEqual([ids[3], ids[0]]);
});

test("equal rows come in the order they were written, so a written one moves among them", () => {
  const open = openClinic();
  const ids = [open.bookIn(1000), open.bookIn(2000), open.bookIn(3000)];
  open.clinic.desk.editNote(ids[0] ?? "", "same second");
  expect(open.idsOf(open.get("/individual_appointments"))).toEqual([ids[1], ids[2], ids[0]]);
});

test("a list is sorted by created_at ascending, by sort, or by the deprecated order", () => {
  const open = openClinic();
  const ids = withAppointments(3, open);
  const reversed = ids.toReversed();
  const list = (query: string): string[] => open.idsOf(open.get(`/individual_appointments?${query}`));
  expect(list("")).toEqual(ids);
  expect(list("order=desc")).toEqual(reversed);
  expect(list("sort=created_at")).toEqual(ids);
  expect(list("sort=created_at:desc")).toEqual(reversed);
  expect(list("sort=id:desc")).toEqual(reversed);
  expect(list("sort=business_id,id:desc")).toEqual(reversed);
  expect(list("sort=practitioner_id:asc,starts_at:desc")).toEqual(reversed);
  expect(list("sort=updated_at:asc,id:asc")).toEqual(ids);
});

test("nulls come last in a sort", () => {
  const open = openClinic();
  const ids = withAppointments(3, open);
  open.clinic.desk.cancel(ids[2] ?? "", { reason: 30 });
  const query = "q[]=cancelled_at:*&sort=cancelled_at";
  expect(open.idsOf(open.get(`/individual_appointments?${query}:asc`))).toEqual([ids[2], ids[0], ids[1]]);
  expect(open.idsOf(open.get(`/individual_appointments?${query}:desc`))).toEqual([ids[2], ids[0], ids[1]]);
});

test("a list is sorted by text too", () => {
  const open = openClinic();
  const zoe = open.clinic.plant.patient({ first_name: "Zoe", last_name: "Marrow" });
  const again = open.clinic.plant.patient({ first_name: "Ada", last_name: "Quill" });
  const { ada, bram } = open.ids;
  const list = (sort: string): string[] => open.idsOf(open.get(`/patients?sort=${sort}`), "patients");
  expect(list("last_name,id")).toEqual([zoe, ada, again, bram]);
  expect(list("last_name:desc")).toEqual([bram, ada, again, zoe]);
});

test("an unknown sort column or direction is answered 400", () => {
  const { get } = openClinic();
  expect(get("/patients?sort=shoe_size").json).toEqual({ message: "shoe_size is not sortable" });
  expect(get("/patients?sort=id:up").status).toBe(400);
  expect(get("/patients?order=up").status).toBe(400);
});

test("every row at or after a second is found, however many share it", () => {
  const open = openClinic();
  const ids = Array.from({ length: 250 }, (_, index) => open.bookIn(index * 1000)).toSorted();
  const read: string[] = [];
  let last = "0";
  for (;;) {
    const query = `q[]=updated_at:>=2026-11-23T00:00:00Z&q[]=id:>${last}&sort=id&per_page=100`;
    const page = open.idsOf(open.get(`/individual_appointments?${query}`));
    read.push(...page);
    if (page.length < 100) break;
    last = page.at(-1) ?? last;
  }
  expect(read).toEqual(ids);
});

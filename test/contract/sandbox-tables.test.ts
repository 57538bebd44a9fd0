import { describe, expect, test } from "vitest";

import { factsBetween } from "../../src/sandbox/audit/compare.ts";
import { wireNameOf } from "../../src/sandbox/storage/columns.ts";
import { FILTER_TYPES } from "../../src/sandbox/storage/filters.ts";
import { TABLE_NAMES, type TableName, specs } from "../../src/sandbox/tables/tables.ts";
import { type OpenClinic, openClinic } from "../unit/sandbox/clinic-fixture.ts";

/** A condition that is well formed, by what a column holds. */
const CONDITIONS = {
  date: ">=2020-01-01",
  datetime: ">=2020-01-01T00:00:00Z",
  numeric: ">=0",
  string: "~a",
  boolean: "=true",
  array: "~7",
} as const;

const OLD_LISTS = ["deleted", "cancelled", "archived"] as const;

interface Shown {
  readonly open: OpenClinic;
  readonly path: string;
  readonly id: string;
  /** Where one of these is read. */
  readonly one: (id: string) => string;
  /** Ids of the list with these conditions. */
  readonly list: (query?: string) => readonly string[];
}

/** A clinic with one record of the table that is nobody's parent. */
function show(name: TableName, values: object = {}): Shown {
  const open = openClinic();
  const id = open.clinic.plant.record(name, values);
  const path = `/${specs[name].path}`;
  const list = (query = ""): readonly string[] =>
    open
      .get(`${path}?per_page=100&${query}`)
      .records(name)
      .map((record) => String(record["id"]));
  const one = (of: string): string => {
    const { columns, under } = specs[name];
    if (!under) return `${path}/${of}`;
    const row = open.clinic.desk
      .of(name)
      .rows()
      .find((known) => known.id === of);
    const parent: unknown = row ? Reflect.get(row, under.parent) : of;
    return `/${columns[under.parent]?.to}/${String(parent)}/${under.end}`;
  };
  return { open, path, id, list, one };
}

/** Every wildcard that its list knows. */
function everything(name: TableName): string {
  return specs[name].hiddenBy.map((column) => `q[]=${column}:*`).join("&");
}

const WITHOUT_ID = TABLE_NAMES.filter((name) => specs[name].identifiedBy);

describe.each(WITHOUT_ID)("the sandbox's %s", (name) => {
  const { acts = {}, columns } = specs[name];
  const wireNames = Object.keys(columns).map((column) => wireNameOf(column, columns[column]?.kind ?? "text"));

  test("are a list of rows that have nothing but their columns, and no path of their own", () => {
    const open = openClinic();
    const ids = [open.clinic.plant.record(name), open.clinic.plant.record(name)];
    const rows = open.get(`/${name}?per_page=1`).records(name);
    expect(rows.map((row) => Object.keys(row))).toEqual([wireNames]);
    expect(open.get(`/${name}?per_page=1&page=2`).records(name)).toHaveLength(1);
    expect(open.get(`/${name}`).json["total_entries"]).toBe(2);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(open.get(`/${name}/${id}`).status).toBe(404);
  });

  test("take neither a filter nor a sort, and no writing", () => {
    const open = openClinic();
    open.clinic.plant.record(name);
    for (const query of ["q[]=id:>0", "q[]=updated_at:>=2020-01-01T00:00:00Z", "sort=id:asc"])
      expect(open.get(`/${name}?${query}`).status).toBe(400);
    for (const method of ["POST", "PATCH", "DELETE"])
      expect(open.call(method, `/${name}`, {}).status).toBe(404);
  });

  test("are refused to a role that may not see them, and are not there where an account has none", () => {
    const open = openClinic();
    open.clinic.faults.restrict(name, "forbidden");
    expect(open.get(`/${name}`).status).toBe(403);
    open.clinic.faults.restrict(name, "missing");
    expect(open.get(`/${name}`).status).toBe(404);
  });

  test("tell of each act what the two states tell, and of an end and a return what they are", () => {
    const { clinic } = openClinic();
    const desk = clinic.desk.of(name);
    const id = clinic.plant.record(name);
    for (const act of Object.keys(acts)) {
      expect([act, desk.perform(id, act)]).toEqual([act, true]);
      const [before, after] = clinic.ledger.entries.filter((entry) => entry.id === id).slice(-2);
      expect([act, ...(after?.facts ?? [])]).toEqual([
        act,
        ...factsBetween(name, before?.record ?? {}, after?.record ?? {}),
      ]);
      expect([act, desk.perform(id, act)]).toEqual([act, false]);
    }
    const row = desk.rows().find((known) => known.id === id);
    desk.remove(id);
    expect(clinic.ledger.entries.at(-1)).toMatchObject({ id, facts: [specs[name].disappearance] });
    expect(desk.create({ ...row })).toBe(id);
    expect(clinic.ledger.entries.at(-1)).toMatchObject({ id, facts: [specs[name].appearance] });
  });
});

describe.each(TABLE_NAMES.filter((name) => !specs[name].identifiedBy && !specs[name].single))(
  "the sandbox's %s",
  (name) => {
    const spec = specs[name];
    const { columns, filters, hiddenBy, api = {}, oldLists = {}, acts = {} } = spec;

    test("stand under their path, and name only what is there", () => {
      const { open, id, one } = show(name);
      const record = open.get(one(id)).json;
      const printed = Object.keys(columns).filter((column) => columns[column]?.unprinted !== true);
      const fields = printed.filter((column) => columns[column]?.kind !== "link");
      expect(spec.path).toBe(name);
      expect(Object.keys(record)).toEqual(
        expect.arrayContaining(["id", "created_at", "updated_at", "links", ...fields]),
      );
      expect(Object.keys(columns)).toEqual(
        expect.arrayContaining([...(api.writable ?? []), ...(spec.personal ?? [])]),
      );
      const known = [...Object.keys(record), ...printed];
      expect(known).toEqual(expect.arrayContaining([...(spec.noise ?? [])]));
    });

    test("are the same in the list and by themselves, and strangers are not found", () => {
      const { open, path, id, one } = show(name);
      const listed = open
        .get(`${path}?per_page=100`)
        .records(name)
        .find((row) => row["id"] === id);
      expect(listed).toEqual(open.get(one(id)).json);
      expect(open.get(one("1")).status).toBe(404);
    });

    test("are filtered by what is documented, and by nothing else", () => {
      const { open, path } = show(name);
      const ask = (column: string, condition: string): number =>
        open.get(`${path}?q[]=${column}:${condition}`).status;
      for (const column of ["created_at", "updated_at"]) expect(ask(column, CONDITIONS.datetime)).toBe(200);
      expect(ask("id", ">0")).toBe(200);
      const answers = Object.entries(columns).flatMap(([column, { kind }]) => {
        const type = FILTER_TYPES[kind];
        return type ? [[column, ask(column, CONDITIONS[type])]] : [];
      });
      const documented = answers.map(([column]) => [
        column,
        filters.some((one) => one === column) ? 200 : 400,
      ]);
      expect(answers).toEqual(documented);
      expect(ask("invented", "=1")).toBe(400);
    });

    test("are hidden by what hides them, until it is asked for", () => {
      for (const column of hiddenBy) {
        const { open, id, list, one } = show(name, { [column]: 1_790_000_000 });
        expect(list()).not.toContain(id);
        expect(open.get(one(id)).status).toBe(404);
        expect(list(`q[]=${column}:*`)).toContain(id);
        expect(open.get(`${one(id)}?q[]=${column}:*`).status).toBe(200);
      }
      const { id, list } = show(name);
      expect(list()).toContain(id);
    });

    test.each(OLD_LISTS)("have the old list /%s where it is documented", (old) => {
      const column = old === "cancelled" ? "cancelled_at" : "archived_at";
      const { open, path, id } = show(name, column in columns ? { [column]: 1_790_000_000 } : {});
      const other = open.clinic.plant.record(name);
      const reply = open.get(`${path}/${old}`);
      expect(reply.status).toBe(old in oldLists ? 200 : 404);
      if (!(old in oldLists)) return;
      expect(reply.text).toContain(id);
      expect(reply.text).not.toContain(other);
      expect("created_at" in (reply.records(name)[0] ?? {})).toBe(oldLists[old] === "whole");
    });

    test("can be made, changed, archived and taken away by a client as far as is documented", () => {
      const { open, path, id, one } = show(name);
      const call = (method: string, of: string, end = "", body?: unknown): number =>
        open.call(method, `${of === "" ? path : one(of)}${end}`, body).status;
      const refused = open.call("POST", path, {});
      expect(refused.status).toBe(api.required ? 422 : 404);
      const complaints = refused.status === 422 ? Object.keys(refused.json["errors"] ?? {}) : [];
      expect(complaints.toSorted()).toEqual([...(api.required ?? [])].toSorted());
      expect(call("POST", "", "", "{")).toBe(api.required ? 400 : 404);
      expect(call("PATCH", id, "", {})).toBe(api.writable ? 200 : 404);
      expect(call("PATCH", id, "", "{")).toBe(api.writable ? 400 : 404);
      expect(call("PUT", id, "", {})).toBe(api.put ? 200 : 404);
      expect(call("POST", id, "/archive")).toBe(api.archive ? 204 : 404);
      expect(call("POST", id, "/archive")).toBe(404);
      expect(call("PATCH", id, "", {})).toBe(api.writable && !api.archive ? 200 : 404);
      expect(call("POST", id, "/unarchive")).toBe(api.unarchive ? 204 : 404);
      const gone = open.clinic.plant.record(name);
      expect(call("DELETE", gone)).toBe(api.delete ? 204 : 404);
      expect(call("DELETE", gone)).toBe(404);
      const isThere = open.get(`${one(gone)}?${everything(name)}`).status;
      const isSilent = api.delete === "for_good" || spec.answersUnlisted !== undefined;
      expect(isThere).toBe(isSilent ? 404 : 200);
      for (const end of ["", "/archive", "/unarchive"]) expect(call("POST", "1", end)).toBe(404);
    });

    test("are refused with nothing to a role that may not see them, and are not there where an account has none", () => {
      const { open, path, id, one } = show(name);
      const { faults } = open.clinic;
      faults.restrict(name, "forbidden");
      for (const at of [path, one(id)]) {
        const reply = open.get(at);
        expect([reply.status, reply.text]).toEqual([403, ""]);
      }
      faults.restrict(name, "missing");
      for (const at of [path, one(id)]) expect(open.get(at).status).toBe(404);
      faults.unrestrict(name);
      expect(open.get(one(id)).status).toBe(200);
    });

    test("tell of each act what the two states tell, once, and nothing of one that is out of place", () => {
      const { open, id } = show(name);
      const { desk, ledger } = open.clinic;
      const entriesOf = () => ledger.entries.filter((entry) => entry.resource === name && entry.id === id);
      for (const act of Object.keys(acts)) {
        open.clock.now += 60_000;
        expect([act, desk.of(name).perform(id, act)]).toEqual([act, true]);
        const [before, after] = entriesOf().slice(-2);
        if (!before || !after) throw new Error("there are two states");
        expect([act, ...after.facts]).not.toEqual([act]);
        expect([act, ...after.facts].toSorted()).toEqual(
          [act, ...factsBetween(name, before.record, after.record)].toSorted(),
        );
        const count = entriesOf().length;
        expect([act, desk.of(name).perform(id, act)]).toEqual([act, false]);
        expect(entriesOf()).toHaveLength(count);
      }
    });

    test("leave out links that are unset, and print every other", () => {
      const { open, id, one } = show(name);
      const record = open.get(one(id)).json;
      const links = Object.entries(columns).filter(([, { kind }]) => kind === "link");
      const served = links.map(([column]) => [column, wireNameOf(column, "link") in record]);
      expect(served).toEqual(links.map(([column, { blank }]) => [column, blank !== null]));
    });
  },
);

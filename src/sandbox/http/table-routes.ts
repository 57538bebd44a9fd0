import { change, create, perform, remove } from "../acts/act.ts";
import { complete, keepLength } from "../acts/complete.ts";
import { addToGroup, refusePlace, writeAttendee } from "../acts/places.ts";
import { book } from "../acts/series.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import type { AnyRow } from "../storage/table.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import type { Complaints, TableSpec } from "../tables/define-table.ts";
import { specs, tableOf, type Row, type TableName } from "../tables/tables.ts";
import {
  answerEmpty,
  answerInvalid,
  answerJson,
  answerMessage,
  answerNotFound,
  answerPage,
  isWrong,
  type Answer,
} from "./answers.ts";
import { parameterOf, type Call } from "./call.ts";
import { answerList, answerOne, type Listing, toListing } from "./listing.ts";
import { answerOldList, OLD_LISTS, toOldList } from "./old-lists.ts";
import { readFields } from "./read-fields.ts";
import { parseBody } from "./request-body.ts";
import { route, type Route } from "./route.ts";
import { singleRoutes } from "./single-routes.ts";

/** Everything that a table says the API offers on it. */
export function tableRoutes(state: ClinicState, name: TableName): Route[] {
  const {
    path,
    columns,
    identifiedBy,
    under,
    oldLists = {},
    parts = { "": () => true },
    api = {},
    single,
  } = specs[name];
  if (single) return singleRoutes(state, name, single);
  const listing = toListing(state, name);
  const list = `/${path}`;
  const one = under ? `/${columns[under.parent]?.to ?? ""}/:id/${under.end}` : `${list}/:id`;
  const routes: Route[] = [];
  const offer = (isOffered: boolean, method: string, at: string, answer: Route["answer"]): void => {
    if (isOffered) routes.push(route(method, at, answer, path));
  };
  const update = (call: Call): Answer => answerUpdate(call, name);
  const archive = (call: Call): Answer => answerDeed(call, name, "archive");
  for (const [end, holds] of Object.entries(parts)) {
    const part = { ...listing, ...(specs[name].parts && { derive: onlyThose(state, holds) }) };
    const isGone = (): boolean => end !== "" && state.faults.strictnessOf(path).parts === "gone";
    offer(true, "GET", end === "" ? list : `${list}/${end}`, (call) =>
      isGone() ? answerPage(404) : answerList(call, part),
    );
  }
  // The same list, of one place.
  if (name === "services") {
    offer(true, "GET", "/businesses/:id/services", (call) => {
      const id = parameterOf(call, "id");
      if (tableOf(state.tables, "businesses").seenAt(id, state.now()) === undefined) return answerNotFound();
      return answerList(call, { ...listing, derive: onlyThose(state, (row) => row["business_id"] === id) });
    });
  }
  for (const old of OLD_LISTS) {
    const kept = toOldList(listing, old, oldLists[old] === "stubs" ? state.format : undefined);
    offer(old in oldLists, "GET", `${list}/${old}`, (call) => answerOldList(call, kept));
  }
  offer(api.required !== undefined, "POST", list, (call) => answerCreate(call, name));
  offer(identifiedBy === undefined, "GET", one, (call) => {
    const id = idIn(call, name);
    return isUnanswered(state, name, id) ? answerNotFound() : answerOne(call, listing, id);
  });
  offer(api.writable !== undefined, "PATCH", one, update);
  offer(api.put === true, "PUT", one, update);
  offer(api.delete === "archives", "DELETE", one, archive);
  offer(api.delete === "for_good", "DELETE", one, (call) => answerRemoval(call, name));
  offer(api.archive === true, "POST", `${one}/archive`, archive);
  offer(api.unarchive === true, "POST", `${one}/unarchive`, (call) => answerDeed(call, name, "unarchive"));
  return routes;
}

type Holds = NonNullable<TableSpec["parts"]>[string];

function onlyThose({ unknowns }: ClinicState, holds: Holds): NonNullable<Listing["derive"]> {
  return (stored) => (holds(stored.row, unknowns) ? stored : undefined);
}

/** It is in no list, and where that is so it does not answer. */
function isUnanswered({ now, tables, unknowns }: ClinicState, name: TableName, id: string): boolean {
  const { answersUnlisted, parts = {} } = specs[name];
  const row = tableOf(tables, name).seenAt(id, now())?.row;
  if (answersUnlisted === undefined || unknowns[answersUnlisted] || row === undefined) return false;
  return !Object.values(parts).some((holds) => holds(row, unknowns));
}

/** A record that is not there yet. */
const NOBODY = { id: "", created_at: 0, updated_at: 0 };

function answerCreate(call: Call, name: TableName): Answer {
  const { state } = call;
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readFields(state, name, fields, true);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  const complaints = specs[name].api?.check?.({ ...NOBODY, ...complete(state, name, reading.values) }) ?? {};
  if (isWrong(complaints)) return answerInvalid(complaints);
  const id = make(state, name, reading.values);
  if (typeof id !== "string") return answerInvalid(id);
  return answerJson(201, tableOf(state.tables, name).current(id)?.render());
}

/** Its id, or what is wrong with it. */
function make<Name extends TableName>(
  state: ClinicState,
  name: Name,
  values: Partial<Row<Name>>,
): string | Complaints {
  return MAKE[name]?.(state, values) ?? create(state, name, values);
}

/** Where there is more to a record than its own row. */
const MAKE: {
  readonly [Name in TableName]?: (
    state: ClinicState,
    values: Partial<Row<Name>>,
  ) => string | Complaints | undefined;
} = {
  individual_appointments: (state: ClinicState, values: Partial<AppointmentRow>) => book(state, values)[0],
  attendees: (state: ClinicState, { booking_id = "", patient_id = "", ...more }: Partial<AttendeeRow>) => {
    const complaints = refusePlace(state, booking_id, patient_id);
    return isWrong(complaints) ? complaints : addToGroup(state, booking_id, patient_id, more);
  },
};

function answerUpdate(call: Call, name: TableName): Answer {
  const { state } = call;
  const row = writable(call, name);
  if (row === undefined) return answerNotFound();
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readFields(state, name, fields, false);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  const complaints = specs[name].api?.check?.({ ...row, ...keepLength(row, reading.values) }) ?? {};
  if (isWrong(complaints)) return answerInvalid(complaints);
  write(state, name, row.id, reading.values);
  return answerJson(200, tableOf(state.tables, name).current(row.id)?.render());
}

function write<Name extends TableName>(
  state: ClinicState,
  name: Name,
  id: string,
  values: Partial<Row<Name>>,
): void {
  if (WRITE[name]) WRITE[name](state, id, values);
  else change(state, name, id, values);
}

/** Where what is written is not the record's own. */
const WRITE: {
  readonly [Name in TableName]?: (state: ClinicState, id: string, values: Partial<Row<Name>>) => void;
} = { attendees: writeAttendee };

/** Taking something out of the archive that is not in it does nothing; archiving it twice is 404. */
export function answerDeed(
  call: Call,
  name: TableName,
  deed: "archive" | "unarchive" | "cancel",
  more: Readonly<Record<string, unknown>> = {},
): Answer {
  const row = deed === "unarchive" ? current(call, name) : writable(call, name);
  if (row === undefined) return answerNotFound();
  const complaints = specs[name].api?.refuses?.(row, deed) ?? {};
  if (isWrong(complaints)) return answerInvalid(complaints);
  perform(call.state, name, row.id, deed, more);
  return answerEmpty(204);
}

function answerRemoval(call: Call, name: TableName): Answer {
  const row = writable(call, name);
  if (row === undefined) return answerNotFound();
  remove(call.state, name, row.id);
  return answerEmpty(204);
}

/** The newest state of a record that is not archived: writers go to the database, not to the cache. */
export function writable(call: Call, name: TableName): AnyRow | undefined {
  const row = current(call, name);
  return (row?.["archived_at"] ?? null) === null ? row : undefined;
}

function current(call: Call, name: TableName): AnyRow | undefined {
  return tableOf(call.state.tables, name).current(idIn(call, name))?.row;
}

/** The record that the path names: by its id, or by what it stands under. */
function idIn(call: Call, name: TableName): string {
  const named = parameterOf(call, "id");
  const { under } = specs[name];
  if (under === undefined) return named;
  const rows = tableOf(call.state.tables, name).currentRows();
  return rows.find((row) => row[under.parent] === named)?.id ?? "";
}

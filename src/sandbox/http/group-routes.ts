import {
  answerEmpty,
  answerInvalid,
  answerJson,
  answerMessage,
  answerNotFound,
  type Answer,
} from "./answers.ts";
import { parameterOf, type Call } from "./call.ts";
import { groupAppointmentColumns } from "../storage/columns.ts";
import { archiveGroup, bookGroup, changeGroup } from "../acts/group-acts.ts";
import { readGroupChanges, readNewGroup } from "./group-requests.ts";
import { answerList, answerOne, type Listing } from "./listing.ts";
import { answerOldList, toDeletedList } from "./old-lists.ts";
import { parseBody } from "./request-body.ts";
import { route, type Route } from "./route.ts";
import type { GroupAppointmentRow } from "../storage/rows.ts";

/** Classes. There is no cancel: a class is archived, and its places are cancelled one by one. */
export function groupRoutes(): Route[] {
  return [
    route("GET", "/group_appointments", (call) => answerList(call, mainList(call))),
    route("GET", "/group_appointments/deleted", (call) => answerOldList(call, toDeletedList(mainList(call)))),
    route("POST", "/group_appointments", create),
    route("GET", "/group_appointments/:id", (call) =>
      answerOne(call, mainList(call), parameterOf(call, "id")),
    ),
    route("PATCH", "/group_appointments/:id", update),
    route("DELETE", "/group_appointments/:id", archive),
    route("POST", "/group_appointments/:id/archive", archive),
  ];
}

function mainList({ state }: Call): Listing {
  return {
    plural: "group_appointments",
    columns: groupAppointmentColumns(state.unknowns),
    hiddenBy: ["archived_at"],
    table: state.groupAppointments,
  };
}

function create(call: Call): Answer {
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readNewGroup(call.state, fields);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  const id = bookGroup(call.state, reading.value);
  return answerJson(201, call.state.groupAppointments.current(id)?.render());
}

function update(call: Call): Answer {
  const row = writable(call);
  if (row === undefined) return answerNotFound();
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readGroupChanges(call.state, fields);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  const { startsAt = row.starts_at * 1000, endsAt } = reading.value;
  if (endsAt !== undefined && endsAt <= startsAt)
    return answerInvalid({ ends_at: "must be after the start" });
  changeGroup(call.state, row.id, reading.value);
  return answerJson(200, call.state.groupAppointments.current(row.id)?.render());
}

function archive(call: Call): Answer {
  const row = writable(call);
  if (row === undefined) return answerNotFound();
  archiveGroup(call.state, row.id);
  return answerEmpty(204);
}

function writable(call: Call): GroupAppointmentRow | undefined {
  const row = call.state.groupAppointments.current(parameterOf(call, "id"))?.row;
  return row === undefined || row.archived_at !== null ? undefined : row;
}

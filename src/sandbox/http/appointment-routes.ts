import {
  answerEmpty,
  answerInvalid,
  answerJson,
  answerMessage,
  answerNotFound,
  type Answer,
} from "./answers.ts";
import {
  archiveAppointment,
  book,
  cancelAppointment,
  changeAppointment,
  hasConflict,
} from "../acts/appointment-acts.ts";
import { readCancellation, readChanges, readNewAppointment } from "./appointment-requests.ts";
import { parameterOf, type Call } from "./call.ts";
import { appointmentColumns } from "../storage/columns.ts";
import { answerList, answerOne, type Listing } from "./listing.ts";
import { answerOldList, onlyCancelled, toDeletedList } from "./old-lists.ts";
import { parseBody } from "./request-body.ts";
import { route, type Route } from "./route.ts";
import type { AppointmentRow } from "../storage/rows.ts";

export function appointmentRoutes(): Route[] {
  return [
    route("GET", "/individual_appointments", (call) => answerList(call, mainList(call))),
    route("GET", "/individual_appointments/deleted", (call) =>
      answerOldList(call, toDeletedList(mainList(call))),
    ),
    route("GET", "/individual_appointments/cancelled", (call) => answerOldList(call, cancelledList(call))),
    route("POST", "/individual_appointments", create),
    route("GET", "/individual_appointments/:id", (call) =>
      answerOne(call, mainList(call), parameterOf(call, "id")),
    ),
    route("PATCH", "/individual_appointments/:id", update),
    route("DELETE", "/individual_appointments/:id", archive),
    route("POST", "/individual_appointments/:id/archive", archive),
    route("PATCH", "/individual_appointments/:id/cancel", cancel),
    route("GET", "/individual_appointments/:id/conflicts", conflicts),
  ];
}

function mainList({ state }: Call): Listing {
  return {
    plural: "individual_appointments",
    columns: appointmentColumns(state.unknowns),
    hiddenBy: ["archived_at", "cancelled_at"],
    hiddenByIdBy: state.unknowns.cancelledHiddenById ? ["archived_at", "cancelled_at"] : ["archived_at"],
    table: state.appointments,
  };
}

function cancelledList(call: Call): Listing {
  return { ...mainList(call), hiddenBy: ["archived_at"], derive: onlyCancelled };
}

function create(call: Call): Answer {
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readNewAppointment(call.state, fields);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  const [id = ""] = book(call.state, reading.value.booking, reading.value.rule);
  return answerJson(201, call.state.appointments.current(id)?.render());
}

function update(call: Call): Answer {
  const row = writable(call);
  if (row === undefined) return answerNotFound();
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readChanges(call.state, fields);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  const { startsAt = row.starts_at * 1000, endsAt } = reading.value;
  if (endsAt !== undefined && endsAt <= startsAt)
    return answerInvalid({ ends_at: "must be after the start" });
  changeAppointment(call.state, row.id, reading.value);
  return answerJson(200, call.state.appointments.current(row.id)?.render());
}

function cancel(call: Call): Answer {
  const row = writable(call);
  if (row === undefined) return answerNotFound();
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readCancellation(fields);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  if (row.cancelled_at !== null) return answerInvalid({ base: "has already been cancelled" });
  cancelAppointment(call.state, row.id, reading.value);
  return answerEmpty(204);
}

function archive(call: Call): Answer {
  const row = writable(call);
  if (row === undefined) return answerNotFound();
  archiveAppointment(call.state, row.id);
  return answerEmpty(204);
}

/** A third-party draft shows another shape; no live answer was ever seen. This wrapper is a guess: [U]. */
function conflicts(call: Call): Answer {
  const row = writable(call);
  if (row === undefined) return answerNotFound();
  return answerJson(200, { conflicts: { exist: hasConflict(call.state, row) } });
}

/** The newest state of a record that is not archived: writers go to the database, not to the cache. */
function writable(call: Call): AppointmentRow | undefined {
  const row = call.state.appointments.current(parameterOf(call, "id"))?.row;
  return row === undefined || row.archived_at !== null ? undefined : row;
}

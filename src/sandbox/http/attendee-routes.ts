import { answerEmpty, answerInvalid, answerMessage, answerNotFound, type Answer } from "./answers.ts";
import { readCancellation } from "./appointment-requests.ts";
import { parameterOf, type Call } from "./call.ts";
import { attendeeColumns } from "../storage/columns.ts";
import { answerList, answerOne, type Listing } from "./listing.ts";
import { answerOldList, onlyCancelled, toDeletedList } from "./old-lists.ts";
import { archivePlace, cancelPlace } from "../acts/place-acts.ts";
import { parseBody } from "./request-body.ts";
import { route, type Route } from "./route.ts";
import type { AttendeeRow } from "../storage/rows.ts";

/** Who comes to what: one attendee for each individual appointment, one for each place in a class. */
export function attendeeRoutes(): Route[] {
  return [
    route("GET", "/attendees", (call) => answerList(call, mainList(call))),
    route("GET", "/attendees/deleted", (call) => answerOldList(call, toDeletedList(mainList(call)))),
    route("GET", "/attendees/cancelled", (call) => answerOldList(call, cancelledList(call))),
    route("GET", "/attendees/:id", (call) => answerOne(call, mainList(call), parameterOf(call, "id"))),
    route("DELETE", "/attendees/:id", archive),
    route("POST", "/attendees/:id/archive", archive),
    route("PATCH", "/attendees/:id/cancel", cancel),
  ];
}

function mainList({ state }: Call): Listing {
  return {
    plural: "attendees",
    columns: attendeeColumns(state.unknowns),
    hiddenBy: ["archived_at", "cancelled_at"],
    hiddenByIdBy: state.unknowns.cancelledHiddenById ? ["archived_at", "cancelled_at"] : ["archived_at"],
    table: state.attendees,
  };
}

function cancelledList(call: Call): Listing {
  return { ...mainList(call), hiddenBy: ["archived_at"], derive: onlyCancelled };
}

function cancel(call: Call): Answer {
  const row = writable(call);
  if (row === undefined) return answerNotFound();
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  if (row.booking_kind === "individual") return answerInvalid({ base: "is not a group appointment" });
  const reading = readCancellation(fields);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  if (row.cancelled_at !== null) return answerInvalid({ base: "has already been cancelled" });
  cancelPlace(call.state, row.id, reading.value);
  return answerEmpty(204);
}

/** Of an individual appointment, the appointment is to be archived. Whether upstream refuses too is not known: [U]. */
function archive(call: Call): Answer {
  const row = writable(call);
  if (row === undefined) return answerNotFound();
  if (row.booking_kind === "individual") return answerInvalid({ base: "is not a group appointment" });
  archivePlace(call.state, row.id);
  return answerEmpty(204);
}

function writable(call: Call): AttendeeRow | undefined {
  const row = call.state.attendees.current(parameterOf(call, "id"))?.row;
  return row === undefined || row.archived_at !== null ? undefined : row;
}

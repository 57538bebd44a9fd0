import { cancel, hasConflict } from "../acts/series.ts";
import { rowOf } from "../acts/enact.ts";
import { CANCELLATION_REASONS } from "../tables/cancellation-reasons.ts";
import {
  answerEmpty,
  answerInvalid,
  answerJson,
  answerMessage,
  answerNotFound,
  type Answer,
} from "./answers.ts";
import { parameterOf, type Call } from "./call.ts";
import { parseBody, type Fields } from "./request-body.ts";
import { route, type Route } from "./route.ts";
import { answerDeed, writable } from "./table-routes.ts";

/** What can be done to a visit besides what can be done to any record. */
export function visitRoutes(): Route[] {
  return [
    route("PATCH", "/individual_appointments/:id/cancel", (call) =>
      answerCancellation(call, "individual_appointments"),
    ),
    route("PATCH", "/attendees/:id/cancel", (call) => answerCancellation(call, "attendees")),
    route("GET", "/individual_appointments/:id/conflicts", answerConflicts),
  ];
}

function answerCancellation(call: Call, name: "individual_appointments" | "attendees"): Answer {
  const row = writable(call, name);
  if (row === undefined) return answerNotFound();
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const isMirror = row["booking_kind"] === "individual";
  const complaint = isMirror ? undefined : complainOf(fields);
  if (complaint !== undefined) return answerInvalid({ cancellation_reason: complaint });
  if (row["cancelled_at"] !== null && !isMirror) return answerInvalid({ base: "has already been cancelled" });
  const note = fields["cancellation_note"];
  const reason = {
    cancellation_reason: Number(fields["cancellation_reason"]),
    cancellation_note: typeof note === "string" ? note : null,
  };
  if (name === "attendees") return answerDeed(call, name, "cancel", reason);
  cancel(call.state, row.id, reason, fields["apply_to_repeats"] === true);
  return answerEmpty(204);
}

function complainOf(fields: Fields): string | undefined {
  const given = fields["cancellation_reason"] ?? undefined;
  if (given === undefined) return "can't be blank";
  return CANCELLATION_REASONS.includes(Number(given)) ? undefined : "is not included in the list";
}

/** A third-party draft shows another shape; no live answer was ever seen. This wrapper is a guess: [U]. */
function answerConflicts(call: Call): Answer {
  if (writable(call, "individual_appointments") === undefined) return answerNotFound();
  const row = rowOf(call.state, "individual_appointments", parameterOf(call, "id"));
  return answerJson(200, { conflicts: { exist: hasConflict(call.state, row) } });
}

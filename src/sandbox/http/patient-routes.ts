import {
  answerEmpty,
  answerInvalid,
  answerJson,
  answerMessage,
  answerNotFound,
  type Answer,
} from "./answers.ts";
import { parameterOf, type Call } from "./call.ts";
import { patientColumns } from "../storage/columns.ts";
import { columnValue } from "../storage/filters.ts";
import { answerList, answerOne, type Listing } from "./listing.ts";
import { answerOldList, onlyArchived, toDeletedList } from "./old-lists.ts";
import { archivePatient, changePatient, registerPatient, unarchivePatient } from "../acts/patient-acts.ts";
import { readNewPatient, readPatientChanges } from "./patient-requests.ts";
import { parseBody } from "./request-body.ts";
import { route, type Route } from "./route.ts";
import type { PatientRow } from "../storage/rows.ts";

export function patientRoutes(): Route[] {
  return [
    route("GET", "/patients", (call) => answerList(call, mainList(call))),
    route("GET", "/patients/deleted", (call) => answerOldList(call, deletedList(call))),
    route("GET", "/patients/archived", (call) => answerOldList(call, archivedList(call))),
    route("POST", "/patients", create),
    route("GET", "/patients/:id", (call) => answerOne(call, mainList(call), parameterOf(call, "id"))),
    route("PATCH", "/patients/:id", update),
    route("PUT", "/patients/:id", update),
    route("DELETE", "/patients/:id", archive),
    route("POST", "/patients/:id/archive", archive),
    route("POST", "/patients/:id/unarchive", unarchive),
  ];
}

function mainList({ state }: Call): Listing {
  return {
    plural: "patients",
    columns: patientColumns(state.unknowns),
    hiddenBy: ["archived_at"],
    table: state.patients,
  };
}

/** Stubs: when, and a link that carries the id. Nothing else. */
function deletedList(call: Call): Listing {
  const { format } = call.state;
  return {
    ...toDeletedList(mainList(call)),
    print: ({ row }) => {
      const deletedAt = columnValue(row, "deleted_at");
      return {
        deleted_at: format.timeOrNull(typeof deletedAt === "number" ? deletedAt : null),
        ...format.links.to(`/patients/${row.id}`),
      };
    },
  };
}

function archivedList(call: Call): Listing {
  return { ...mainList(call), hiddenBy: [], derive: onlyArchived };
}

function create(call: Call): Answer {
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readNewPatient(fields);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  const id = registerPatient(call.state, reading.value);
  return answerJson(201, call.state.patients.current(id)?.render());
}

function update(call: Call): Answer {
  const row = patient(call);
  if (row === undefined || row.archived_at !== null) return answerNotFound();
  const fields = parseBody(call.body);
  if (fields === undefined) return answerMessage(400, "Problems parsing JSON");
  const reading = readPatientChanges(fields);
  if (reading.kind === "invalid") return answerInvalid(reading.errors);
  changePatient(call.state, row.id, reading.value);
  return answerJson(200, call.state.patients.current(row.id)?.render());
}

function archive(call: Call): Answer {
  const row = patient(call);
  if (row === undefined || row.archived_at !== null) return answerNotFound();
  archivePatient(call.state, row.id);
  return answerEmpty(204);
}

/** A merged patient stays archived: a merge cannot be undone. */
function unarchive(call: Call): Answer {
  const row = patient(call);
  if (row === undefined) return answerNotFound();
  if (row.merged_at !== null) return answerInvalid({ base: "has been merged with another patient" });
  unarchivePatient(call.state, row.id);
  return answerEmpty(204);
}

function patient(call: Call): PatientRow | undefined {
  return call.state.patients.current(parameterOf(call, "id"))?.row;
}

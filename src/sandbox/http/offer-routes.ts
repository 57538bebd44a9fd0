import type { ClinicState } from "../clinic/clinic-state.ts";
import { localTimeIn } from "../clinic/local-time.ts";
import { offeredTimes, zoneOf } from "../clinic/offered-times.ts";
import { answerJson, answerMessage, answerNotFound, type Answer } from "./answers.ts";
import { parameterOf, type Call } from "./call.ts";
import { route, type Route } from "./route.ts";

const OF = "/businesses/:business/practitioners/:practitioner/appointment_types/:type";
const DAY_MS = 86_400_000;
const MOST_DAYS = 7;

/** What can be booked online. */
export function offerRoutes(state: ClinicState): Route[] {
  return [
    route("GET", `${OF}/available_times`, (call) => answerTimes(state, call), "available_times"),
    route("GET", `${OF}/next_available_time`, (call) => answerNext(state, call), "available_times"),
  ];
}

function answerTimes(state: ClinicState, call: Call): Answer {
  const times = timesIn(state, call);
  if (!Array.isArray(times)) return times;
  const page = Math.max(1, Number(call.query.get("page") ?? 1));
  const perPage = Math.min(100, Math.max(1, Number(call.query.get("per_page") ?? 50)));
  const shown = times.slice((page - 1) * perPage, page * perPage);
  const at = (number: number): string => {
    const days = `from=${call.query.get("from")}&to=${call.query.get("to")}`;
    return `${call.pageBase}${call.path}?${days}&page=${number}&per_page=${perPage}`;
  };
  return answerJson(200, {
    available_times: shown.map((time: number) => ({ appointment_start: state.format.time(time) })),
    total_entries: times.length,
    links: { self: at(page), ...(times.length > page * perPage && { next: at(page + 1) }) },
  });
}

function answerNext(state: ClinicState, call: Call): Answer {
  const times = timesIn(state, call);
  if (!Array.isArray(times)) return times;
  const [first] = times;
  return answerJson(200, {
    appointment_start: first === undefined ? null : state.format.time(first),
    total_entries: Math.min(1, times.length),
    links: { self: `${call.pageBase}${call.path}` },
  });
}

/** Those of the days that are asked for, or why they are not told. */
function timesIn(state: ClinicState, call: Call): number[] | Answer {
  const businessId = parameterOf(call, "business");
  const offered = offeredTimes(state, {
    businessId,
    practitionerId: parameterOf(call, "practitioner"),
    typeId: parameterOf(call, "type"),
  });
  if (offered === undefined) return answerNotFound();
  const [from, to] = ["from", "to"].map((name) => Date.parse(`${call.query.get(name) ?? ""}T00:00:00Z`));
  if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to))
    return answerMessage(400, "from and to are required");
  if (to < from || to - from > MOST_DAYS * DAY_MS)
    return answerMessage(400, "from and to are not more than 7 days apart");
  // The account's zone, which is not that of each of its places.
  const account = localTimeIn(state.timeZone);
  const today = account.at(state.now(), 0, 0);
  const startOf = (day: number): number => localTimeIn(zoneOf(state, businessId)).at(day + DAY_MS / 2, 0, 0);
  if (account.at(from + DAY_MS / 2, 0, 0) < today) return answerMessage(400, "from is in the past");
  return offered.filter((time) => time * 1_000 >= startOf(from) && time * 1_000 < startOf(to + DAY_MS));
}

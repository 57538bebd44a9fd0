import { answerJson, answerNotFound } from "./answers.ts";
import { parameterOf } from "./call.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { APPOINTMENT_TYPE_COLUMNS, PLAIN_COLUMNS, PRACTITIONER_COLUMNS } from "../storage/columns.ts";
import { columnValue, type Columns } from "../storage/filters.ts";
import { answerList, answerOne, type Listing } from "./listing.ts";
import { route, type Route } from "./route.ts";
import type { BaseRow } from "../storage/rows.ts";
import type { ReadableTable } from "../storage/table.ts";

/** The account, its people and its rooms: read only, so that a visitor finds something to look at. */
export function practiceRoutes(state: ClinicState): Route[] {
  const businesses = toListing("businesses", state.businesses, PLAIN_COLUMNS);
  const types = toListing("appointment_types", state.appointmentTypes, APPOINTMENT_TYPE_COLUMNS, [
    "archived_at",
  ]);
  const users = toListing("users", state.users, PLAIN_COLUMNS);
  return [
    route("GET", "/user", (call) => {
      const user = state.users.seenAt(call.userId, state.now());
      return user === undefined ? answerNotFound() : answerJson(200, user.render());
    }),
    route("GET", "/settings", () => answerJson(200, toSettings(state))),
    route("GET", "/settings/public", () => answerJson(200, toPublicSettings(state))),
    ...practitionerRoutes(state),
    ...readRoutes("/businesses", businesses),
    ...readRoutes("/appointment_types", types),
    ...readRoutes("/users", users),
  ];
}

/** Practitioners who left are in a list of their own, and in no other. */
function practitionerRoutes(state: ClinicState): Route[] {
  const everybody = toListing("practitioners", state.practitioners, PRACTITIONER_COLUMNS);
  const who = (active: boolean): Listing => ({
    ...everybody,
    derive: (stored) => (columnValue(stored.row, "active") === active ? stored : undefined),
  });
  return [
    route("GET", "/practitioners", (call) => answerList(call, who(true))),
    route("GET", "/practitioners/inactive", (call) => answerList(call, who(false))),
    route("GET", "/practitioners/:id", (call) => answerOne(call, everybody, parameterOf(call, "id"))),
  ];
}

function readRoutes(path: string, listing: Listing): Route[] {
  return [
    route("GET", path, (call) => answerList(call, listing)),
    route("GET", `${path}/:id`, (call) => answerOne(call, listing, parameterOf(call, "id"))),
  ];
}

function toListing(
  plural: string,
  table: ReadableTable<BaseRow>,
  columns: Columns,
  hiddenBy: Listing["hiddenBy"] = [],
): Listing {
  return { plural, columns, hiddenBy, table };
}

function toPublicSettings(state: ClinicState): Record<string, unknown> {
  return {
    account: {
      name: state.name,
      subdomain: state.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
      country: "Australia",
      country_code: "AU",
      time_zone: state.timeZone,
      time_zone_identifier: state.timeZone,
    },
    online_bookings: { enabled: true },
  };
}

function toSettings(state: ClinicState): Record<string, unknown> {
  return {
    ...toPublicSettings(state),
    calendar: { time_slot_size: 15 },
    terminology: { patient: "Patient", practitioner: "Practitioner" },
    patient_custom_fields_definition: null,
  };
}

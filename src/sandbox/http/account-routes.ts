import type { ClinicState } from "../clinic/clinic-state.ts";
import { answerJson, answerNotFound } from "./answers.ts";
import { route, type Route } from "./route.ts";

/** The account itself: what is no list of records. */
export function accountRoutes(state: ClinicState): Route[] {
  return [
    route("GET", "/user", (call) => {
      const user = state.tables.users.seenAt(call.userId, state.now());
      return user === undefined ? answerNotFound() : answerJson(200, user.render());
    }),
    route("GET", "/settings", () => answerJson(200, toSettings(state))),
    route("GET", "/settings/public", () => answerJson(200, toPublicSettings(state))),
  ];
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

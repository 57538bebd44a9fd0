import type { ClinicState } from "../clinic/clinic-state.ts";
import { answerJson, answerNotFound } from "./answers.ts";
import { route, type Route } from "./route.ts";

/** Whose key it is. */
export function accountRoutes(state: ClinicState): Route[] {
  return [
    route("GET", "/user", (call) => {
      const user = state.tables.users.seenAt(call.userId, state.now());
      return user === undefined ? answerNotFound() : answerJson(200, user.render());
    }),
  ];
}

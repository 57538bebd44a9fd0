import type { ClinicState } from "../clinic/clinic-state.ts";
import type { QueryString } from "./query-string.ts";

/** One authenticated request on its way to a route. */
export interface Call {
  readonly state: ClinicState;
  readonly query: QueryString;
  /** Path below /v1, without the query. */
  readonly path: string;
  /** Values of the route's `:name` segments. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly userId: string;
  /** Where links from page to page lead. */
  readonly pageBase: string;
}

export function parameterOf(call: Call, name: string): string {
  return call.parameters[name] ?? "";
}

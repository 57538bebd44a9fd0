import type { ClinicState } from "../clinic/clinic-state.ts";
import { ONLY_ID, type Single } from "../tables/define-table.ts";
import { specs, tableOf, type TableName } from "../tables/tables.ts";
import { fromSections, toSections, withoutPaths } from "../wire/sections.ts";
import type { WireRecord } from "../wire/record.ts";
import { answerJson, answerNotFound } from "./answers.ts";
import { route, type Route } from "./route.ts";

/** The one object of its kind: the whole, and what everybody is served of it. */
export function singleRoutes(state: ClinicState, name: TableName, { publicly, onlyWhole }: Single): Route[] {
  const { columns, path } = specs[name];
  const seen = (): WireRecord | undefined =>
    tableOf(state.tables, name)
      .seenAt(ONLY_ID, state.faults.listMomentMs(path, state.now(), true))
      ?.render();
  const toPublic = (record: WireRecord): WireRecord => {
    const flat = fromSections(record, Object.keys(columns));
    return toSections(withoutPaths(flat, onlyWhole, state.unknowns.publicSettingsSayNull));
  };
  const answer = (look: (record: WireRecord) => WireRecord) => () => {
    const record = seen();
    return record === undefined ? answerNotFound() : answerJson(200, look(record));
  };
  return [
    route(
      "GET",
      `/${path}`,
      answer((record) => record),
      path,
    ),
    route("GET", `/${path}/${publicly}`, answer(toPublic), `${path}/${publicly}`),
  ];
}

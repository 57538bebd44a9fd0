import type { ConfigSources } from "../config/config-fields.ts";
import { EVENT_TYPES } from "../diff/event-types.ts";
import { PATIENTS } from "../resources/field.ts";
import { RESOURCE_NAMES, resources } from "../resources/registry.ts";

const all = Object.values(resources);

/** The names that what an operator writes is checked against. */
export const NAMEABLE: Omit<ConfigSources, "env" | "readFile"> = {
  eventTypes: EVENT_TYPES,
  resources: RESOURCE_NAMES,
  defaultResources: RESOURCE_NAMES.filter((name) => resources[name].byDefault),
  patients: PATIENTS,
  sensitiveFields: [...new Set(all.flatMap(({ sensitive }) => sensitive))],
  fields: [...new Set(all.flatMap(({ fields }) => Object.keys(fields)))],
};

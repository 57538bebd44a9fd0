import { RESOURCE_NAMES } from "../cliniko/resources.ts";
import type { ConfigSources } from "../config/config-fields.ts";
import { EVENT_TYPES } from "../diff/event-types.ts";
import { projections } from "../diff/projections.ts";

const all = Object.values(projections);

/** The names that what an operator writes is checked against. */
export const NAMEABLE: Pick<ConfigSources, "eventTypes" | "resources" | "sensitiveFields" | "fields"> = {
  eventTypes: EVENT_TYPES,
  resources: RESOURCE_NAMES,
  sensitiveFields: [...new Set(all.flatMap(({ sensitive }) => sensitive))],
  fields: [...new Set(all.flatMap(({ fields }) => Object.keys(fields)))],
};

import type { ConfigSources } from "../config/config-fields.ts";
import { EVENT_TYPES } from "../diff/event-types.ts";
import { linksOf } from "../diff/links.ts";
import { PATIENTS } from "../resources/field.ts";
import { RESOURCE_NAMES, resources } from "../resources/registry.ts";
import { GROUPS } from "../resources/resource.ts";

const all = Object.values(resources);

/** The names that what an operator writes is checked against. */
export const NAMEABLE: Omit<ConfigSources, "env" | "readFile"> = {
  eventTypes: EVENT_TYPES,
  resources: RESOURCE_NAMES,
  resourceGroups: {
    // A group without a resource is no name: an account that named it would read nothing.
    ...Object.fromEntries(
      Object.keys(GROUPS)
        .map((group) => [group, RESOURCE_NAMES.filter((name) => resources[name].group === group)] as const)
        .filter(([, names]) => names.length > 0),
    ),
    all: RESOURCE_NAMES,
  },
  defaultResources: RESOURCE_NAMES.filter((name) => resources[name].byDefault),
  hugeResources: RESOURCE_NAMES.filter((name) => resources[name].isHuge === true),
  patients: PATIENTS,
  sensitiveFields: [...new Set(all.flatMap(({ sensitive }) => sensitive))],
  links: [...new Set(all.flatMap((resource) => [...linksOf(resource).keys()]))],
  fields: [...new Set(all.flatMap(({ fields }) => Object.keys(fields)))],
};

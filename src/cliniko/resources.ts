/** How the upstream lists one kind of record. Source: cliniko-api.md §4, §5. */
export interface Resource {
  /** Path under the base URL; also the key of the rows in a list's envelope. */
  readonly path: ResourceName;
  /** Columns whose wildcard lifts a default exclusion: rows with a value here are hidden unless asked for. */
  readonly hiddenBy: readonly string[];
  /** `deleted_at` is a documented filter, and may hide rows too: very likely it is the older name of `archived_at`. */
  readonly deletedHides: boolean;
  /** The column that says when it takes place: what is near in time is read again often. */
  readonly takesPlaceAt: string | undefined;
  /** Only some of its records are kept (see pollers/authority.ts), so that counting them proves nothing. */
  readonly partlyKept?: boolean;
  /** Old lists that still answer (`/patients/archived`), for accounts that refuse to filter by the column. */
  readonly variants: Readonly<Record<string, string>>;
}

export const RESOURCE_NAMES = [
  "individual_appointments",
  "group_appointments",
  "attendees",
  "patients",
] as const;

export type ResourceName = (typeof RESOURCE_NAMES)[number];

/** Another resource is one more name above and one more entry here (what to watch in it is diff/projections.ts). */
export const resources: Readonly<Record<ResourceName, Resource>> = {
  individual_appointments: {
    path: "individual_appointments",
    deletedHides: true,
    hiddenBy: ["archived_at", "cancelled_at"],
    takesPlaceAt: "starts_at",
    variants: { archived_at: "deleted", cancelled_at: "cancelled" },
  },
  group_appointments: {
    path: "group_appointments",
    deletedHides: true,
    hiddenBy: ["archived_at"],
    takesPlaceAt: "starts_at",
    variants: { archived_at: "deleted" },
  },
  attendees: {
    path: "attendees",
    deletedHides: true,
    hiddenBy: ["archived_at", "cancelled_at"],
    partlyKept: true,
    takesPlaceAt: undefined,
    variants: { archived_at: "deleted", cancelled_at: "cancelled" },
  },
  patients: {
    path: "patients",
    deletedHides: false,
    hiddenBy: ["archived_at"],
    takesPlaceAt: undefined,
    variants: { archived_at: "archived" },
  },
};

export function isResourceName(name: string): name is ResourceName {
  return (RESOURCE_NAMES as readonly string[]).includes(name);
}

/** How we came to know of it. */
export function formatOrigin(origin: string, isService: boolean): string {
  switch (origin) {
    case "live":
      return isService ? "live: told by the service itself" : "live: found by reading what changed";
    case "sweep":
      return "sweep: found when all records were compared";
    case "backfill":
      return "backfill: the present state, asked for by a person";
    case "test":
      return "test: nothing happened in Cliniko";
    default:
      return origin;
  }
}

/** `starts_at, ends_at and 2 more`; nothing changed: what that means. */
export function formatChanged(changed: readonly string[], most = 3): string {
  if (changed.length === 0) return "–";
  const shown = changed.slice(0, most).join(", ");
  return changed.length > most ? `${shown} and ${changed.length - most} more` : shown;
}

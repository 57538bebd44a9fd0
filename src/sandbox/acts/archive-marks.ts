import type { ClinicState } from "../clinic/clinic-state.ts";
import { toEpochSeconds } from "../wire/time.ts";

interface ArchiveMarks {
  readonly archived_at: number | null;
  readonly deleted_at: number | null;
  readonly updated_at: number;
}

/** What archiving a record now writes on it. */
export function archivedNow(state: ClinicState, row: ArchiveMarks): ArchiveMarks {
  const seconds = toEpochSeconds(state.now());
  return {
    archived_at: seconds,
    deleted_at: state.unknowns.archiveSetsDeletedAt ? seconds : row.deleted_at,
    updated_at: state.unknowns.archiveMovesUpdatedAt ? seconds : row.updated_at,
  };
}

/** What taking it out of the archive again writes on it. */
export function unarchivedNow(state: ClinicState): ArchiveMarks {
  return { archived_at: null, deleted_at: null, updated_at: toEpochSeconds(state.now()) };
}

import type { Callback, LoggedEvent } from "../../api/answers.ts";

/** An event as the home page tells it: no values in it. */
export interface Happening {
  readonly id: string;
  readonly type: string;
  readonly account: string;
  readonly subject: { readonly type: string; readonly id: string };
  /** When the service saw it. Null: not known. */
  readonly at: string | null;
  /** It came while the page was open. */
  readonly isNew: boolean;
}

/**
 * The log as it was read last, the newest first, and before it what came since then. What came before is in the log, or is
 * older than all that is shown of it: after a pause there may be more between.
 */
export function latestOf(
  live: readonly Callback[],
  logged: readonly LoggedEvent[],
  most: number,
): readonly Happening[] {
  const read = new Set(logged.map(({ id }) => id));
  const newestMs = Date.parse(logged[0]?.committed_at ?? "") || 0;
  const known = live.findIndex(({ id, observed }) => read.has(id) || Date.parse(observed.at) < newestMs);
  const came = known === -1 ? live : live.slice(0, known);
  const isNew = new Set(live.map(({ id }) => id));
  return [
    ...came.map(({ account, id, observed, subject, type }): Happening => ({
      id,
      type,
      account,
      subject: { type: subject.type, id: subject.id },
      at: observed.at,
      isNew: true,
    })),
    ...logged.map(({ account, committed_at: at, id, subject, type }): Happening => ({
      id,
      type,
      account,
      subject,
      at,
      isNew: isNew.has(id),
    })),
  ].slice(0, most);
}

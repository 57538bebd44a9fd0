export const RESTING_STATES = ["parked", "failed", "delivered"] as const;
export type RestingState = (typeof RESTING_STATES)[number];

/** What is to be sent again, as it stands in the form. */
export interface RecoverDraft {
  /** As the browser's field has them: `2026-11-22T03:15`, by the reader's clock. Empty: no bound. */
  readonly since: string;
  readonly until: string;
  readonly states: readonly RestingState[];
  /** An event type or `<subject>.*`. Empty: all. */
  readonly type: string;
}

export interface RecoverBody {
  readonly since?: string;
  readonly until?: string;
  readonly states: readonly RestingState[];
  readonly types: readonly string[];
}

export const EMPTY_RECOVERY: RecoverDraft = { since: "", until: "", states: ["parked", "failed"], type: "" };

export function toRecoverBody({ since, until, states, type }: RecoverDraft): RecoverBody {
  return {
    ...(since === "" ? {} : { since: toIso(since) }),
    ...(until === "" ? {} : { until: toIso(until) }),
    states,
    types: type === "" ? [] : [type],
  };
}

/** A moment of the reader's clock. What is none stays as it is: the service says so. */
function toIso(local: string): string {
  const moment = new Date(local);
  return Number.isNaN(moment.getTime()) ? local : moment.toISOString();
}

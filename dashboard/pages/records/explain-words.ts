import type { Explanation } from "../../api/answers.ts";
import type { Tone } from "../../components/status/tone.ts";

export type ExplainCode =
  | Explanation["reading"][number]["code"]
  | Explanation["record"][number]["code"]
  | Explanation["events"][number]["code"]
  | Explanation["deliveries"][number]["code"];

export interface CodeWords {
  readonly name: string;
  readonly tone: Tone;
  /** What to do, or what to know besides: the words of docs/explain.md. Empty: nothing. */
  readonly advice: string;
}

/** Every code of an explanation. */
export const EXPLAIN_WORDS: Readonly<Record<ExplainCode, CodeWords>> = {
  account_live: { name: "The account is read", tone: "good", advice: "" },
  resource_not_read: {
    name: "Not read",
    tone: "bad",
    advice: "Add it to the account's resources in the configuration; its first sync is silent.",
  },
  not_read_yet: {
    name: "Not read yet",
    tone: "warn",
    advice: "Does a process run with the role poll? The system page shows it.",
  },
  first_sync_running: {
    name: "First sync under way",
    tone: "idle",
    advice: "What changes while it runs is reported once it is through.",
  },
  key_revoked: {
    name: "Key refused",
    tone: "bad",
    advice: "Give the account a valid key. What happened meanwhile is reported then.",
  },
  reading_quarantined: {
    name: "Quarantined",
    tone: "bad",
    advice: "Look at the account's page, and release it. Nothing is lost meanwhile.",
  },
  reading_late: {
    name: "Read late",
    tone: "bad",
    advice: "The overview says why. What happened meanwhile is reported when it is read.",
  },
  reading_degraded: {
    name: "Cannot be read",
    tone: "warn",
    advice: "It is tried again all the time; what happened meanwhile is reported when it can be read.",
  },
  not_complete_yet: { name: "Not seen yet", tone: "idle", advice: "Ask again in a minute." },
  record_known: { name: "The record is known", tone: "good", advice: "" },
  record_deleted: {
    name: "The record is gone",
    tone: "idle",
    advice: "Cliniko said so, or answered 404 for it twice. Its content is not kept.",
  },
  record_unknown: {
    name: "The record is not known",
    tone: "warn",
    advice: "Is the id right, and does it belong to this account? It may have been forgotten here, too.",
  },
  record_suspected_missing: {
    name: "Suspected missing",
    tone: "warn",
    advice:
      "Absence from a list is no proof: it is asked for by its id, twice, before it is reported as deleted.",
  },
  event_made: { name: "An event was made", tone: "good", advice: "" },
  event_erased: {
    name: "An event was made, and erased",
    tone: "idle",
    advice: "Its patient was forgotten since.",
  },
  no_watched_change: {
    name: "Nothing that is watched changed",
    tone: "idle",
    advice: "Reminders, links and derived states make no event; two changes between two readings make one.",
  },
  first_sync_silent: {
    name: "It was there before",
    tone: "idle",
    advice: "The first sync takes everything over silently. A backfill brings the present state as events.",
  },
  older_than_log: {
    name: "Older than the log",
    tone: "idle",
    advice: "Events are removed after the retention.",
  },
  log_too_long: {
    name: "Too far back",
    tone: "warn",
    advice: "Ask with a moment closer to now, or list the events.",
  },
  delivered: { name: "Delivered", tone: "good", advice: "" },
  waiting: {
    name: "Waiting to be sent",
    tone: "idle",
    advice:
      "It stays so while the endpoint is tried gently after failures, or while nothing runs that delivers.",
  },
  waiting_for_earlier: {
    name: "Blocked",
    tone: "idle",
    advice: "An earlier event of the record comes first.",
  },
  retrying: { name: "Retrying", tone: "warn", advice: "" },
  paused: { name: "Endpoint paused", tone: "warn", advice: "It waits until the endpoint is enabled." },
  parked: { name: "Parked", tone: "bad", advice: "Enable the endpoint, then recover it." },
  failed: { name: "Given up", tone: "bad", advice: "Recovering the endpoint sends it again." },
  other_account: { name: "Other accounts wanted", tone: "idle", advice: "" },
  type_not_wanted: { name: "Type not wanted", tone: "idle", advice: "" },
  condition_not_met: { name: "Condition not met", tone: "idle", advice: "" },
  before_endpoint: {
    name: "Before the endpoint",
    tone: "idle",
    advice: "A backfill brings it the present state.",
  },
  not_routed_yet: {
    name: "Not handed on yet",
    tone: "warn",
    advice: "Does a process run with the role dispatch? The system page shows it.",
  },
  settings_changed_since: {
    name: "Settings changed since",
    tone: "idle",
    advice: "The feed of the endpoint reads the log by its present settings.",
  },
  delivery_forgotten: {
    name: "Too long ago",
    tone: "idle",
    advice: "What became of it is older than attempts are kept.",
  },
};

/** Whether an account is read, and how far. */
export const READING_CODES = [
  "account_live",
  "resource_not_read",
  "not_read_yet",
  "first_sync_running",
  "key_revoked",
  "reading_quarantined",
  "reading_degraded",
  "reading_late",
  "not_complete_yet",
] as const;

/** What is known of the record. */
export const RECORD_CODES = [
  "record_known",
  "record_deleted",
  "record_unknown",
  "record_suspected_missing",
] as const;

/** Which events were made at that time, or why none was. */
export const EVENT_CODES = [
  "event_made",
  "event_erased",
  "no_watched_change",
  "first_sync_silent",
  "older_than_log",
  "log_too_long",
] as const;

/** Why an endpoint was or was not sent an event. */
export const DELIVERY_CODES = [
  "delivered",
  "waiting",
  "waiting_for_earlier",
  "retrying",
  "paused",
  "parked",
  "failed",
  "other_account",
  "type_not_wanted",
  "condition_not_met",
  "before_endpoint",
  "not_routed_yet",
  "settings_changed_since",
  "delivery_forgotten",
] as const;

export type ReadingCode = (typeof READING_CODES)[number];
export type RecordCode = (typeof RECORD_CODES)[number];
export type EventCode = (typeof EVENT_CODES)[number];
export type DeliveryCode = (typeof DELIVERY_CODES)[number];
export type ExplainCode = ReadingCode | RecordCode | EventCode | DeliveryCode;

/** Every code has a heading of its own in docs/explain.md. */
export const EXPLAIN_CODES: readonly ExplainCode[] = [
  ...READING_CODES,
  ...RECORD_CODES,
  ...EVENT_CODES,
  ...DELIVERY_CODES,
];

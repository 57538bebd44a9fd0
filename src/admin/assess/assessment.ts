import type { Severity } from "./severity.ts";

/** What is right or wrong with a thing. docs/operations.md has a line for each that is not `ok`. */
export type Code = OkCode | ProblemCode;

export type OkCode = "live" | "first_sync" | "not_read_yet" | "healthy" | "manned" | "draining" | "usable";

export const PROBLEM_CODES = [
  // A source: one kind of record of one account.
  "key_revoked",
  "account_quarantined",
  "permission_reduced",
  "not_permitted",
  "not_offered",
  "schema_changed",
  "poll_missing",
  "poll_failed",
  "poll_overdue",
  "poll_asleep",
  "budget_blocked",
  "lease_stuck",
  "clock_skew",
  "degraded",
  "first_sync_stuck",
  "source_late",
  "scan_failing",
  "key_suspected",
  "reconcile_failing",
  "budget_shrunk",
  // An endpoint.
  "endpoint_unreadable",
  "endpoint_disabled",
  "endpoint_warned",
  "endpoint_failing",
  "endpoint_paused",
  "delivery_overdue",
  "deliveries_parked",
  // Who works, and on what.
  "worker_missing",
  "queue_overdue",
  "queue_jobs_failed",
  "process_silent",
  "process_slow",
  // Who comes in.
  "sign_ins_failing",
  // Redis.
  "storage_unwritable",
  "storage_unsaved",
  "storage_full",
  "audit_log_full",
  "storage_clock",
  "storage_slow",
  "storage_emptied",
  "storage_went_back",
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export function isProblem(code: Code): code is ProblemCode {
  return PROBLEM_CODES.some((known) => known === code);
}

export type Subject =
  | { readonly kind: "source"; readonly account: string; readonly resource: string }
  | { readonly kind: "budget"; readonly account: string }
  | { readonly kind: "endpoint"; readonly endpoint: string }
  | { readonly kind: "role"; readonly role: "poll" | "dispatch" }
  | { readonly kind: "queue"; readonly queue: string }
  | { readonly kind: "process"; readonly process: string }
  | { readonly kind: "sign_ins" }
  | {
      readonly kind: "storage";
      readonly part: "writes" | "memory" | "clock" | "latency" | "content" | "audit";
    };

/** What is to be said of one thing: the same whoever shows it. */
export interface Assessment {
  readonly subject: Subject;
  readonly severity: Severity;
  readonly code: Code;
  /** When it began, unix ms by our clock; undefined: it is not known, or nothing is wrong. */
  readonly since: number | undefined;
  /** What was found, for a person: statuses, times and counts. */
  readonly detail: string;
}

const STORAGE = {
  writes: "redis",
  memory: "redis memory",
  clock: "clock of redis",
  latency: "redis",
  content: "redis",
  audit: "audit log",
} as const;

/** Its name in tables and lists: `northside/patients`, `endpoint crm`. */
export function nameOf(subject: Subject): string {
  switch (subject.kind) {
    case "source":
      return `${subject.account}/${subject.resource}`;
    case "budget":
      return `budget of ${subject.account}`;
    case "endpoint":
      return `endpoint ${subject.endpoint}`;
    case "role":
      return `role ${subject.role}`;
    case "queue":
      return `queue ${subject.queue}`;
    case "process":
      return `process ${subject.process}`;
    case "sign_ins":
      return "sign-ins";
    case "storage":
      return STORAGE[subject.part];
  }
}

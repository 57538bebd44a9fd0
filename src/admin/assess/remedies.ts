import type { Assessment, Code } from "./assessment.ts";

/** Where docs/operations.md says more, and what to do. The one place for these words. */
const REMEDIES: Readonly<Record<Code, readonly [remedy: string, heading?: string]>> = {
  live: [""],
  first_sync: [""],
  not_read_yet: [""],
  healthy: [""],
  manned: [""],
  draining: [""],
  usable: [""],
  key_revoked: ["give it a valid key", "key_revoked"],
  account_quarantined: ["look at why, then: cliniko-webhooks release %account%", "permission_reduced"],
  permission_reduced: [
    "give the right back in Cliniko, or take it out of the account's resources",
    "permission_reduced",
  ],
  not_permitted: [
    "let the key's user see it in Cliniko, or take it out of the account's resources",
    "not_permitted",
  ],
  not_offered: ["leave it, or take it out of the account's resources", "not_offered"],
  schema_changed: ["look for a newer release", "schema_changed"],
  poll_missing: [
    "it is made anew within a minute while a process with the role poll runs; else start one",
    "no-workers",
  ],
  poll_failed: ["did an older release leave it? start the service again", "queue-jobs-failed"],
  poll_overdue: ["look at the log of the process with the role poll, and start it again", "queue-overdue"],
  poll_asleep: ["to read it now: cliniko-webhooks poll %account%; was a clock set?", "source-late"],
  budget_blocked: ["Cliniko has answered 429: give the service a Cliniko user of its own", "budget-shrunk"],
  lease_stuck: ["a reader that is gone has left its lock: start the service again", "source-stale"],
  clock_skew: ["let this machine keep time (NTP): ages and signatures depend on it", "source-late"],
  degraded: ["it is tried again and again; if it stays: cliniko-webhooks doctor", "degraded"],
  first_sync_stuck: ["is Cliniko answering? cliniko-webhooks doctor", "source-stale"],
  source_late: ["is Cliniko slow, or our share too small? cliniko-webhooks doctor", "source-late"],
  scan_failing: ["nothing yet: it may pass", "why-a-scan-failed"],
  key_suspected: ["nothing yet: it is looked at again within a minute", "key_revoked"],
  reconcile_failing: ["it is tried again by itself", "reconcile-failing"],
  budget_shrunk: [
    "other tools use up the key's requests: give the service a Cliniko user of its own",
    "budget-shrunk",
  ],
  endpoint_unreadable: [
    "put the missing key back under encryption, or: cliniko-webhooks endpoints delete %endpoint%",
    "unreadable-endpoint",
  ],
  endpoint_disabled: [
    "mend it, then: cliniko-webhooks endpoints test %endpoint%, and cliniko-webhooks recover %endpoint% for what is parked",
    "disabled",
  ],
  endpoint_warned: ["mend it, then: cliniko-webhooks endpoints test %endpoint%", "warned"],
  endpoint_failing: ["see what it answers: cliniko-webhooks deliveries list %endpoint%", "failing"],
  endpoint_paused: ["to send to it again: cliniko-webhooks endpoints enable %endpoint%", "paused"],
  delivery_overdue: [
    "is a process with the role dispatch running, and does the receiver answer quickly?",
    "delivery-backlog",
  ],
  deliveries_parked: ["to send what is parked: cliniko-webhooks recover %endpoint%", "disabled"],
  worker_missing: ["start a process with the role %role%", "no-workers"],
  queue_overdue: ["look at the log of its process, and start it again", "queue-overdue"],
  queue_jobs_failed: [
    "a job that this release cannot read: did an older release leave it?",
    "queue-jobs-failed",
  ],
  process_silent: ["is it hanging, or was it killed? after a minute it is taken for gone", "process-silent"],
  process_slow: ["give it more of a processor, or its work to more processes", "process-silent"],
  sign_ins_failing: [
    "the service's log has the addresses: is it a program with a token that was revoked, or somebody who guesses?",
    "sign-ins-failing",
  ],
  storage_unwritable: [
    "nothing is read or delivered until it does: is it full, a replica, or out of disk?",
    "redis",
  ],
  storage_unsaved: ["look at its log: is the disk full?", "redis"],
  storage_full: ["raise maxmemory, or shorten retention", "redis-memory"],
  audit_log_full: ["ship it elsewhere, then let the oldest lines go", "audit-log-full"],
  storage_emptied: ["everything is read anew, silently: see what is to be done again", "backup-and-restore"],
  storage_went_back: ["what was lost is found again: see what is to be done again", "backup-and-restore"],
  storage_slow: ["bring it nearer: a callback takes several answers", "redis"],
  storage_clock: ["let both machines keep time (NTP)", "redis"],
};

/** The headings of docs/operations.md that are named. */
export function headingsNamed(): readonly string[] {
  return Object.values(REMEDIES).flatMap(([, heading]) => heading ?? []);
}

/** What an operator does about it. Undefined: nothing is to be done. */
export function remedyOf({ code, subject }: Pick<Assessment, "code" | "subject">): string | undefined {
  const [words, heading] = REMEDIES[code];
  if (words === "") return undefined;
  const filled = Object.entries(subject).reduce(
    (text, [name, value]) => text.replaceAll(`%${name}%`, value),
    words,
  );
  return heading === undefined ? filled : `${filled} (docs/operations.md#${heading})`;
}

import type { AccountReading } from "../../api/answers.ts";
import type { Tone } from "../../components/status/tone.ts";

type Run = AccountReading["resources"][number]["last_runs"][number];

/** What to do about a scan that failed. docs/operations.md, "Why a scan failed", says more. */
const REMEDIES: Readonly<Record<string, string>> = {
  unauthorized: "Cliniko refuses the key: give the account a new one.",
  forbidden: "The key's user may not see these records: give the right back.",
  rate_limited: "The user's requests are used up, by all its tools together. Goes on by itself.",
  budget_spent:
    "Our own share is used up for the moment. Usual in a first sync; else raise polling.budget_share.",
  unavailable:
    "Cliniko did not answer. Goes on by itself; if it stays, look at the network and status.cliniko.com.",
  not_found: "The list is not there: look at base_url.",
  bad_filter: "Cliniko refuses a filter: another way of reading is tried.",
  malformed: "Something that is not what Cliniko answers: what stands between here and Cliniko?",
  schema_changed: "Records have another shape than documented: look for a newer release.",
};

/** These pass by themselves. */
const PASSING = ["rate_limited", "budget_spent", "unavailable", "bad_filter"];

/** How bad an outcome is, and what to do about it. A scan that stopped gave way; a sweep that stopped met a guard. */
export function judgeRun({ events, kind, outcome }: Pick<Run, "events" | "kind" | "outcome">): {
  readonly tone: Tone;
  readonly remedy: string | undefined;
} {
  if (outcome === "completed") return { tone: events > 0 ? "good" : "idle", remedy: undefined };
  if (outcome === "stopped" && kind === "scan") return { tone: "idle", remedy: undefined };
  return { tone: PASSING.includes(outcome) ? "warn" : "bad", remedy: REMEDIES[outcome] };
}

/** What the steps of reconciliation are called where they are kept. Source: src/pollers/reconcile/reconcile.ts. */
const STEPS: Readonly<Record<string, string>> = {
  "after a merge": "what a merge of patients has moved",
  count: "counted what Cliniko has against what is known",
  suspects: "records that were missing, looked up one by one",
  walk: "went through everything that is known",
};

/** A run's detail, with its step in words: `count: 31 of 120 known records are missing`. */
export function formatRunDetail(detail: string): string {
  const [step = "", ...rest] = detail.split(": ");
  const words = STEPS[step];
  return words === undefined ? detail : [words, ...rest].join(": ");
}

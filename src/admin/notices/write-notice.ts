import { onOneLine } from "../../config/plain-text.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { type ProblemCode, type Subject, isProblem } from "../assess/assessment.ts";
import { remedyOf } from "../assess/remedies.ts";
import { formatSpan } from "../format-span.ts";
import type { News, NoticePlan } from "./plan-notices.ts";

/** What people read, whichever way it comes to them. */
export interface Notice {
  readonly title: string;
  readonly items: readonly NoticeItem[];
  /** Below the items; undefined: nothing. */
  readonly closing: string | undefined;
}

export interface NoticeItem {
  readonly headline: string;
  /** Since when, what was found, what to do. */
  readonly lines: readonly string[];
  /** Where to look. */
  readonly link: string;
}

/** In words for somebody who is woken by them. No record is named, and nobody's name. @param home where the dashboard is */
export function writeNotice(
  { isAllWell, news }: Pick<NoticePlan, "isAllWell" | "news">,
  home: string,
  now: number,
): Notice {
  const items = news.slice(0, MOST_ITEMS).map((one) => toItem(one, home, now));
  const troubles = news.filter(({ trouble }) => trouble).length;
  const [first] = items;
  const left = news.length - items.length;
  const counted = `${troubles} things need somebody: ${items.map(({ headline }) => headline).join("; ")}`;
  return {
    title:
      troubles === 0 && isAllWell
        ? "All is well again"
        : toLine(troubles > 1 ? counted : (first?.headline ?? ""), LONGEST_TITLE),
    items,
    closing: left > 0 ? `And ${left} more: ${home}` : isAllWell ? "All is well again." : undefined,
  };
}

/** Teams takes a message of 28 kB, Slack one of 50 blocks: when everything fails at once, some of it is told all the same. */
const MOST_ITEMS = 10;
const LONGEST_TITLE = 150;
const LONGEST_LINE = 400;

/** What a clinic, a receiver or a resolver said is among it: it makes no line of its own, and steers nothing. */
function toLine(text: string, longest: number): string {
  const line = onOneLine(text);
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

function toItem(news: News, home: string, now: number): NoticeItem {
  const { headline, lines, link } = describe(news, home, now);
  return {
    headline: toLine(headline, LONGEST_TITLE),
    lines: lines.map((line) => toLine(line, LONGEST_LINE)),
    link,
  };
}

function describe({ name, subject, trouble, was }: News, home: string, now: number): NoticeItem {
  const link = `${home}${pathOf(subject)}`;
  if (!trouble) {
    const span =
      was === undefined ? [] : [`It was not since ${toIsoSeconds(was)}, for ${formatSpan(now - was)}.`];
    return {
      headline: `${name} ${subject.kind === "sign_ins" ? "are" : "is"} well again`,
      lines: span,
      link,
    };
  }
  const { others, worst } = trouble;
  const remedy = remedyOf(worst);
  const { code, since } = worst;
  return {
    headline: `${name} ${isProblem(code) ? WORDS[code] : code}`,
    lines: [
      ...(since === undefined ? [] : [`Since ${toIsoSeconds(since)}, for ${formatSpan(now - since)}.`]),
      `Found: ${withoutRecords(worst.detail)}${others > 0 ? ` (and ${others} more of it)` : ""}`,
      ...(remedy === undefined ? [] : [`What to do: ${remedy}`]),
    ],
    link,
  };
}

const HELD = "is held: nothing of it is taken over until a person has looked";
const LATE = "is read late";
const NOT_READ = "is not read: its work is not done";
const NARROW = "is not read whole";

/** The end of a sentence that begins with the thing's name. */
const WORDS: Readonly<Record<ProblemCode, string>> = {
  key_revoked: "is not read: Cliniko refuses its key",
  account_quarantined: HELD,
  permission_reduced: HELD,
  schema_changed: HELD,
  not_permitted: NARROW,
  not_offered: NARROW,
  poll_missing: NOT_READ,
  poll_failed: NOT_READ,
  poll_overdue: NOT_READ,
  poll_asleep: LATE,
  budget_blocked: LATE,
  lease_stuck: LATE,
  clock_skew: "goes by another clock than this machine",
  degraded: LATE,
  first_sync_stuck: "is not read to its end the first time",
  source_late: LATE,
  scan_failing: LATE,
  key_suspected: LATE,
  reconcile_failing: "is read, but not looked through for what its changes do not show",
  budget_shrunk: "is used up by other tools",
  endpoint_unreadable: "cannot be opened: what it is to get waits",
  endpoint_disabled: "is disabled: nothing is sent to it",
  endpoint_warned: "does not take its callbacks, and will be disabled",
  endpoint_failing: "does not take its callbacks",
  endpoint_paused: "is paused: what it is to get waits",
  delivery_overdue: "gets its callbacks late",
  deliveries_parked: "has callbacks that wait for a person",
  worker_missing: "is done by nobody",
  queue_overdue: "stands still",
  queue_jobs_failed: "has jobs that failed for good",
  process_silent: "has fallen silent",
  process_slow: "has more to do than it can",
  sign_ins_failing: "fail again and again",
  storage_unwritable: "cannot be written: nothing is read or delivered",
  storage_unsaved: "is not saved to disk",
  storage_full: "is nearly full",
  audit_log_full: "is full: its oldest lines go",
  storage_clock: "is away from this machine's",
  storage_slow: "answers slowly",
  storage_emptied: "was emptied: everything is read anew",
  storage_went_back: "went back to an older copy",
};

/** Ids of records are a clinic's own business: a number that long is one. */
function withoutRecords(detail: string): string {
  return detail.replaceAll(/\brecord [^\s:;,]+/g, "a record").replaceAll(/\d{8,}/g, "…");
}

function pathOf(subject: Subject): string {
  switch (subject.kind) {
    case "source":
    case "budget":
      return `/accounts/${subject.account}`;
    case "endpoint":
      return `/endpoints/${subject.endpoint}`;
    case "role":
    case "queue":
    case "process":
    case "storage":
      return "/system";
    case "sign_ins":
      return "/system/access";
  }
}

/** A notice that says of itself that nothing has happened. */
export function testNotice(home: string): Notice {
  return {
    title: "A test: nothing has happened",
    items: [
      {
        headline: "This is where you are told that something needs a person, and that it is over",
        lines: ["What failed, since when, and what to do. Never anything of a patient."],
        link: home,
      },
    ],
    closing: undefined,
  };
}

import { GOOD_EVENT } from "./cases-to-take.ts";
import type { GradeCase, Section } from "./grade-case.ts";
import type { Answer } from "./send-post.ts";

export interface CaseResult {
  readonly name: string;
  /** `slow`: as expected, but the subscriber should worry. */
  readonly verdict: "passed" | "slow" | "failed";
  readonly sent: string;
  readonly expected: string;
  readonly came: string;
  /** How the body of an answer that was not expected begins; empty when there is none. */
  readonly excerpt: string;
  readonly why: string;
  readonly mend: string;
  readonly section: Section;
  readonly unseen: string | undefined;
  /** Of all answers, in the order they were sent; 0 where none came. */
  readonly statuses: readonly number[];
  /** 95 of 100 answers came within it, ms. */
  readonly p95Ms: number;
}

/** Beyond this a subscriber is one busy minute away from the deadline. */
const SLOW_MS = 5_000;

const EXPECTED = {
  taken: "2xx within 15 s",
  refused: "4xx (401 is best)",
} as const;

/** Pure. */
export function judgeCase(graded: GradeCase, answers: readonly Answer[]): CaseResult {
  const { name, sent, expected, why, unseen } = graded;
  const wrong = answers.find((answer) => !isAsExpected(expected, answer));
  const p95Ms = percentile95(answers.map(tookMsOf));
  const slow = expected === "taken" && p95Ms > SLOW_MS;
  const cure = wrong ? cureFor(graded, wrong) : slow ? ANSWER_FIRST : undefined;
  return {
    name,
    verdict: wrong ? "failed" : slow ? "slow" : "passed",
    sent,
    expected: slow && !wrong ? "an answer within 5 s, to be far from the deadline" : EXPECTED[expected],
    came: wrong ? describeWrong(wrong, answers, expected) : describe(answers, p95Ms),
    excerpt: wrong?.kind === "answered" ? wrong.excerpt : "",
    why: cure?.why ?? why,
    mend: cure?.mend ?? graded.mend,
    section: cure?.section ?? graded.section,
    unseen: wrong ? undefined : unseen,
    statuses: answers.map((answer) => (answer.kind === "answered" ? answer.status : 0)),
    p95Ms,
  };
}

function isAsExpected(expected: GradeCase["expected"], answer: Answer): boolean {
  if (answer.kind !== "answered") return false;
  const { status } = answer;
  if (expected === "taken") return status >= 200 && status < 300;
  // 410 would switch the endpoint off on the day when a secret is changed on one side alone.
  return status >= 400 && status < 500 && status !== 410;
}

type Cure = Pick<GradeCase, "why" | "mend" | "section">;

const ANSWER_FIRST: Cure = {
  why: "after 15 s the service gives the attempt up and sends the event again: you do the work twice",
  mend: "store the event and answer; do the work afterwards",
  section: "answer-first-then-work",
};

const GONE: Cure = {
  why: "410 switches the endpoint off at once: nothing is sent until somebody enables it",
  mend: "answer 410 only when you never want a callback again, and then only to one whose signature fits",
  section: "what-to-answer",
};

const REDIRECT: Cure = {
  why: "redirects are not followed: a callback goes where the operator said, and nowhere else",
  mend: "give the service the URL that answers itself",
  section: "what-to-answer",
};

const CRASHED: Cure = {
  why: "an accident refused it, not a verification: whoever finds the URL fills your log with errors",
  mend: "catch what the verification throws and answer 401",
  section: "refuse-what-is-not-ours",
};

/** Some answers tell their cause whatever the case was. */
function cureFor({ name, why, expected, mend, section }: GradeCase, answer: Answer): Cure {
  if (answer.kind === "too_slow") return ANSWER_FIRST;
  if (answer.kind === "unreachable") {
    return { why, mend: "look at your log: the connection ended without an answer", section };
  }
  const { status } = answer;
  if (status === 410) return GONE;
  if (status >= 300 && status < 400) return REDIRECT;
  if (expected === "refused") return status >= 500 ? CRASHED : { why, mend, section };
  return name === GOOD_EVENT.name ? cureForGood(status, { why, mend, section }) : { why, mend, section };
}

/** What to look at first when nothing is taken at all. */
function cureForGood(status: number, cure: Cure): Cure {
  if (status === 400 || status === 401 || status === 403) {
    return {
      ...cure,
      mend: "verify with the secret that --secret-env names, and the body as it came, before anything parses it",
      section: "verify-the-bytes-as-they-came",
    };
  }
  if (status === 404 || status === 405) {
    return { ...cure, mend: "give the address of the route that takes callbacks, and let it take POST" };
  }
  return cure;
}

function describeWrong(wrong: Answer, answers: readonly Answer[], expected: GradeCase["expected"]): string {
  const others = answers.filter((answer) => !isAsExpected(expected, answer)).length - 1;
  const more = others > 0 ? `, and ${others} more of ${answers.length} not as expected` : "";
  switch (wrong.kind) {
    case "answered":
      return `${wrong.status} after ${wrong.tookMs} ms${more}`;
    case "too_slow":
      return `no answer within ${wrong.tookMs / 1_000} s${more}`;
    case "unreachable":
      return `no answer: ${wrong.detail}${more}`;
  }
}

function describe(answers: readonly Answer[], p95Ms: number): string {
  const statuses = new Set(answers.map((answer) => (answer.kind === "answered" ? answer.status : 0)));
  const told = [...statuses].join(" and ");
  return answers.length > 1
    ? `${told}, ${answers.length} times, p95 ${p95Ms} ms`
    : `${told} after ${p95Ms} ms`;
}

function tookMsOf(answer: Answer): number {
  return answer.kind === "unreachable" ? 0 : answer.tookMs;
}

/** By nearest rank. */
function percentile95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0;
}

import { type Assessment, nameOf } from "./assessment.ts";
import { type Severity, rankOf, worstOf } from "./severity.ts";

/** What is to be said of an installation, or of the part of it that somebody may see. */
export interface Verdict {
  /** Of the worst. */
  readonly severity: Severity;
  /** Everything that is not `ok`: the worst first, then what concerns the most, then what has been wrong the longest. */
  readonly issues: readonly Assessment[];
}

export function toVerdict(assessments: readonly Assessment[]): Verdict {
  const issues = assessments.filter(({ severity }) => severity !== "ok").toSorted(compareAssessments);
  return { severity: worstOf(issues.map(({ severity }) => severity)), issues };
}

/** What is not read nobody gets, and without Redis or a process there is neither. */
const KINDS = ["storage", "role", "queue", "process", "sign_ins", "budget", "source", "endpoint"] as const;

/** The worst first, then what has been wrong the longest. */
export function compareAssessments(left: Assessment, right: Assessment): number {
  return (
    rankOf(right.severity) - rankOf(left.severity) ||
    KINDS.indexOf(left.subject.kind) - KINDS.indexOf(right.subject.kind) ||
    compareTimes(left.since, right.since) ||
    (nameOf(left.subject) < nameOf(right.subject) ? -1 : 1)
  );
}

/** The longer ago the earlier; what is not known comes last. */
function compareTimes(left: number | undefined, right: number | undefined): number {
  if (left === right) return 0;
  if (left === undefined) return 1;
  return right === undefined ? -1 : left - right;
}

import { type Assessment, nameOf } from "../../admin/assess/assessment.ts";
import { remedyOf } from "../../admin/assess/remedies.ts";
import { formatSpan } from "../../admin/format-span.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { formatTable } from "../terminal/table.ts";

/** One thing that was looked at. */
export interface Finding {
  /** `redis`, `account northside`, `endpoint crm`. */
  readonly what: string;
  /** `note`: nobody is needed. `warn`: it works, and somebody should look. `FAIL`: it does not, or is about to stop. */
  readonly verdict: "ok" | "note" | "warn" | "FAIL";
  readonly detail: string;
  /** What to do about it; for `ok` there is nothing. */
  readonly remedy?: string;
}

export function ok(what: string, detail: string): Finding {
  return { what, verdict: "ok", detail };
}

export function warn(what: string, detail: string, remedy: string): Finding {
  return { what, verdict: "warn", detail, remedy };
}

export function fail(what: string, detail: string, remedy: string): Finding {
  return { what, verdict: "FAIL", detail, remedy };
}

const VERDICTS = { ok: "ok", notice: "note", warning: "warn", critical: "FAIL" } as const;

/** What was judged for everybody, in the words of a list. @param now unix ms */
export function toFinding(assessment: Assessment, now: number): Finding {
  const { detail, severity, since, subject } = assessment;
  const remedy = remedyOf(assessment);
  // Of the others the detail says it already.
  const begun =
    since === undefined || since > now || subject.kind !== "source"
      ? ""
      : `; since ${toIsoSeconds(since)} (${formatSpan(now - since)})`;
  return {
    what: nameOf(subject),
    verdict: VERDICTS[severity],
    detail: detail + begun,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** A line a finding, and under it what to do. */
export function formatFindings(findings: readonly Finding[], paint: Paint): string {
  const rows = findings.map(({ verdict, what, detail }) => [paintState(paint, verdict), what, detail]);
  const lines = formatTable(rows).split("\n");
  return lines
    .flatMap((line, index) => {
      const remedy = findings[index]?.remedy;
      return remedy === undefined ? [line] : [line, `      → ${remedy}`];
    })
    .join("\n");
}

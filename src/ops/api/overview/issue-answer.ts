import type { z } from "zod";

import { type Assessment, isProblem } from "../../../admin/assess/assessment.ts";
import { remedyOf } from "../../../admin/assess/remedies.ts";
import type { Verdict } from "../../../admin/assess/verdict.ts";
import type { Caller } from "../../../admin/access/caller.ts";
import { toIsoOrNull } from "../../../shared/iso-time.ts";
import { type Issue, MOST_ISSUES, type judgementSchema, type verdictSchema } from "./issue-schema.ts";

/** A verdict as the API has it. What to do is for operators: it names commands. */
export function toVerdictAnswer(
  caller: Caller,
  { issues, severity }: Verdict,
): z.infer<typeof verdictSchema> {
  const count = (wanted: Issue["severity"]): number =>
    issues.filter((issue) => issue.severity === wanted).length;
  return {
    severity,
    critical: count("critical"),
    warning: count("warning"),
    notice: count("notice"),
    issues: issues.slice(0, MOST_ISSUES).flatMap((issue) => toIssue(caller, issue)),
  };
}

/** What is to be said of one thing, beside its facts. For operators. */
export function toJudgement({ code, detail, severity, since }: Assessment): z.infer<typeof judgementSchema> {
  return { severity, code, since: toIsoOrNull(since), detail };
}

function withoutKind({
  kind: _kind,
  ...named
}: Exclude<Assessment["subject"], { readonly kind: "sign_ins" | "storage" }>) {
  return named;
}

function toIssue({ role }: Caller, assessment: Assessment): Issue[] {
  const { code, detail, severity, since, subject } = assessment;
  if (severity === "ok" || !isProblem(code)) return [];
  const nothing = { account: null, resource: null, endpoint: null, process: null, queue: null, role: null };
  const named = subject.kind === "storage" || subject.kind === "sign_ins" ? {} : withoutKind(subject);
  const remedy = role === "subscriber" ? null : (remedyOf(assessment) ?? null);
  return [{ severity, code, ...nothing, ...named, since: toIsoOrNull(since), detail, remedy }];
}

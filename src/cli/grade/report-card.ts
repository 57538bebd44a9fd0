import { styleText } from "node:util";

import type { CaseResult } from "./judge-case.ts";
import type { Grade } from "./run-grade.ts";

const MARKS = {
  passed: ["green", "✓"],
  slow: ["yellow", "!"],
  failed: ["red", "✗"],
} as const;

const NAME_WIDTH = 27;
const PAGE = "docs/receiving.md";

/** One line where all is well; otherwise with everything that is needed to mend it. Colours are for a terminal. */
export function formatResult(result: CaseResult, colour: boolean): string {
  const [style, mark] = MARKS[result.verdict];
  const paint = (text: string): string => (colour ? styleText(style, text) : text);
  const line = `${paint(mark)} ${result.name.padEnd(NAME_WIDTH)}`;
  if (result.verdict === "passed") return `${line}${result.came}`;
  return [
    `${line}${paint(result.came)}`,
    `    sent      ${result.sent}`,
    `    expected  ${result.expected}`,
    `    came      ${result.came}${result.excerpt === "" ? "" : `: “${result.excerpt}”`}`,
    `    why       ${result.why}`,
    `    mend      ${result.mend}: ${PAGE}#${result.section}`,
  ].join("\n");
}

/** The end of the card. */
export function formatSummary(grade: Grade, url: string): string {
  switch (grade.kind) {
    case "no_answer":
      return `${url} does not answer (${grade.detail}): start your receiver, or mend the address. Nothing was graded.`;
    case "good_event_refused":
      return `\nThe other ${grade.unplayed} cases were not sent: they show nothing until a good event is taken.`;
    case "graded":
      return summaryOf(grade.results);
  }
}

function summaryOf(results: readonly CaseResult[]): string {
  const count = (verdict: CaseResult["verdict"]): number =>
    results.filter((result) => result.verdict === verdict).length;
  const [failed, slow] = [count("failed"), count("slow")];
  const others = [failed > 0 ? `${failed} failed` : "", slow > 0 ? `${slow} slow` : ""].filter(Boolean);
  const lines = ["", [`${count("passed")} of ${results.length} passed`, ...others].join(", ")];
  const sections = toMend(results);
  if (sections.length > 0) {
    const things = sections.length === 1 ? "1 thing" : `${sections.length} things`;
    lines.push(`${things} to mend: ${sections.map((section) => `${PAGE}#${section}`).join(", ")}`);
  }
  const unseen = results.flatMap((result) => result.unseen ?? []);
  if (unseen.length > 0) {
    lines.push("", "What cannot be seen from outside:", ...unseen.map((text) => `  · ${text}`));
  }
  return lines.join("\n");
}

/** Several cases may have one cause: the sections of docs/receiving.md, each once. */
function toMend(results: readonly CaseResult[]): readonly string[] {
  const wanting = results.filter(({ verdict }) => verdict !== "passed");
  return [...new Set(wanting.map(({ section }) => section))];
}

/** For machines. Names of fields in snake case, as in everything that the command prints as JSON. */
export function gradeToJson(grade: Grade, url: string): string {
  const results = grade.kind === "no_answer" ? [] : grade.results;
  return JSON.stringify(
    {
      url,
      outcome: grade.kind,
      ...(grade.kind === "no_answer" ? { detail: grade.detail } : {}),
      passed: isGreen(grade),
      to_mend: toMend(results).map((section) => `${PAGE}#${section}`),
      results: results.map(({ section, p95Ms, unseen, ...rest }) => ({
        ...rest,
        unseen: unseen ?? null,
        p95_ms: p95Ms,
        see: `${PAGE}#${section}`,
      })),
    },
    null,
    2,
  );
}

/** Nothing failed. What is only slow is a warning: on another day, the same subscriber is quick. */
export function isGreen(grade: Grade): boolean {
  return grade.kind === "graded" && grade.results.every(({ verdict }) => verdict !== "failed");
}

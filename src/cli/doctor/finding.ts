import { type Paint, paintState } from "../paint.ts";
import { formatTable } from "../table.ts";

/** One thing that was looked at. */
export interface Finding {
  /** `redis`, `account northside`, `endpoint crm`. */
  readonly what: string;
  /** `warn`: it works, and somebody should look. `FAIL`: it does not, or is about to stop. */
  readonly verdict: "ok" | "warn" | "FAIL";
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

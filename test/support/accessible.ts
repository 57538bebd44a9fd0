import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** WCAG 2.2 AA and what axe's makers hold for good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** React Aria says a button's wait aloud by pointing at the button for seven seconds: it may be gone by then, with its form. */
const CONTEXT = { exclude: ["[data-live-announcer]"] };

export interface AccessOptions {
  /** Only these of axe's; left out: all of them. */
  readonly rules?: readonly string[];
}

/** Fails on every serious or critical fault of the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await listAccessFaults(page), `${page.url()} is hard to use for some people`).toEqual([]);
}

/**
 * What axe finds serious or critical, with rule, element and help. It runs by the debugger's hand, which the page's
 * Content-Security-Policy does not stop.
 */
export async function listAccessFaults(
  page: Page,
  { rules }: AccessOptions = {},
): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>("typeof axe === 'object'"))) await page.evaluate(source);
  const runOnly = rules ? { type: "rule", values: rules } : RULES;
  const options = { runOnly, resultTypes: ["violations"] };
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(${JSON.stringify(CONTEXT)}, ${JSON.stringify(options)})`,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, target, failureSummary = "" }) =>
        // Without the ids that are others on every page.
        [`${id}: ${help}`, target.join(" "), html.slice(0, 300), failureSummary]
          .join("\n  ")
          .replaceAll(/react-aria[\w-]+/g, "react-aria…"),
      ),
    );
}

import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { EXPLAIN_CODES } from "../../../src/admin/deliveries/explain-codes.ts";

test("docs/explain.md has a heading for every code and no other", () => {
  const page = readFileSync(new URL("../../../docs/explain.md", import.meta.url), "utf8");
  const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
  expect(headings).toEqual([...EXPLAIN_CODES]);
});

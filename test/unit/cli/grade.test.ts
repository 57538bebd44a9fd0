import { readFileSync } from "node:fs";

import { afterEach, expect, test, vi } from "vitest";

import { anyEventSchema } from "../../../src/catalogue/event-catalogue.ts";
import { ALL_CASES } from "../../../src/cli/grade/all-cases.ts";
import { BURST_CASE, GOOD_EVENT } from "../../../src/cli/grade/cases-to-take.ts";
import { SECTIONS } from "../../../src/cli/grade/grade-case.ts";
import { judgeCase } from "../../../src/cli/grade/judge-case.ts";
import { formatResult, isGreen } from "../../../src/cli/grade/report-card.ts";
import { createSampleEvents } from "../../../src/cli/grade/sample-events.ts";
import type { Answer } from "../../../src/cli/grade/send-post.ts";
import { parseDurationMs } from "../../../src/config/duration.ts";
import { eventSchema } from "../../../src/diff/event.ts";
import { MAX_ATTEMPTS, nextStep } from "../../../src/dispatch/policy/retry-policy.ts";

const REJECTED = { kind: "rejected", status: 500, retryAfterMs: undefined, excerpt: "" } as const;
const NOW = Date.parse("2026-11-22T03:15:00Z");

const page = readFileSync(new URL("../../../docs/receiving.md", import.meta.url), "utf8");

afterEach(() => {
  vi.unstubAllEnvs();
});

function samples() {
  let seed = 0;
  return createSampleEvents({
    account: "_grade",
    now: () => NOW,
    random: () => {
      seed = (seed * 48_271 + 11) % 2_147_483_647;
      return seed / 2_147_483_647;
    },
  });
}

const shots = ALL_CASES.flatMap((graded) =>
  graded
    .waves(samples())
    .flat()
    .map((shot) => ({ name: graded.name, ...shot })),
);

test("every made-up event is one of the service's, but for what is new on purpose", () => {
  for (const { name, body, id } of shots) {
    const event: unknown = JSON.parse(body);
    expect(event).toMatchObject({ id });
    if (name === "something new") continue;
    expect(eventSchema.safeParse(event).error, name).toBeUndefined();
    expect(anyEventSchema.safeParse(event).error, name).toBeUndefined();
  }
  const fresh = shots.filter(({ name }) => name === "something new");
  expect(fresh.map(({ body }) => eventSchema.safeParse(JSON.parse(body)).success)).toEqual([
    true,
    false,
    false,
  ]);
});

test("the unusual bytes are unusual, and the same event to whoever parses them", () => {
  for (const { body } of shots.filter(({ name }) => name === "unusual bytes")) {
    expect(JSON.stringify(JSON.parse(body))).not.toBe(body);
  }
  const others = shots.filter(({ name }) => name !== "unusual bytes");
  expect(others.filter(({ body }) => JSON.stringify(JSON.parse(body)) !== body)).toEqual([]);
});

test("the big event has 18 kB, no other comes near, and about 70 are sent", () => {
  const sizes = shots.map(({ name, body }) => [name, Buffer.byteLength(body)] as const);
  const [[, big] = ["", 0], ...others] = sizes.toSorted(([, a], [, b]) => b - a);
  expect(big).toBeGreaterThanOrEqual(18_000);
  expect(big).toBeLessThan(20_000);
  expect(Math.max(...others.map(([, size]) => size))).toBeLessThan(5_000);
  expect(shots).toHaveLength(72);
});

test("each case points into docs/receiving.md, and each place is there", () => {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
  expect(SECTIONS.filter((section) => !headings.includes(section))).toEqual([]);
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = ""]) => anchor);
  expect(links.filter((anchor) => !headings.includes(anchor))).toEqual([]);
  expect(new Set(ALL_CASES.map(({ section }) => section))).toEqual(new Set(SECTIONS));
});

const answered = (tookMs: number, status = 204): Answer => ({
  kind: "answered",
  status,
  tookMs,
  excerpt: "",
});

test("a burst is slow when one answer in ten takes 6 s, and not when one in a hundred does", () => {
  const slow = judgeCase(
    BURST_CASE,
    Array.from({ length: 50 }, (_, index) => answered(index % 10 === 0 ? 6_000 : 10)),
  );
  expect(slow).toMatchObject({ verdict: "slow", p95Ms: 6_000, section: "answer-first-then-work" });
  const quick = judgeCase(
    BURST_CASE,
    Array.from({ length: 100 }, (_, index) => answered(index === 50 ? 6_000 : 10)),
  );
  expect(quick).toMatchObject({ verdict: "passed", p95Ms: 10 });
});

test("what is only slow is green; what took too long is not", () => {
  const slow = judgeCase(GOOD_EVENT, [answered(6_000)]);
  const tooSlow = judgeCase(GOOD_EVENT, [{ kind: "too_slow", tookMs: 15_000 }]);
  expect(slow.verdict).toBe("slow");
  expect(tooSlow).toMatchObject({ verdict: "failed", came: "no answer within 15 s" });
  expect(isGreen({ kind: "graded", results: [slow] })).toBe(true);
  expect(isGreen({ kind: "graded", results: [slow, tooSlow] })).toBe(false);
});

test("an answer that never came is told with its cause", () => {
  const result = judgeCase(BURST_CASE, [
    answered(5),
    { kind: "unreachable", detail: "ECONNRESET" },
    answered(5, 500),
  ]);
  expect(result.came).toBe("no answer: ECONNRESET, and 1 more of 3 not as expected");
  expect(result.mend).toContain("look at your log");
});

test("the card that docs/receiving.md shows is one", () => {
  const passed = judgeCase(GOOD_EVENT, [answered(37)]);
  const unusual = ALL_CASES.filter(({ name }) => name === "unusual bytes");
  const [failed] = unusual.map((graded) => judgeCase(graded, [answered(3, 401), answered(2, 401)]));
  const card = [passed, failed].flatMap((result) => (result ? [formatResult(result, false)] : []));
  expect(page).toContain(`\`\`\`\n${card.join("\n")}\n\`\`\``);
});

test("the schedule in docs/receiving.md is the one that is kept", () => {
  const rows = [...page.matchAll(/^\| (\d+) +\| ([^|]+?) +\| ([^|]*?) +\|$/gm)];
  expect(rows.map(([, attempt]) => Number(attempt))).toEqual(
    Array.from({ length: MAX_ATTEMPTS }, (_, index) => index + 1),
  );
  const duration = (text = ""): number | undefined =>
    parseDurationMs(text.replace(" min", "m").replace(" ", ""));
  for (const [, attempt, wait] of rows.slice(1)) {
    const step = nextStep(Number(attempt) - 1, REJECTED, 0.5);
    expect(step, attempt).toMatchObject({ kind: "retry", delayMs: duration(wait) });
  }
  expect(nextStep(MAX_ATTEMPTS, REJECTED, 0.5)).toEqual({ kind: "give_up" });
});

test("colours are there when they are asked for, and not otherwise", () => {
  vi.stubEnv("FORCE_COLOR", "1");
  vi.stubEnv("NO_COLOR", undefined);
  const result = judgeCase(GOOD_EVENT, [answered(5)]);
  expect(formatResult(result, true)).toContain("\u001B[32m✓");
  expect(formatResult(result, false)).toBe("✓ a good event               204 after 5 ms");
});

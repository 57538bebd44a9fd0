import { describe, expect, test } from "vitest";

import type { Assessment, Code } from "../../../../src/admin/assess/assessment.ts";
import type { Severity } from "../../../../src/admin/assess/severity.ts";
import { type NoticePlan, type ToldStates, planNotices } from "../../../../src/admin/notices/plan-notices.ts";
import { writeNotice } from "../../../../src/admin/notices/write-notice.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-11-29T01:00:00Z");
const HOME = "https://hooks.example.com";

function endpoint(
  code: Code,
  severity: Severity = code === "healthy" ? "ok" : "critical",
  id = "crm",
): Assessment {
  const since = severity === "ok" ? undefined : START - 10 * MINUTE;
  return {
    subject: { kind: "endpoint", endpoint: id },
    severity,
    code,
    since,
    detail: "status 503; 12 wait",
  };
}

function source(
  code: Code,
  severity: Severity = code === "live" ? "ok" : "critical",
  resource = "patients",
): Assessment {
  const since = severity === "ok" ? undefined : START - 10 * MINUTE;
  return {
    subject: { kind: "source", account: "northside", resource },
    severity,
    code,
    since,
    detail: "answered 401",
  };
}

/** What is told at each minute of a night, in headlines. */
function night(
  ...steps: readonly (readonly [minute: number, assessments: readonly Assessment[]])[]
): string[] {
  let told: ToldStates = new Map();
  return steps.flatMap(([minute, assessments]) => {
    const now = START + minute * MINUTE;
    const planned = planNotices(assessments, told, now);
    ({ told } = planned);
    if (planned.news.length === 0) return [];
    const { closing, items } = writeNotice(planned, HOME, now);
    return [
      `${minute}: ${[...items.map(({ headline }) => headline), closing ?? ""].filter(Boolean).join(" | ")}`,
    ];
  });
}

function plan(assessments: readonly Assessment[], told: ToldStates = new Map(), now = START): NoticePlan {
  return planNotices(assessments, told, now);
}

test("a bad night is told step by step, and its end as well", () => {
  const rest = [source("live")];
  expect(
    night(
      [0, [endpoint("healthy"), ...rest]],
      [10, [endpoint("endpoint_failing"), ...rest]],
      [11, [endpoint("endpoint_failing"), ...rest]],
      [40, [endpoint("endpoint_warned"), ...rest]],
      [41, [endpoint("endpoint_disabled"), ...rest]],
      [55, [endpoint("endpoint_disabled"), ...rest]],
      [90, [endpoint("healthy"), ...rest]],
      [120, [endpoint("healthy"), ...rest]],
    ),
  ).toEqual([
    "10: endpoint crm does not take its callbacks",
    "40: endpoint crm does not take its callbacks, and will be disabled",
    "55: endpoint crm is disabled: nothing is sent to it",
    "90: endpoint crm is well again | All is well again.",
  ]);
});

test("of one thing people hear once in a quarter of an hour at most, and then what holds", () => {
  expect(
    night(
      [0, [endpoint("endpoint_failing")]],
      [3, [endpoint("healthy")]],
      [6, [endpoint("endpoint_failing")]],
      [9, [endpoint("healthy")]],
      [12, [endpoint("endpoint_failing")]],
      [16, [endpoint("healthy")]],
      [20, [endpoint("endpoint_failing")]],
      [32, [endpoint("endpoint_failing")]],
    ),
  ).toEqual([
    "0: endpoint crm does not take its callbacks",
    "16: endpoint crm is well again | All is well again.",
    "32: endpoint crm does not take its callbacks",
  ]);
});

test("what happens shortly after a notice comes together in the next one", () => {
  expect(
    night(
      [0, [endpoint("endpoint_failing"), endpoint("healthy", "ok", "erp"), source("live")]],
      [
        1,
        [
          endpoint("endpoint_failing"),
          endpoint("endpoint_failing", "critical", "erp"),
          source("key_revoked"),
        ],
      ],
      [
        2,
        [
          endpoint("endpoint_failing"),
          endpoint("endpoint_failing", "critical", "erp"),
          source("key_revoked"),
        ],
      ],
    ),
  ).toEqual([
    "0: endpoint crm does not take its callbacks",
    "2: account northside is not read: Cliniko refuses its key | endpoint erp does not take its callbacks",
  ]);
});

test("an account is one thing, however many of its resources fail, and each word for being late is the same", () => {
  const { news } = plan([
    source("degraded"),
    source("source_late", "warning", "invoices"),
    source("live", "ok", "taxes"),
  ]);

  expect(news.map(({ name, trouble }) => [name, trouble?.state, trouble?.others])).toEqual([
    ["account northside", "late", 1],
  ]);
  expect(
    night([0, [source("degraded")]], [20, [source("source_late")]], [40, [source("scan_failing", "notice")]]),
  ).toEqual([
    "0: account northside is read late",
    "40: account northside is well again | All is well again.",
  ]);
});

describe("what is told of", () => {
  for (const [code, state] of [
    ["key_revoked", "key_revoked"],
    ["account_quarantined", "held"],
    ["schema_changed", "held"],
    ["permission_reduced", "held"],
    ["source_late", "late"],
    ["poll_missing", "late"],
  ] as const) {
    test(`an account that is ${code}`, () => {
      expect(plan([source(code)]).news[0]?.trouble?.state).toBe(state);
    });
  }
});

test("nobody is told of a notice, and of an endpoint that a person paused", () => {
  expect(plan([endpoint("endpoint_paused", "notice"), source("not_offered", "notice")]).news).toEqual([]);
});

test("an endpoint that was deleted is not told as well again", () => {
  const { told } = plan([endpoint("endpoint_disabled")]);
  const later = plan([source("live")], told, START + 60 * MINUTE);

  expect(later.news).toEqual([]);
  expect(later.told.size).toBe(0);
});

test("a clock that was set back holds nothing up", () => {
  const { told } = plan([endpoint("endpoint_failing")], new Map(), START + 24 * 60 * MINUTE);

  expect(plan([endpoint("endpoint_disabled")], told, START).news).toHaveLength(1);
});

test("what is remembered is forgotten a quarter of an hour after it is over", () => {
  const well = plan([endpoint("healthy")], plan([endpoint("endpoint_failing")]).told, START + 20 * MINUTE);
  expect(well.told.size).toBe(1);
  expect(plan([endpoint("healthy")], well.told, START + 36 * MINUTE).told.size).toBe(0);
});

describe("a notice", () => {
  const troubles = plan([
    endpoint("endpoint_disabled"),
    { ...source("schema_changed"), detail: "record 1390726237298631770: starts_at is odd" },
  ]);
  const { items, title, closing } = writeNotice(troubles, HOME, START);

  test("says what failed, since when, what to do, and where to look", () => {
    expect(items[1]).toEqual({
      headline: "endpoint crm is disabled: nothing is sent to it",
      lines: [
        "Since 2026-11-29T00:50:00Z, for 10 min.",
        "Found: status 503; 12 wait",
        expect.stringMatching(/^What to do: mend it, then: cliniko-webhooks endpoints test crm/),
      ],
      link: "https://hooks.example.com/endpoints/crm",
    });
    expect(title).toMatch(/^2 things need somebody: account northside is held/);
    expect(closing).toBeUndefined();
  });

  test("names no record", () => {
    expect(JSON.stringify(items)).not.toMatch(/1390726237298631770/);
    expect(items[0]?.lines).toContainEqual(expect.stringContaining("starts_at is odd"));
  });

  test("of an end says since when it was wrong", () => {
    const well = plan([endpoint("healthy")], plan([endpoint("endpoint_failing")]).told, START + 60 * MINUTE);
    const notice = writeNotice(well, HOME, START + 60 * MINUTE);

    expect(notice).toMatchObject({ title: "All is well again", closing: "All is well again." });
    expect(notice.items[0]?.lines).toEqual(["It was not since 2026-11-29T00:50:00Z, for 70 min."]);
  });
});

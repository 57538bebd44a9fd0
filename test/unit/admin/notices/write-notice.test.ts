import { expect, test } from "vitest";

import { PROBLEM_CODES } from "../../../../src/admin/assess/assessment.ts";
import type { News } from "../../../../src/admin/notices/plan-notices.ts";
import { writeNotice } from "../../../../src/admin/notices/write-notice.ts";
import { toPlainText, toSlackBody, toTeamsBody } from "../../../../src/dispatch/notices/notice-body.ts";

const HOME = "https://hooks.example.com";
/** What a clinic or a receiver could have somebody said of it: lines of ours, links, mentions, a terminal's title. */
const HOSTILE =
  "status 503\r\nWhat to do: open [this](https://evil.example) or <https://evil.example|this>\n\n<!channel> \u001b]0;x\u0007\u202e";

function newsOf(count: number, detail: string): News[] {
  return Array.from({ length: count }, (_, index) => {
    const subject = { kind: "endpoint", endpoint: `crm-${index}` } as const;
    const worst = { subject, severity: "critical", code: "endpoint_failing", since: 0, detail } as const;
    return {
      ...{ name: `endpoint crm-${index}`, subject, was: undefined },
      trouble: { state: "endpoint_failing", worst, others: 0 },
    };
  });
}

test("what somebody else has said makes no line, no link and no mention in any notice", () => {
  const notice = writeNotice({ isAllWell: false, news: newsOf(1, HOSTILE) }, HOME, 60_000);

  const lines = toPlainText(notice).split("\n");
  expect(lines.filter((line) => line.startsWith("What to do"))).toHaveLength(1);
  expect(lines.find((line) => line.startsWith("What to do"))).not.toContain("evil");
  const slack = JSON.stringify(toSlackBody(notice));
  expect(slack).toContain("&lt;!channel&gt;");
  expect(slack.match(/<[^>]*>/g)).toEqual([`<${HOME}/endpoints/crm-0|Look at it>`]);
  expect(slack.match(/"mrkdwn"/g)).toHaveLength(slack.match(/"verbatim":true/g)?.length ?? 0);
  // In a TextBlock, Teams would read Markdown.
  expect(JSON.stringify(toTeamsBody(notice))).not.toContain(`"TextBlock"`);
  for (const text of [toPlainText(notice), JSON.parse(slack).text as string])
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
});

test.for(PROBLEM_CODES)(
  "%s is told in a sentence: since when, what was found, what to do, and one link",
  (code) => {
    const [one] = newsOf(1, "503 three times");
    if (!one?.trouble) throw new Error("there is one");
    const news = { ...one, trouble: { ...one.trouble, worst: { ...one.trouble.worst, code } } };
    const text = toPlainText(writeNotice({ isAllWell: false, news: [news] }, HOME, 60_000));

    expect(text.split("\n").map((line) => line.split(" ")[0])).toEqual([
      ...["endpoint", "Since", "Found:", "What", `${HOME}/endpoints/crm-0`, ""],
    ]);
    expect(text).toContain("\nSince 1970-01-01T00:00:00Z, for 60 s.\n");
    expect(text.split("\n")[0]).not.toMatch(/_|\b(?:storage|queue|poll|process|source)\b/);
    expect(text.match(/https?:/g)).toHaveLength(1);
  },
);

test("however much fails at once, and however long it is told, a notice is one that the tools take", () => {
  const notice = writeNotice({ isAllWell: false, news: newsOf(1_000, "&é ".repeat(5_000)) }, HOME, 60_000);

  expect(notice.closing).toBe(`And 990 more: ${HOME}`);
  expect(notice.title.length).toBeLessThanOrEqual(150);
  expect(Buffer.byteLength(JSON.stringify(toTeamsBody(notice)))).toBeLessThan(28_000);
  expect(Buffer.byteLength(JSON.stringify(toSlackBody(notice)))).toBeLessThan(50_000);
});

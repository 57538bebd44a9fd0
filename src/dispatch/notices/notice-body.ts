/** What people read; see admin/notices. */
export interface NoticeText {
  readonly title: string;
  readonly items: readonly {
    readonly headline: string;
    readonly lines: readonly string[];
    readonly link: string;
  }[];
  readonly closing: string | undefined;
}

/** A mail's text. */
export function toPlainText({ closing, items }: NoticeText): string {
  const parts = items.map(({ headline, lines, link }) => [headline, ...lines, link].join("\n"));
  return `${[...parts, ...(closing === undefined ? [] : [closing])].join("\n\n")}\n`;
}

/** As Slack's incoming webhooks take it. Source: docs.slack.dev, "Sending messages using incoming webhooks". */
export function toSlackBody({ closing, items, title }: NoticeText): object {
  const parts = items.map(({ headline, lines, link }) =>
    [`*${escapeSlack(headline)}*`, ...lines.map(escapeSlack), `<${link}|Look at it>`].join("\n"),
  );
  const all = [...parts, ...(closing === undefined ? [] : [escapeSlack(closing)])];
  // `text` is what a phone shows of it.
  return { text: escapeSlack(title), blocks: all.slice(0, 50).map(section) };
}

function section(text: string): object {
  return {
    type: "section",
    // verbatim: what looks like an address or a channel is no link.
    text: { type: "mrkdwn", text: text.slice(0, 3_000), verbatim: true },
  };
}

function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * An adaptive card, as the webhooks of Teams' workflows take it. In runs of text: in a TextBlock, `[…](…)` would be a link.
 * Source: adaptivecards.microsoft.com, RichTextBlock.
 */
export function toTeamsBody({ closing, items, title }: NoticeText): object {
  const body = items.flatMap(({ headline, lines }) => [
    block(headline, "Medium", { weight: "Bolder" }),
    ...lines.map((line) => block(line, "None")),
  ]);
  const actions = items
    .slice(0, 6)
    .map(({ headline, link }) => ({ type: "Action.OpenUrl", title: headline.slice(0, 60), url: link }));
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      block(title, "Default", { size: "Medium", weight: "Bolder" }),
      ...body,
      ...(closing === undefined ? [] : [block(closing, "Default")]),
    ],
    actions,
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }],
  };
}

function block(text: string, spacing: string, more: object = {}): object {
  return { type: "RichTextBlock", spacing, inlines: [{ type: "TextRun", text, ...more }] };
}

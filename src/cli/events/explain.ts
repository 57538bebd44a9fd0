import { noteReading } from "../../admin/accounts/note-reading.ts";
import { explain } from "../../admin/deliveries/explain.ts";
import type { Config } from "../../config/config.ts";
import { toExplanationAnswer } from "../../ops/api/records/explanation-answer.ts";
import { ENDLESS } from "../../store/events/patience.ts";
import { cliCaller } from "../access/cli-caller.ts";
import type { Paint } from "../terminal/paint.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { withBase } from "../with-base.ts";
import { findAccountOrThrow } from "../accounts/accounts.ts";
import { resources } from "../../resources/registry.ts";

type Print = (line: string) => void;

/** Why an event was or was not made of a record, and was or was not sent. */
export async function explainRecord(
  config: Config,
  {
    account,
    subject,
    id,
    at,
  }: {
    readonly account: string;
    readonly subject: string;
    readonly id: string;
    readonly at: number | undefined;
  },
  { json, paint }: { readonly json: boolean; readonly paint: Paint },
  print: Print,
): Promise<void> {
  const configured = findAccountOrThrow(config, account);
  const explained = await withBase(config, async (base) => {
    const shown = { account, subject: { type: subject, id } };
    await noteReading(base, cliCaller(), { via: "cli", what: "explainRecord", shown });
    return await explain(base, cliCaller(), configured, { subject, id, at }, ENDLESS);
  });
  if (!explained) {
    const subjects = Object.values(resources).map((known) => known.subject);
    throw problemAt(
      "<subject>",
      `there is no kind of record "${subject}"`,
      `use one of: ${subjects.join(", ")}`,
    );
  }
  const { reading, record, events, deliveries } = explained;
  if (json) {
    print(JSON.stringify(toExplanationAnswer(explained), null, 2));
    return;
  }
  const say = (heading: string, lines: readonly string[]): void => {
    if (lines.length > 0) print([heading, ...lines].join("\n"));
  };
  const line = ({ code, text }: { readonly code: string; readonly text: string }): string =>
    `  ${text} ${paint("quiet", `(${code})`)}`;
  say("Is the account read?", reading.map(line));
  say("What is known of the record?", record.map(line));
  say(
    "Was an event made?",
    events.map((event) => line(event) + (event.eventId ? `\n    ${event.eventId}` : "")),
  );
  say(
    "Was it sent?",
    deliveries.map((step) => `  ${step.endpoint}, ${step.eventId}:\n  ${line(step)}`),
  );
  print(paint("quiet", "What each code means, and what to do: docs/explain.md"));
}

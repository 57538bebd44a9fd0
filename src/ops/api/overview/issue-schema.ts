import { z } from "zod";

import { PROBLEM_CODES } from "../../../admin/assess/assessment.ts";
import { SEVERITIES } from "../../../admin/assess/severity.ts";

export const severitySchema = z.enum(SEVERITIES).meta({
  description:
    "notice: as a person wants it, or it mends itself · warning: a promise is not kept, somebody should look · critical: it stands still or is about to, and needs a person.",
});

export const codeSchema = z.string().meta({
  description: "Why it is not `ok`, as in the verdict of the overview; otherwise how it is.",
});

/** What is to be said of one thing: the same whoever shows it. */
export const judgementSchema = z
  .strictObject({
    severity: severitySchema,
    code: codeSchema,
    since: z
      .string()
      .nullable()
      .meta({ format: "date-time", description: "Null: not known, or nothing is wrong." }),
    detail: z.string().meta({ description: "What was found, for a person." }),
  })
  .meta({ id: "Judgement", description: "Whether one thing is as it should be." });

const named = (what: string) =>
  z
    .string()
    .nullable()
    .meta({ description: `${what} Null: it is about something else.` });

const issueSchema = z
  .strictObject({
    severity: severitySchema.exclude(["ok"]),
    code: z.enum(PROBLEM_CODES).meta({ description: "docs/operations.md says of each what to do." }),
    account: named("The account."),
    resource: named("The kind of record."),
    endpoint: named("The endpoint."),
    queue: named("The queue."),
    process: named("The process, by its machine and number."),
    role: named("The role that no process has."),
    since: z.string().nullable().meta({ format: "date-time", description: "Null: not known." }),
    detail: z.string().meta({ description: "What was found, for a person." }),
    remedy: z.string().nullable().meta({ description: "What to do about it. For operators." }),
  })
  .meta({ id: "Issue", description: "Something that is not as it should be." });
export type Issue = z.infer<typeof issueSchema>;

/** How many issues are told; what is left out is counted. */
export const MOST_ISSUES = 50;

export const verdictSchema = z
  .strictObject({
    severity: severitySchema.meta({
      description: "Of the worst issue. ok and notice: nothing stands still, and every promise is kept.",
    }),
    critical: z.int(),
    warning: z.int(),
    notice: z.int(),
    issues: z.array(issueSchema).meta({ description: `At most ${MOST_ISSUES}, the worst first.` }),
  })
  .meta({ id: "Verdict", description: "Whether all is well: commands, metrics and alerts say the same." });

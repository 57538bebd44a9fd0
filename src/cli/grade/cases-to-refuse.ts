import { shotOf } from "./cases-to-take.ts";
import type { GradeCase, Post } from "./grade-case.ts";

/** Twice the five minutes that every library of Standard Webhooks allows. */
const SKEW_SECONDS = 600;

const ANYBODY = "whoever finds the URL could tell your system about appointments that do not exist";

/** Each differs from a good event in the one thing that it is named after. */
export const CASES_TO_REFUSE: readonly GradeCase[] = [
  {
    name: "no signature",
    sent: "a good event without the three webhook- headers",
    expected: "refused",
    why: ANYBODY,
    mend: "answer 401 when webhook-id, webhook-timestamp or webhook-signature is missing",
    section: "refuse-what-is-not-ours",
    waves: (sample) => [[{ ...shotOf(sample.rescheduled()), spoil: ({ body }) => ({ headers: {}, body }) }]],
  },
  {
    name: "a wrong signature",
    sent: "a good event whose signature has the right form and fits nothing",
    expected: "refused",
    why: ANYBODY,
    mend: "answer 401 when no signature fits",
    section: "refuse-what-is-not-ours",
    waves: (sample) => [[{ ...shotOf(sample.rescheduled()), spoil: withFlippedSignature }]],
  },
  {
    name: "another secret",
    sent: "a good event, signed with a secret that is not yours",
    expected: "refused",
    why: `${ANYBODY}, and with a signature`,
    mend: "verify with your secret alone, and never with a key that came with the request",
    section: "refuse-what-is-not-ours",
    waves: (sample) => [[{ ...shotOf(sample.rescheduled()), signedBy: ["stranger"] }]],
  },
  {
    name: "a changed body",
    sent: "a good event with one value changed after it was signed",
    expected: "refused",
    why: "whoever sits in between could move appointments",
    mend: "put the body into what is verified: id, timestamp and body, with dots between",
    section: "refuse-what-is-not-ours",
    waves: (sample) => [[{ ...shotOf(sample.rescheduled()), spoil: withAnotherSequence }]],
  },
  {
    name: "only a scheme to come",
    sent: "a good event with no signature but one of a version that does not exist yet (v9)",
    expected: "refused",
    why: "versions that you do not know are passed over; when none is left, nothing was verified",
    mend: "take an event because a signature fits, not because none failed",
    section: "refuse-what-is-not-ours",
    waves: (sample) => [[{ ...shotOf(sample.rescheduled()), spoil: withUnknownVersion }]],
  },
  {
    name: "an old attempt",
    sent: "a good event whose webhook-timestamp is ten minutes old, signed so",
    expected: "refused",
    why: "whoever recorded a callback could play it again for ever",
    mend: "answer 401 when webhook-timestamp is more than 5 minutes from your clock",
    section: "refuse-old-attempts",
    waves: (sample) => [[{ ...shotOf(sample.rescheduled()), skewSeconds: -SKEW_SECONDS }]],
  },
  {
    name: "an attempt from the future",
    sent: "a good event whose webhook-timestamp is ten minutes ahead, signed so",
    expected: "refused",
    why: "it could be played again until its time has come and gone",
    mend: "answer 401 when webhook-timestamp is more than 5 minutes from your clock, either way",
    section: "refuse-old-attempts",
    waves: (sample) => [[{ ...shotOf(sample.rescheduled()), skewSeconds: SKEW_SECONDS }]],
  },
];

function withSignature(
  { headers, body }: Post,
  change: (version: string, signature: string) => string,
): Post {
  const [version = "", signature = ""] = (headers["webhook-signature"] ?? "").split(",");
  return { headers: { ...headers, "webhook-signature": change(version, signature) }, body };
}

/** Of the same length: a comparison of lengths must not be enough. */
function withFlippedSignature(post: Post): Post {
  return withSignature(post, (version, signature) => {
    const bytes = Buffer.from(signature, "base64").map((byte) => byte ^ 0xff);
    return `${version},${Buffer.from(bytes).toString("base64")}`;
  });
}

function withUnknownVersion(post: Post): Post {
  return withSignature(post, (_version, signature) => `v9,${signature}`);
}

/** A change that JSON shows: spacing alone would be put right by whoever writes the body anew. */
function withAnotherSequence({ headers, body }: Post): Post {
  return { headers, body: body.replace(/"sequence":\d+/, '"sequence":99') };
}

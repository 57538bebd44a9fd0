import { sampleRelated } from "../../catalogue/sample-related.ts";
import { callbackBody } from "../../diff/callback-body.ts";
import { type WebhookEvent, renderPayload } from "../../diff/event.ts";
import { sensitiveFieldsOf } from "../../resources/registry.ts";
import type { GradeCase, Post, Shot } from "./grade-case.ts";

const DAY_MINUTES = 24 * 60;

/** The size that Standard Webhooks advises to stay under is 20 kB; large events of ours come near it. */
const BIG_NOTES = 16_000;

/** The first: nothing else can be judged as long as a plain event is not taken. */
export const GOOD_EVENT: GradeCase = {
  name: "a good event",
  sent: "an event like any other, rightly signed",
  expected: "taken",
  why: "whatever else is answered counts as a failure: it is sent again for three days, then given up",
  mend: "answer 2xx to a POST at this URL once the signature fits",
  section: "what-to-answer",
  waves: (sample) => [[shotOf(sample.rescheduled())]],
};

export const CASES_TO_TAKE: readonly GradeCase[] = [
  {
    name: "unusual bytes",
    sent: "JSON with tabs, line ends and escapes where a library would write none; signed as it stands",
    expected: "taken",
    why: "the signature covers the bytes, and JSON that was parsed and written again has others",
    mend: "verify the body before anything parses it, and never what JSON.stringify makes of it",
    section: "verify-the-bytes-as-they-came",
    waves: (sample) => [
      [shotOf(sample.rescheduled(), spreadOut), shotOf(sample.patientUpdated(20), withEscapes)],
    ],
  },
  {
    name: "a big event",
    sent: "an event of 18 kB",
    expected: "taken",
    why: "a record with long texts comes near 20 kB, and one that is refused for its size never arrives",
    mend: "let the body be 1 MB at least, in the framework and in the proxy before it",
    section: "verify-the-bytes-as-they-came",
    waves: (sample) => [[shotOf(sample.patientUpdated(BIG_NOTES))]],
  },
  {
    name: "a late event",
    sent: "a change of three days ago in an attempt of now: its `timestamp` is old, `webhook-timestamp` is not",
    expected: "taken",
    why: "an event that could not be delivered is tried for three days, and one that is recovered is older still",
    mend: "hold the header webhook-timestamp against the clock, never the event's own `timestamp`",
    section: "late-events",
    waves: (sample) => [[shotOf(sample.rescheduled({ minutesAgo: 3 * DAY_MINUTES }))]],
  },
  {
    name: "a duplicate",
    sent: "one event, and then the same again twice at once, with the same webhook-id",
    expected: "taken",
    why: "an answer that got lost brings the event again; refused, it would come for three days",
    mend: "answer 2xx to a webhook-id that you have, and do nothing more; let the database's unique key decide",
    section: "duplicates",
    unseen: "a duplicate was answered; that it is worked off once only, you alone can see",
    waves: (sample) => {
      const again = shotOf(sample.rescheduled());
      return [[again], [again, again]];
    },
  },
  {
    name: "out of order",
    sent: "two events of one appointment, the later one (`sequence` 3) before the earlier one (2)",
    expected: "taken",
    why: "a retry arrives after what happened meanwhile",
    mend: "answer 2xx to both; let an event with a lower `sequence` than you have, and not read later (`observed.at`), overwrite nothing",
    section: "order",
    unseen: "both orders were answered; that the older event overwrote nothing, you alone can see",
    waves: (sample) => {
      const recordId = sample.recordId();
      return [
        [shotOf(sample.rescheduled({ recordId, sequence: 3, minutesAgo: 1 }))],
        [shotOf(sample.rescheduled({ recordId, sequence: 2, minutesAgo: 2 }))],
      ];
    },
  },
  {
    name: "something new",
    sent: "a type that does not exist yet, a known one with fields that do not exist yet, and one with the records that it leads to",
    expected: "taken",
    why: "types and fields are added without notice; refused, each would be sent for three days",
    mend: "answer 2xx to a type that you do not know, and ignore fields that you do not know",
    section: "what-may-be-added",
    waves: (sample) => {
      const unknown = { ...sample.rescheduled(), type: "appointment.teleported" };
      const extended = { ...sample.rescheduled(), added_later: { to: ["every", "reader"] } };
      return [[shotOf(unknown), shotOf(extended), expandedShotOf(sample.rescheduled())]];
    },
  },
  {
    name: "a rotated secret",
    sent: "two signatures: the first by another secret, the second by yours",
    expected: "taken",
    why: "while a secret is being changed, every callback is signed with the new and the old one",
    mend: "try every signature in webhook-signature: they are separated by blanks, and one that fits is enough",
    section: "changing-the-secret",
    waves: (sample) => [[{ ...shotOf(sample.rescheduled()), signedBy: ["stranger", "subscriber"] }]],
  },
  {
    name: "a scheme to come",
    sent: "your signature beside one of a version that does not exist yet (v9)",
    expected: "taken",
    why: "a second scheme may be put beside the first one, as v1a was",
    mend: "pass over signatures whose version you do not know, and go on to the next",
    section: "changing-the-secret",
    waves: (sample) => [[{ ...shotOf(sample.rescheduled()), spoil: besideUnknownVersion }]],
  },
];

/** How many callbacks the service may bring at once after an outage. */
const BURST = 50;

/** The last: what it does to the subscriber must not colour the other answers. */
export const BURST_CASE: GradeCase = {
  name: "a burst",
  sent: `${BURST} events at once`,
  expected: "taken",
  why: "a bulk edit in the clinic, or the end of an outage, brings many at once; who is slow is called less",
  mend: "store the event and answer; do the work afterwards",
  section: "answer-first-then-work",
  waves: (sample) => [Array.from({ length: BURST }, () => shotOf(sample.rescheduled()))],
};

/** An event as the service sends it to an endpoint that may see notes; `write` spells the same JSON in another way. */
export function shotOf(event: WebhookEvent, write: (json: string) => string = (json) => json): Shot {
  const json = renderPayload(event, sensitiveFieldsOf(event.subject.type), "full", ["notes"]);
  return { id: event.id, body: write(json) };
}

/** As for an endpoint that asks for everything. */
function expandedShotOf(event: WebhookEvent): Shot {
  const view = { payload: "full", include: ["notes"], expand: ["*"], localTime: true } as const;
  return { id: event.id, body: callbackBody(event, sampleRelated(event), view) };
}

function spreadOut(json: string): string {
  const spaced = JSON.stringify(JSON.parse(json), null, "\t");
  return `${spaced.replaceAll("\n", "\r\n").replaceAll('":', '" :')}\r\n`;
}

/** Some of the letters, so that others beside them stay as they are. */
function withEscapes(json: string): string {
  return json.replaceAll("/", "\\/").replaceAll("ñ", "\\u00f1").replaceAll("Prefers", "\\u0050refers");
}

function besideUnknownVersion({ headers, body }: Post): Post {
  const unknown = `v9,${Buffer.alloc(48, 9).toString("base64")}`;
  return { headers: { ...headers, "webhook-signature": `${unknown} ${headers["webhook-signature"]}` }, body };
}

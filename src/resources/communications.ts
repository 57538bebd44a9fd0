import { defineResource } from "./define-resource.ts";
import {
  boolean,
  clinical,
  instant,
  integer,
  linkBesides,
  optionalLink,
  patientLinkIfAny,
  personal,
  text,
} from "./field.ts";
import { linkTo } from "./link-to.ts";
import { archiving, deletion } from "./rules.ts";
import { type Read, type Transition, defineRule } from "./transition.ts";

const SENT = 1;
const RECEIVED = 2;
const MEMO = 12;

/** Codes, and links with which a password is set: whoever reads one gets in. Source: docs/upstream.md §5. */
const LET_IN = [11, 25, 42, 43, 44, 45, 46, 47];

const appearing = (direction_code: number, words: Pick<Transition, "title" | "when">): Transition => ({
  ...words,
  notWhen: "it is a memo",
  appearance: true,
  example: ({ created_at: at }) => ({ how: "new", at: String(at), after: { direction_code } }),
});

function hasGone(read: Read, direction: number): boolean {
  return read("direction_code") === direction && read("category_code") !== MEMO;
}

/** On first sight. A memo records what was said: nothing is sent. */
const passing = defineRule({
  tells: {
    sent: appearing(SENT, {
      title: "{it} sent",
      when: "there is a new one that went out: Cliniko recorded it as sent, and not whether it arrived",
    }),
    received: appearing(RECEIVED, { title: "{it} received", when: "there is a new one that came in" }),
  },
  fields: ["direction_code", "category_code"],
  detect(before, after) {
    if (before) return [];
    return [
      ...(hasGone(after, SENT) ? ["sent" as const] : []),
      ...(hasGone(after, RECEIVED) ? ["received" as const] : []),
    ];
  },
});

export const communications = defineResource({
  path: "communications",
  subject: "communication",
  group: "clinical",
  tier: "minute",
  confidential: true,
  title: "Communications",
  noun: "message",
  one: "A message, or a note of one",
  about:
    "What Cliniko sent to patients and to the clinic's people, what patients answered, and memos of what was said. Which fields it has depends on what it is. What lets anybody in (codes, links that set a password: categories 11, 25 and 42 to 47) is neither kept nor delivered: `content` and `content_subject` are null there, and where the category is not said.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  comesInBursts: true,
  isHuge: true,
  version: 1,
  watched: {
    direction_code: integer("1 sent, 2 received, or null."),
    category_code: integer(
      "1 appointment reminder, 2 patient reply forwarded, 3 invoice, 4 appointment confirmation, 5 letter, 6 appointment notification to a practitioner, 7 SMS message, 8 reply from a patient, 9 account statement, 10 cancelled appointment notification, 11 auth code, 12 memo, 13 reply from a practitioner, 14 payment receipt, 15 bulk e-mail, 16 appointment cancellation, 17 patient form, 18 upcoming appointments, 19 completed patient form, 20 online payment request, 22 to 24 referral of a user, 41 a practitioner's appointments of the day, 48 appointment follow-up, 50 patient form renewal; 21, 25 to 40, 42 to 47 and 49 what it writes to the users of the account. More will come.",
    ),
    type_code: integer("1 SMS, 2 e-mail, 3 phone call, 4 other."),
    confidential: boolean("Whether a memo is."),
    from: personal(text("Who sent it.")),
    to: personal(text("To whom it went.")),
    content: clinical(text("What it says.")),
    content_subject: clinical(text("The subject of an e-mail.")),
    patient: patientLinkIfAny("Of whom it is; left out when of nobody."),
    attendee: optionalLink("attendees", "The place in a visit; left out when there is none."),
    booking: optionalLink("bookings", "The visit; left out when there is none."),
    invoice: optionalLink("invoices", "The invoice; left out when there is none."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: {
    category: text("`category_code` in words."),
    type: text("`type_code` in words."),
    direction_description: text("`direction_code` in words."),
    letter: linkBesides("Link to a letter that cannot be read."),
    payment: linkBesides("Link to a payment that cannot be read."),
  },
  secretWhen: { column: "category_code", among: LET_IN, fields: ["content", "content_subject"] },
  rules: [deletion, archiving, passing],
  events: {
    created: {
      title: "Memo written",
      when: "there is a new memo, or a message of which Cliniko does not say which way it went",
      notWhen: "it was sent or received: those have it among their transitions",
    },
    updated: { when: "what is recorded of it changed, such as the words of a memo" },
  },
  sample: {
    id: "2089117733020168841",
    created_at: "2026-11-22T23:47:31Z",
    archived_at: null,
    direction_code: null,
    direction_description: null,
    category_code: MEMO,
    category: "Memo",
    type_code: 3,
    type: "Phone call",
    confidential: false,
    from: null,
    to: null,
    content: "Rang about the exercises",
    content_subject: null,
    patient: linkTo("patients/1941105738252288618"),
  },
  examples: {
    sent: {
      after: {
        direction_code: SENT,
        direction_description: "Sent",
        category_code: 1,
        category: "Appointment Reminder",
        type_code: 1,
        type: "SMS",
        confidential: null,
      },
    },
    received: {
      after: {
        direction_code: RECEIVED,
        direction_description: "Received",
        category_code: 8,
        category: "Reply from Patient",
        type_code: 1,
        type: "SMS",
        confidential: null,
      },
    },
    updated: { after: { type_code: 4, type: "Other" } },
  },
});

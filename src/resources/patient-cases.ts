import { defineResource } from "./define-resource.ts";
import {
  boolean,
  clinical,
  date,
  decimal,
  ids,
  insteadOf,
  instant,
  integer,
  linkBesides,
  optionalLink,
  patientLink,
  sensitive,
  text,
} from "./field.ts";
import { linkTo } from "./link-to.ts";
import { differs, isGreater, moment } from "./rule-kinds.ts";
import { archiving, deletion } from "./rules.ts";

const PATH = "patient_cases/1746083120958112345";

export const patientCases = defineResource({
  path: "patient_cases",
  subject: "patient_case",
  group: "clinical",
  tier: "quarter",
  title: "Cases",
  noun: "case",
  one: "A case of a patient's",
  about:
    "What a [patient](patient.md) is treated for, with what a referral allows: until when, how often, for how much. Which visits belong to it, the visits say.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 2,
  former: {
    1: [
      "patient",
      "contact",
      "name",
      "notes",
      "issue_date",
      "expiry_date",
      "max_sessions",
      "max_invoiceable_amount",
      "referral",
      "referral_type",
      "include_cancelled_attendees",
      "include_dna_attendees",
      "closed_at",
      "archived_at",
    ],
  },
  watched: {
    patient: patientLink("Whose case it is."),
    contact: optionalLink("contacts", "Who referred the patient; left out when nobody did."),
    name: clinical(text("What it is called.")),
    notes: clinical(text("What was written of it.")),
    issue_date: date("From which day it holds."),
    expiry_date: date("Until which day it holds; null when it does not end."),
    max_sessions: integer("How many visits it allows; null when any number."),
    max_invoiceable_amount: sensitive(decimal("For how much it allows invoices; null when for any amount.")),
    referral: boolean("Whether there is a referral."),
    referral_type: text("dva, medicare, or null."),
    include_cancelled_attendees: boolean("Whether cancelled visits count."),
    include_dna_attendees: boolean("Whether visits to which the patient did not come count."),
    closed_at: instant("When it was closed; null while it is open."),
    archived_at: instant("When it was archived; null otherwise."),
    closed: insteadOf(
      "closed_at",
      boolean("The older form of `closed_at`, which decides where it is served."),
    ),
  },
  noise: {
    attendee_ids: ids("The visits in it: each visit reports itself."),
    attendees: linkBesides("Link to its attendees."),
    bookings: linkBesides("Link to its bookings."),
    invoices: linkBesides("Link to its invoices."),
    patient_attachments: linkBesides("Link to its files."),
  },
  rules: [
    deletion,
    archiving,
    moment(
      "closed_at",
      [
        "closed",
        {
          title: "{it} closed",
          when: "`closed_at` was set; where only `closed` is served, that became true",
        },
      ],
      [
        "reopened",
        {
          title: "{it} opened again",
          when: "`closed_at` was cleared; where only `closed` is served, that became false",
        },
      ],
      { orBy: "closed", beside: () => ({ closed: true }) },
    ),
    differs(
      [
        "extended",
        {
          title: "{it} extended",
          when: "it holds until a later day, or allows more visits",
          notWhen: "a limit was lifted, or set where there was none",
        },
      ],
      {
        columns: ["expiry_date", "max_sessions"],
        counts: isGreater,
        example: () => ({ after: { expiry_date: "2027-05-31", max_sessions: 10 } }),
      },
    ),
  ],
  events: {
    updated: {
      when: "its name, note, referral, limits or contact changed",
      notWhen: "a visit was put into it, or its last day passed",
    },
  },
  sample: {
    id: "1746083120958112345",
    created_at: "2026-11-02T02:15:10Z",
    name: "Left knee",
    notes: null,
    issue_date: "2026-11-01",
    expiry_date: "2027-02-28",
    max_sessions: 5,
    max_invoiceable_amount: null,
    referral: true,
    referral_type: "medicare",
    include_cancelled_attendees: false,
    include_dna_attendees: true,
    closed: false,
    closed_at: null,
    archived_at: null,
    attendee_ids: ["2087551254921216240"],
    patient: linkTo("patients/1941105738252288618"),
    contact: linkTo("contacts/1512093377181099217"),
    attendees: linkTo(`${PATH}/attendees`),
    bookings: linkTo(`${PATH}/bookings`),
    invoices: linkTo(`${PATH}/invoices`),
    patient_attachments: linkTo(`${PATH}/patient_attachments`),
  },
  examples: { updated: { after: { referral: false, referral_type: null } } },
});

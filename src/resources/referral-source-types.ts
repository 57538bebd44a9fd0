import { defineResource } from "./define-resource.ts";
import { instant, json, linkBesides, text } from "./field.ts";
import { archiving, deletion } from "./rules.ts";

export const referralSourceTypes = defineResource({
  path: "referral_source_types",
  subject: "referral_source_type",
  group: "setup",
  tier: "daily",
  title: "Types of referral sources",
  noun: "referral source type",
  one: "A way to come to the clinic",
  about: "What a [referral source](referral_source.md) may be: another patient, a doctor, an advertisement.",
  reading: "whole",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    name: text("What it is called."),
    subcategories: json("More of the kind, in the clinic's words and order."),
    referrer_type: text("Who sends the patient: Contact, Patient, or null for nobody."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: { referrers: linkBesides("Link to who has sent patients.") },
  rules: [deletion, archiving],
  events: { updated: { when: "its name, its subcategories or who may send patients changed" } },
  sample: {
    id: "1085025583890432650",
    created_at: "2026-10-01T00:06:02Z",
    name: "Advertisement",
    subcategories: ["Newsletter", "Radio"],
    referrer_type: null,
    archived_at: null,
  },
  examples: { updated: { after: { subcategories: ["Newsletter", "Radio", "Bus"] } } },
});

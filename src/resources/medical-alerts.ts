import { defineResource } from "./define-resource.ts";
import { clinical, instant, patientLink, text } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { archiving, deletion } from "./rules.ts";

export const medicalAlerts = defineResource({
  path: "medical_alerts",
  subject: "medical_alert",
  group: "clinical",
  tier: "minute",
  confidential: true,
  title: "Medical alerts",
  noun: "medical alert",
  one: "A warning on a patient's record",
  about:
    "What everybody who treats the patient must know, in free words. What an alert said before it was changed is not kept.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: true,
  variants: { archived_at: "deleted" },
  version: 1,
  watched: {
    name: clinical(text("The alert itself.")),
    patient: patientLink("Whom it is about."),
    archived_at: instant("When it was taken away; null otherwise."),
    deleted_at: instant("The older name for removal: may repeat `archived_at`."),
  },
  noise: {},
  rules: [deletion, archiving],
  events: {
    created: { title: "Medical alert raised" },
    updated: { when: "its words, or whom it is about, changed" },
    archived: { title: "Medical alert taken away", when: "it was archived" },
  },
  sample: {
    id: "2086410277541938764",
    created_at: "2026-11-18T23:40:15Z",
    archived_at: null,
    deleted_at: null,
    name: "Allergic to latex",
    patient: linkTo("patients/1941105738252288618"),
  },
  examples: {
    updated: { at: "2026-11-19T01:02:33Z", after: { name: "Allergic to latex and nickel" } },
  },
});

import { z } from "zod";

import { time } from "../resources/field.ts";
import type { SubjectWords } from "./subject.ts";

export const connectionRecord = z
  .object({
    resource: z.string().nullable().meta({
      description: "The kind of record that it is about, like `individual_appointments`; null: all of them.",
    }),
    since: time(
      "Since when it is so; with `connection.recovered`, when the trouble that is over began.",
    ).schema(),
    detail: z.string().meta({ description: "Why, in words for a person." }),
    sequence_reset: z.boolean().meta({
      description:
        "True: what the service knew was lost or is older than it was, and numbers (`sequence`) that events of this account had are given again. Take what was read later (`observed.at`), whatever its number.",
    }),
    complete_up_to: z.string().nullable().meta({
      format: "date-time",
      description:
        "Every change up to then has been reported. Null: it is not known. About all resources: of whichever is furthest behind.",
    }),
  })
  .meta({
    id: "ConnectionState",
    title: "Connection",
    description: "What is known of an account's connection to Cliniko.",
  });

export const connectionWords: SubjectWords = {
  subject: "connection",
  title: "Connection",
  name: "Connection",
  about:
    'What a subscriber must know to tell "nothing happened" from "we could not see". The subject is the account; `data.object` names the resource, since when, why, and up to when everything was seen (`complete_up_to`).',
  record: connectionRecord,
  occasions: {
    baseline_completed: {
      title: "First sync done",
      when: "the first sync of a resource is done: from here on every change is reported",
    },
    degraded: {
      title: "Cliniko cannot be read",
      when: "a resource could not be read for two minutes, or the account refuses every way of asking for what is archived",
      notWhen: "a fault that passes sooner",
    },
    recovered: {
      title: "Cliniko can be read again",
      when: "it can be read again, and what happened meanwhile has been reported; after the release of a guard, when everything has been compared",
    },
    key_revoked: {
      title: "Key refused",
      when: "Cliniko refuses the key: nothing of the account is read",
    },
    permission_reduced: {
      title: "Permission reduced",
      when: "the key's user may not see a resource any more, or not all of the settings, or has a lower role than before (`resource` is then null), or far more records than a clinic deletes are missing at once: nothing is taken as deleted, and the last waits for an operator",
    },
    schema_changed: {
      title: "Records of another shape",
      when: "Cliniko's records have another shape than documented: nothing is taken over until an operator has looked; or they have new fields, which are neither kept nor delivered until a release knows them",
    },
  },
};

import { z } from "zod";

import { time } from "../resources/field.ts";
import type { SubjectWords } from "./subject.ts";

const optionalMoment = (description: string): z.ZodNullable<z.ZodString> =>
  z.string().nullable().meta({ format: "date-time", description });

const description = z.string().meta({ description: "The endpoint's own." });

export const endpointRecord = z
  .object({
    state: z
      .enum(["healthy", "failing", "warned", "disabled"])
      .meta({ description: "How the endpoint stands now." }),
    since: time("Since when it is in that state.").schema(),
    failing_since: optionalMoment(
      "Its first failure after the last success; with `endpoint.recovered`, when the trouble that is over began.",
    ),
    disables_at: optionalMoment(
      "`warned` only, otherwise null: the first failure from then on may disable it.",
    ),
    error_class: z.string().nullable().meta({
      description: "What went wrong last, in one word (`timeout`, `tls`, `status`, …), or null.",
    }),
    delivery: z.object({ event_id: z.string(), account: z.string() }).nullable().meta({
      description:
        "The delivery with which it came to light: its attempts say what was answered. Null: a person or a test led to it, or a release that did not say.",
    }),
    description,
  })
  .meta({
    id: "EndpointState",
    title: "Endpoint",
    description: "How an endpoint stands, without its URL or anything of the network behind it.",
  });

export const endpointTestRecord = z
  .object({
    description,
    note: z.string().meta({ description: "Says that it is a test." }),
  })
  .meta({
    id: "EndpointTestNote",
    title: "Test",
    description: "What a test says: nothing about any clinic.",
  });

export const endpointWords: SubjectWords = {
  subject: "endpoint",
  title: "Endpoints",
  name: "Endpoint",
  about:
    "What happens to an endpoint of yours that does not take its callbacks, sent to another one. `*` does not cover these: ask for `endpoint.*` or for a type by name. The account is `_service`, whatever `accounts` an endpoint is limited to; the subject is the endpoint that it is about.",
  record: endpointRecord,
  occasions: {
    failing: {
      title: "Endpoint failing",
      when: "every callback has failed for 6 hours; again, with `disables_at`, after 4 days",
      notWhen: "a failure by a fault of ours; a silence of more than 30 hours between failures",
    },
    disabled: {
      title: "Endpoint disabled",
      when: "every callback has failed for 5 days, at least 24 hours after that warning; or the receiver answered 410, which disables at once. Its events are kept, and can be recovered",
      notWhen: "somebody paused it",
    },
    recovered: {
      title: "Endpoint recovered",
      when: "after one of the above: a callback was taken, a test passed, or somebody enabled it",
      notWhen: "a callback was taken after a 410: only a test or a person ends that",
    },
  },
};

/** It cannot be subscribed to, so it stands apart from the rest. */
export const endpointTestWords: SubjectWords = {
  subject: "endpoint",
  title: "A test",
  name: "EndpointTest",
  about:
    "`endpoint.test` goes to the tested endpoint alone: the same guard, signature and deadline as for any callback. It cannot be subscribed to. Its `origin` is `test`, its `sequence` 0, its account `_service`; its `id` is another each time.",
  record: endpointTestRecord,
  occasions: {
    test: { title: "Test of an endpoint", when: "somebody tests the endpoint" },
  },
};

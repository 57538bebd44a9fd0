import { z } from "zod";

import { HEADER_LIMITS } from "../../../config/custom-headers.ts";
import { ENDPOINT_LIMITS } from "../../../config/endpoint-schema.ts";
import { ORDERINGS, PAYLOAD_LEVELS, FORMATS } from "../../../config/endpoint-settings.ts";
import { MOST_PEM_CHARACTERS } from "../../../config/endpoint-tls.ts";
import { MOST_VALUE_CHARACTERS } from "../../../config/field-condition.ts";
import { MOST_URL_CHARACTERS } from "../../../config/http-url.ts";
import { MOST_NAME_CHARACTERS } from "../../../config/known-names.ts";
import { boundedText } from "../query-fields.ts";
import { codeSchema, severitySchema } from "../overview/issue-schema.ts";
import { pageOf } from "../page.ts";

const time = z.string().meta({ format: "date-time" });
const scalar = z.union([boundedText(MOST_VALUE_CHARACTERS), z.number(), z.boolean(), z.null()]);
const name = boundedText(MOST_NAME_CHARACTERS);
const pem = boundedText(MOST_PEM_CHARACTERS);

const condition = z
  .strictObject({
    field: name.meta({ description: "A watched field, like `did_not_arrive`." }),
    from: scalar.optional().meta({ description: "Its former value. Left out: any." }),
    to: scalar.optional().meta({ description: "Its value now. Left out: any." }),
  })
  .meta({
    id: "FieldCondition",
    description: "Holds when the field has changed, and from and to these values.",
  });

const tls = z
  .strictObject({
    ca: pem.optional().meta({ description: "PEM, trusted instead of the public authorities." }),
    certificate: pem.optional().meta({ description: "PEM of our client certificate." }),
    key: pem.optional().meta({ description: "PEM of its key. Never shown." }),
  })
  .meta({
    id: "EndpointTls",
    description: "For a receiver with an authority of its own, or that wants to know us.",
  });

/** Only the form: what a value may be is judged by the settings' own schema (config/endpoint-schema.ts). */
const optionalSettings = {
  description: boundedText(ENDPOINT_LIMITS.descriptionCharacters)
    .nullable()
    .meta({ description: "What it is for." }),
  accounts: z.array(name).max(ENDPOINT_LIMITS.accounts).nullable().meta({
    description: "Only of these. Null: of all that you may see (a subscriber's are then written down).",
  }),
  when: z
    .array(condition)
    .max(ENDPOINT_LIMITS.conditions)
    .nullable()
    .meta({ description: "Field conditions. All must hold." }),
  payload: z.enum(PAYLOAD_LEVELS).nullable().meta({
    description: "full: the record · changes: what changed · ids: no values at all. Null: full.",
  }),
  include: z
    .array(name)
    .max(ENDPOINT_LIMITS.include)
    .nullable()
    .meta({ description: "Sensitive fields to send all the same." }),
  format: z.enum(FORMATS).nullable().meta({
    description:
      "cloudevents: the body is a CloudEvent (1.0, structured JSON), sent as application/cloudevents+json. Null: standard.",
  }),
  expand: z.array(name).max(ENDPOINT_LIMITS.expand).nullable().meta({
    description:
      "Links (`patient`, `practitioner`, `business`, …, or `*`) whose records come along in `data.related`, as they were last read when the event was committed. Not at payload level ids.",
  }),
  local_time: z.boolean().nullable().meta({
    description:
      "Whether the record's times come along in `data.local` by the clock of its business. Not at payload level ids.",
  }),
  headers: z
    .record(boundedText(HEADER_LIMITS.nameCharacters), boundedText(HEADER_LIMITS.valueCharacters))
    .meta({ maxProperties: HEADER_LIMITS.headers })
    .nullable()
    .meta({ description: "Sent besides ours. Given, they replace all former ones." }),
  rate_limit: z.number().nullable().meta({ description: "Callbacks a second. Null: no limit." }),
  concurrency: z.int().nullable().meta({ description: "Callbacks under way at once. Null: 8." }),
  ordering: z.enum(ORDERINGS).nullable().meta({
    description: "subject: a record's events arrive in sequence, and only that record waits. Null: none.",
  }),
  tls: tls.nullable(),
  body_signature: boundedText(HEADER_LIMITS.nameCharacters).nullable().meta({
    description:
      "Name of a header with `sha256=` and the HMAC of the body alone, for tools that verify nothing else. Weaker: see docs/receiving.md. Null: none.",
  }),
  attempts: z
    .int()
    .nullable()
    .meta({ description: "Attempts at a delivery, 1 to 10. Null: all of the schedule." }),
};

const url = boundedText(MOST_URL_CHARACTERS).meta({ description: "Where to call. https." });
const events = z.array(name).max(ENDPOINT_LIMITS.events).meta({
  description: "Event types, `<subject>.*`, or `*`: one event comes when any of its transitions matches.",
});

const signature = z.enum(["v1", "v1a"]).meta({
  description: "v1: HMAC-SHA256 with a shared secret · v1a: ed25519, verified with a public key.",
});

export const newEndpointSchema = z
  .strictObject({
    id: name.optional().meta({ description: "A name of your own. Not for subscribers: theirs are made up." }),
    url,
    events,
    signature: signature.default("v1"),
    paused: z.boolean().default(false).meta({
      description: "It begins paused: what happens from now on waits until it is enabled.",
    }),
    ...z.object(optionalSettings).partial().shape,
  })
  .meta({ id: "NewEndpoint", description: "An endpoint to be made. `url` and `events` are enough." });

export const endpointChangeSchema = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    ...z.object(optionalSettings).partial().shape,
  })
  .meta({
    id: "EndpointChange",
    description: "What is to change. What is left out stays; null takes a setting back to its default.",
  });

const pause = z
  .strictObject({
    since: time,
    by: z.enum(["operator", "subscriber"]).meta({
      description: "operator: a subscriber cannot end it, or send a test, move the endpoint or delete it.",
    }),
    name: z
      .string()
      .nullable()
      .meta({ description: "Who it was. For operators, and null where it is not known." }),
  })
  .meta({ id: "Pause", description: "Since when an endpoint is held back by a person, and by whom." });

export const endpointStatusSchema = z
  .strictObject({
    state: z.enum(["healthy", "failing", "warned", "disabled", "paused"]).meta({
      description:
        "paused: held back by a person · failing, warned, disabled: its step on the ladder · healthy: none of them.",
    }),
    since: time,
    severity: severitySchema,
    code: codeSchema,
    error_class: z.string().nullable().meta({ description: "What failed last. Null: nothing fails now." }),
    error_status: z.int().nullable().meta({ description: "What it answered, where that is what failed." }),
    failing_since: time.nullable().meta({ description: "The first failure after the last success." }),
    last_success_at: time.nullable(),
    disables_at: time.nullable().meta({ description: "warned: the earliest time at which it is disabled." }),
    disabled_by: z
      .enum(["failures", "gone"])
      .nullable()
      .meta({ description: "disabled: by failing for days, or by a 410 (gone)." }),
    next_probe_at: time
      .nullable()
      .meta({ description: "Nothing goes out before: it failed too often in a row." }),
    waiting: z.int().meta({ description: "Deliveries that are still to be made." }),
    parked: z.int().meta({ description: "Not sent, because it was disabled: see recover." }),
    failed: z.int().meta({ description: "All attempts used up." }),
    delivered: z.int(),
    oldest_waiting_at: time.nullable(),
  })
  .meta({ id: "EndpointStatus", description: "How an endpoint is doing now." });

const signingKey = z
  .strictObject({
    signature,
    public_key: z
      .string()
      .nullable()
      .meta({ description: "v1a: what verifies. v1: null, it is the secret." }),
    kid: z.string().nullable().meta({ description: "v1a: its name in /.well-known/jwks.json. v1: null." }),
    created_at: time,
    expires_at: time.nullable().meta({ description: "Null: it signs until it is rotated." }),
  })
  .meta({ id: "SigningKey", description: "A key that signs, without its secret. Every live one signs." });

const shown = {
  id: z.string(),
  source: z.enum(["file", "api"]).meta({
    description: "file: the configuration file decides what it is · api: made by API or command line.",
  }),
  owner: z
    .string()
    .nullable()
    .meta({ description: "The subscriber that it belongs to. Null: the operator." }),
  url: z.string().meta({ description: "Where it is called. To a viewer only scheme and host." }),
  events,
  description: z.string(),
  accounts: z.array(z.string()).nullable().meta({ description: "Null: every account." }),
  when: z.array(condition),
  payload: z.enum(PAYLOAD_LEVELS),
  include: z.array(z.string()),
  format: z.enum(FORMATS),
  expand: z.array(z.string()),
  local_time: z.boolean(),
  headers: z.record(z.string(), z.string()).meta({ description: "Their values are never shown." }),
  rate_limit: z.number().nullable(),
  concurrency: z.int(),
  ordering: z.enum(ORDERINGS),
  tls: tls.nullable(),
  body_signature: z.string().nullable().meta({ description: "Header with the signature of the body alone." }),
  attempts: z.int().nullable().meta({ description: "Null: all of the schedule." }),
  signing_keys: z.array(signingKey).meta({ description: "The newest first." }),
  status: endpointStatusSchema,
  paused: pause.nullable().meta({ description: "Null: nobody holds it back." }),
  revision: z.int().meta({ description: "Counts up with every change. It is the etag, too." }),
  created_at: time,
  updated_at: time,
};

export const endpointSchema = z
  .strictObject(shown)
  .meta({ id: "Endpoint", description: "Who is called, for what, and how it is doing." });

const verifier = {
  secret: z.string().nullable().meta({
    description:
      "v1: the new `whsec_` secret, shown here and never again. v1a: null, it never leaves the service.",
  }),
  public_key: z.string().nullable().meta({ description: "v1a: the `whpk_` key that verifies." }),
};

export const endpointWithSecretSchema = z.strictObject({ ...shown, ...verifier }).meta({
  id: "EndpointWithSecret",
  description: "An endpoint with the new key that its callbacks are verified with.",
});

export const endpointPage = pageOf(endpointSchema, "EndpointPage");

export const rotationSchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0, "use 0 to 604800: 7 days")
      .max(604_800, "use 0 to 604800: 7 days")
      .default(86_400)
      .meta({ description: "How long the former key goes on signing beside the new one." }),
    signature: signature.optional().meta({ description: "Change to this version. Left out: as before." }),
  })
  .meta({ id: "KeyRotation", description: "How a signing key is to be replaced." });

export const testResultSchema = z
  .strictObject({
    result: z.enum(["delivered", "rejected", "not_reached"]).meta({
      description:
        "delivered: answered with 2xx · rejected: with another status · not_reached: there was no answer.",
    }),
    status: z.int().nullable().meta({ description: "What it answered with." }),
    duration_ms: z
      .number()
      .nullable()
      .meta({ description: "Null for a subscriber when it was not reached." }),
    error_class: z.string().nullable().meta({ description: "One word for what went wrong. For operators." }),
    detail: z.string().nullable().meta({ description: "What exactly went wrong. For operators." }),
  })
  .meta({ id: "TestResult", description: "What became of a test." });

export const endpointParams = z.object({
  id: z
    .string()
    .max(63, "is longer than any id")
    .meta({ description: "Id of the endpoint.", examples: ["crm"] }),
});

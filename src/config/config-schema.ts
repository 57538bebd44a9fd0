import { resolve } from "node:path";

import { z } from "zod";

import { type ConfigSources, type Fault, duration, problem, secret } from "./config-fields.ts";
import { deliverySchema, retentionSchema } from "./delivery-schema.ts";
import { noticesSchema } from "./notices-schema.ts";
import { fileEndpointSchema } from "./endpoint-schema.ts";
import { httpUrl, placeUrl } from "./http-url.ts";
import { entryName, knownName } from "./known-names.ts";
import { addressRange } from "./network-address.ts";
import { redisSchema } from "./redis-schema.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Each week of each is a request. */
const MOST_DAYS = 56;
const MOST_TIMES = 100;

export const ROLES = ["poll", "dispatch", "ops"] as const;
export type Role = (typeof ROLES)[number];

function named<Entry extends z.ZodType>(entry: Entry, what: string): z.ZodRecord<z.ZodString, Entry> {
  return z.record(entryName(what), entry);
}

/** `Authorization: Basic` wants the key as it was copied from Cliniko: one word. Shards: docs/upstream.md §1. */
function apiKeyFault(key: string): Fault | undefined {
  const remedy = "copy the whole key again from Cliniko: My info → Manage API keys";
  if (/[^\x21-\x7e]|:/.test(key)) return { message: "holds a character that no Cliniko key has", remedy };
  const dash = key.lastIndexOf("-");
  if (dash < 0 || /^[a-z]{2}\d{1,2}$/i.test(key.slice(dash + 1))) return undefined;
  return { message: 'does not end in a shard such as "-au1"', remedy };
}

function encryptionKeyFault(value: string): Fault | undefined {
  if (/^[A-Za-z0-9+/]{43}=$/.test(value)) return undefined;
  return { message: "is not a key of 32 bytes in base64", remedy: "make one: openssl rand -base64 32" };
}

/** A change is known this long after it was made, at the latest; how often is learnt from the clinic. */
function promiseSchema() {
  const promise = duration(2 * SECOND, DAY);
  const byTier = z.strictObject({
    live: promise.default(20 * SECOND),
    minute: promise.default(MINUTE),
    quarter: promise.default(15 * MINUTE),
    daily: promise.default(DAY),
  });
  // One alone is that of the live tier.
  return z.preprocess(
    (given) => (typeof given === "object" && given !== null ? given : { live: given }),
    byTier,
  );
}

function pollingSchema({ resources }: Pick<ConfigSources, "resources">) {
  return z.strictObject({
    promise: promiseSchema().prefault({}),
    /** By resource, where it is to be another one than by its definition. */
    tiers: z
      .record(knownName("resource", resources), z.enum(["live", "minute", "quarter", "daily"]))
      .default({}),
    /** A fixed interval instead. */
    interval: duration(SECOND, HOUR).optional(),
    /** L: how far each scan looks back behind its watermark. */
    overlap: duration(SECOND, HOUR).default(2 * MINUTE),
    requests_per_minute: z.number().int().min(1).max(10_000).default(200),
    budget_share: z.number().gt(0).max(1).default(0.25),
    timeout: duration(SECOND, 2 * MINUTE).default(30 * SECOND),
  });
}

/** By their names, or by those of their groups. */
export function resourcesSchema({
  defaultResources,
  resources,
  resourceGroups,
}: Pick<ConfigSources, "defaultResources" | "resourceGroups" | "resources">): z.ZodType<string[]> {
  const names = [...resources, ...Object.keys(resourceGroups)];
  // One alone may stand without brackets: `resources: all`.
  return z
    .preprocess(
      (given) => (typeof given === "string" ? [given] : given),
      z.array(knownName("resource", names)).min(1),
    )
    .transform((given) => {
      const wanted = new Set(given.flatMap((name) => resourceGroups[name] ?? name));
      return resources.filter((name) => wanted.has(name));
    })
    .default([...defaultResources]);
}

/** Quotes or none: a long id that was read as a number has lost digits, and is refused. */
function recordId() {
  return z
    .union([z.string(), z.number().int()])
    .transform(String)
    .pipe(z.string().regex(/^\d{1,20}$/, "is not an id of Cliniko's: its digits, in quotes"));
}

function accountSchema(sources: ConfigSources) {
  const account = z.strictObject({
    api_key: secret(sources, "the API key that Cliniko shows under My info → Manage API keys", apiKeyFault),
    base_url: httpUrl("https://api.au1.cliniko.com/v1").optional(),
    resources: resourcesSchema(sources),
    /** No first sync of these: what is older is taken over when it changes. */
    from_now_on: z.array(knownName("list that may be begun from now on", sources.hugeResources)).default([]),
    /** What can be booked online, of which types with whom and where. */
    available_times: z
      .array(
        z.strictObject({
          business: recordId(),
          practitioner: recordId(),
          appointment_type: recordId(),
          /** From today on. */
          days: z.number().int().min(1).max(MOST_DAYS).default(7),
          /** All times, or the earliest alone. */
          watch: z.enum(["all", "next"]).default("all"),
        }),
      )
      .max(MOST_TIMES)
      .default([])
      .superRefine((given, context) => {
        const names = given.map((one) => [one.business, one.practitioner, one.appointment_type].join(":"));
        for (const [index, name] of names.entries()) {
          if (names.indexOf(name) === index) continue;
          problem(context, "names the same times again", "leave one of the two out", [index]);
        }
      }),
    /** Tell nothing of patients who refused the clinic's privacy policy. */
    suppress_without_consent: z.boolean().default(false),
  });
  return account.superRefine(
    ({ available_times: times, resources, suppress_without_consent: suppress }, context) => {
      if (times.length === 0 && resources.every((name) => name === "available_times")) {
        problem(
          context,
          "reads nothing: available times are read of what the account names",
          "name a business, a practitioner and an appointment type under available_times",
          ["resources"],
        );
      }
      if (!suppress || resources.includes(sources.patients)) return;
      problem(
        context,
        "needs the patients to be read: who refused is written in their records",
        `add ${sources.patients} to the account's resources`,
        ["suppress_without_consent"],
      );
    },
  );
}

/** The configuration file as the operator writes it (YAML, snake_case). Unknown keys are refused everywhere. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
export function createConfigFileSchema(sources: ConfigSources) {
  const encryptionKey = z.strictObject({
    id: z.string().regex(/^[a-z0-9]{1,8}$/, 'is not a key id: use 1 to 8 of a-z and 0-9, like "k1"'),
    key: secret(sources, "32 random bytes in base64 (openssl rand -base64 32)", encryptionKeyFault),
  });
  const file = z.strictObject({
    contact: z.strictObject({
      name: z.string().min(1).max(100),
      email: z.email("is not an e-mail address: Cliniko demands one in every request’s User-Agent"),
    }),
    encryption: z
      .array(encryptionKey)
      .min(1)
      .superRefine((keys, context) => {
        if (new Set(keys.map(({ id }) => id)).size === keys.length) return;
        problem(
          context,
          "has two keys of one id",
          "give each key an id of its own: records name theirs by it",
        );
      }),
    accounts: named(accountSchema(sources), "account"),
    endpoints: named(fileEndpointSchema(sources), "endpoint").default({}),
    polling: pollingSchema(sources).prefault({}),
    delivery: deliverySchema(sources).prefault({}),
    retention: retentionSchema().prefault({}),
    /** Who is told that something needs a person. */
    notices: noticesSchema(sources).prefault({}),
    ops: z
      .strictObject({
        host: z.string().default("127.0.0.1"),
        port: z.number().int().min(0).max(65_535).default(8321),
        /** Where people reach the dashboard, as behind a proxy. */
        public_url: placeUrl("https://webhooks.northside.example").optional(),
        /** Of the proxy before it: whose word counts on who asks. */
        trusted_proxies: z.array(addressRange()).max(100).default([]),
        token: secret(sources, "a long random word (openssl rand -hex 24)", (value) =>
          value.length >= 16
            ? undefined
            : { message: "is shorter than 16 characters", remedy: "make one: openssl rand -hex 24" },
        ).optional(),
      })
      .prefault({}),
    roles: z
      .array(z.enum(ROLES))
      .min(1)
      .default([...ROLES]),
    redis: redisSchema(sources).prefault({}),
    data_folder: z.string().min(1).default("./data"),
    /** Of the erasure key; `none`: there shall be none. */
    keys_folder: z.string().min(1).optional(),
    log_level: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  });
  return file.superRefine(({ data_folder: data, keys_folder: keys }, context) => {
    if (keys === undefined || !`${resolve(keys)}/`.startsWith(`${resolve(data)}/`)) return;
    problem(
      context,
      "lies in data_folder: a copy of that one would open what was forgotten since",
      "name a folder beside it, and copy it apart",
      ["keys_folder"],
    );
  });
}

export type ConfigFile = z.output<ReturnType<typeof createConfigFileSchema>>;

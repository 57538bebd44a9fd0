import { z } from "zod";

import { closest } from "./closest.ts";
import { type ConfigSources, duration, problem, secret } from "./config-fields.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const ROLES = ["poll", "dispatch", "ops"] as const;
export type Role = (typeof ROLES)[number];

export const PAYLOAD_LEVELS = ["full", "changes", "ids"] as const;

/** Names of accounts and endpoints: they become part of Redis keys, job ids and metric labels. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

function named<Entry extends z.ZodType>(entry: Entry, what: string): z.ZodRecord<z.ZodString, Entry> {
  const name = z.string().regex(NAME, {
    error: () => `is not a usable ${what} name: use lower-case letters, digits, "-" and "_", at most 63`,
  });
  return z.record(name, entry);
}

/** `Authorization: Basic` wants the key as it was copied from Cliniko: one word. Shards: cliniko-api.md §1. */
function apiKeyFault(key: string): { message: string; remedy: string } | undefined {
  const remedy = "copy the whole key again from Cliniko: My info → Manage API keys";
  if (/[^\x21-\x7e]|:/.test(key)) return { message: "holds a character that no Cliniko key has", remedy };
  const dash = key.lastIndexOf("-");
  if (dash < 0 || /^[a-z]{2}\d{1,2}$/i.test(key.slice(dash + 1))) return undefined;
  return { message: 'does not end in a shard such as "-au1"', remedy };
}

function webhookSecretFault(value: string): { message: string; remedy: string } | undefined {
  const bytes = Buffer.from(value.replace(/^whsec_/, ""), "base64").length;
  if (value.startsWith("whsec_") && bytes >= 24 && bytes <= 64) return undefined;
  return {
    message: "is not a Standard Webhooks secret (whsec_ and 24 to 64 bytes in base64)",
    remedy: 'make one: echo "whsec_$(openssl rand -base64 32)"',
  };
}

function encryptionKeyFault(value: string): { message: string; remedy: string } | undefined {
  if (/^[A-Za-z0-9+/]{43}=$/.test(value)) return undefined;
  return { message: "is not a key of 32 bytes in base64", remedy: "make one: openssl rand -base64 32" };
}

/** An address we may be told to call or read: absolute, http or https, nothing secret in the host part. */
function httpUrl(example: string): z.ZodType<string> {
  return z.unknown().transform((value, context) => {
    const url = typeof value === "string" ? URL.parse(value) : null;
    const remedy = `write the whole address, like ${example}`;
    if (!url) return problem(context, "is not a URL", remedy);
    if (url.protocol !== "https:" && url.protocol !== "http:") {
      return problem(context, `starts with ${url.protocol}// instead of https://`, remedy);
    }
    if (url.username || url.password) {
      return problem(
        context,
        "carries a user name or password",
        "leave them out: callbacks are signed instead",
      );
    }
    return url.href;
  });
}

function eventPattern(eventTypes: readonly string[]): z.ZodType<string> {
  return z.string().superRefine((pattern, context) => {
    if (pattern === "*" || eventTypes.includes(pattern)) return;
    const subjects = [...new Set(eventTypes.map((type) => type.slice(0, type.indexOf("."))))];
    const known = [...eventTypes, ...subjects.map((subject) => `${subject}.*`)];
    if (known.includes(pattern)) return;
    const meant = closest(pattern, known);
    problem(
      context,
      `there is no event type "${pattern}"`,
      meant
        ? `did you mean "${meant}"?`
        : `use "*", ${subjects.map((subject) => `"${subject}.*"`).join(", ")} or one of the types in docs/events.md`,
    );
  });
}

/** One of a closed set of names; a misspelt one is answered with the nearest. */
function knownName(what: string, known: readonly string[]): z.ZodType<string> {
  return z.string().superRefine((name, context) => {
    if (known.includes(name)) return;
    const meant = closest(name, known);
    problem(
      context,
      `there is no ${what} "${name}"`,
      meant ? `did you mean "${meant}"?` : `use some of: ${known.join(", ")}`,
    );
  });
}

function pollingSchema() {
  return z.strictObject({
    /** A change is known this long after it was made, at the latest; how often is learnt from the clinic. */
    promise: duration(5 * SECOND, HOUR).default(20 * SECOND),
    /** A fixed interval instead. */
    interval: duration(SECOND, HOUR).optional(),
    /** L: how far each scan looks back behind its watermark. */
    overlap: duration(SECOND, HOUR).default(2 * MINUTE),
    requests_per_minute: z.number().int().min(1).max(10_000).default(200),
    budget_share: z.number().gt(0).max(1).default(0.25),
    timeout: duration(SECOND, 2 * MINUTE).default(30 * SECOND),
  });
}

function accountSchema(sources: ConfigSources) {
  return z.strictObject({
    api_key: secret(sources, "the API key that Cliniko shows under My info → Manage API keys", apiKeyFault),
    base_url: httpUrl("https://api.au1.cliniko.com/v1").optional(),
    resources: z
      .array(knownName("resource", sources.resources))
      .min(1)
      .default([...sources.resources]),
  });
}

function endpointSchema(sources: ConfigSources) {
  return z.strictObject({
    url: httpUrl("https://crm.example.com/hooks/cliniko"),
    secret: secret(sources, "the secret that you share with this endpoint", webhookSecretFault),
    events: z.array(eventPattern(sources.eventTypes)).min(1),
    accounts: z.array(z.string()).min(1).optional(),
    payload: z.enum(PAYLOAD_LEVELS).default("full"),
    include: z.array(knownName("sensitive field", sources.sensitiveFields)).default([]),
  });
}

/** The configuration file as the operator writes it (YAML, snake_case). Unknown keys are refused everywhere. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its own type
export function createConfigFileSchema(sources: ConfigSources) {
  const encryptionKey = z.strictObject({
    id: z.string().regex(/^[a-z0-9]{1,8}$/, 'is not a key id: use 1 to 8 of a-z and 0-9, like "k1"'),
    key: secret(sources, "32 random bytes in base64 (openssl rand -base64 32)", encryptionKeyFault),
  });
  return z.strictObject({
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
    endpoints: named(endpointSchema(sources), "endpoint").default({}),
    polling: pollingSchema().prefault({}),
    delivery: z
      .strictObject({
        timeout: duration(SECOND, MINUTE).default(15 * SECOND),
        concurrency: z.number().int().min(1).max(1_000).default(32),
        allow_http: z.boolean().default(false),
      })
      .prefault({}),
    ops: z
      .strictObject({
        host: z.string().default("127.0.0.1"),
        port: z.number().int().min(0).max(65_535).default(8321),
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
    data_folder: z.string().min(1).default("./data"),
    log_level: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  });
}

export type ConfigFile = z.output<ReturnType<typeof createConfigFileSchema>>;
